package cli_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"

	"heyan/internal/inspect"
	"heyan/internal/sandbox"
	"heyan/rules/filing"
)

// TestMain makes the test binary a child where a test calls the command line in
// process, and the scripts' sheet command.
func TestMain(m *testing.M) {
	if sandbox.IsChild() {
		os.Exit(sandbox.Child(inspect.Analyze))
	}
	testscript.Main(m, map[string]func(){"sheet": writeSheet})
}

// build makes the program as users have it and returns its folder: scripts run it
// some hundred times, and this test binary starts slowly under the race detector.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(dir, "heyan"), "heyan/cmd/heyan")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build heyan: %v\n%s", err, said)
	}
	return dir
}

// writeSheet makes a sheet of filings: OUTPUT, then a package's name and the file
// of its filing, as often as there are. An .xlsx is made by another library than
// the one that reads it.
func writeSheet() {
	headings := []string{"应用安装包", "应用平台", "应用名称", "应用版本号", "安装包MD5码", "应用权限", "权限填报范围"}
	lines := [][]string{headings}
	for args := os.Args[2:]; len(args) >= 2; args = args[2:] {
		data, err := os.ReadFile(args[1])
		if err != nil {
			panic(err)
		}
		f, err := filing.Parse(data)
		if err != nil {
			panic(err)
		}
		var boxes []string
		for _, b := range f.Permissions {
			boxes = append(boxes, string(b))
		}
		lines = append(lines, []string{args[0], string(f.Platform), f.AppName, f.Version, f.MD5, strings.Join(boxes, ","), string(f.PermissionScope)})
	}
	if err := saveSheet(os.Args[1], lines); err != nil {
		panic(err)
	}
}

func saveSheet(name string, lines [][]string) (err error) {
	if filepath.Ext(name) == ".csv" {
		var out bytes.Buffer
		if err := csv.NewWriter(&out).WriteAll(lines); err != nil {
			return err
		}
		return os.WriteFile(name, out.Bytes(), 0o600)
	}
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	for i, line := range lines {
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &line); err != nil {
			return err
		}
	}
	return book.SaveAs(name)
}

// fixtures is the folder of the packages that the scripts use.
func fixtures(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func setup(t *testing.T) func(*testscript.Env) error {
	dir, program := fixtures(t), build(t)
	return func(env *testscript.Env) error {
		env.Setenv("FIXTURES", dir)
		env.Setenv("PATH", program+string(os.PathListSeparator)+env.Getenv("PATH"))
		env.Setenv("LANG", "")
		env.Setenv("LC_ALL", "")
		env.Setenv("HEYAN_LANG", "")
		return nil
	}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: setup(t)})
}

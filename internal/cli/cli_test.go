package cli_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"

	"heyan/internal/cli"
	"heyan/internal/inspect"
	"heyan/internal/sandbox"
	"heyan/rules/filing"
)

// TestMain makes the test binary be heyan where a script runs it, child included.
func TestMain(m *testing.M) {
	if sandbox.IsChild() {
		os.Exit(sandbox.Child(inspect.Analyze))
	}
	testscript.Main(m, map[string]func(){
		"heyan": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			defer stop()
			os.Exit(cli.Main(ctx, os.Args[1:], cli.System()))
		},
		"sheet": writeSheet,
	})
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
	dir := fixtures(t)
	return func(env *testscript.Env) error {
		env.Setenv("FIXTURES", dir)
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

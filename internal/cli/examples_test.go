package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"heyan/internal/cli"
	"heyan/internal/inspect"
)

// exampleFiles makes the files that the examples name.
const exampleFiles = `cp $FIXTURES/apk/school.apk app.apk
cp app.apk app.ipa
cp app.apk last-release.apk
exec heyan filing init app.apk --output filing.yaml
cp filing.yaml android.yaml
cp filing.yaml ios.yaml
exec heyan describe app.apk --json --output last-report.json
exec heyan policy default
cp stdout old.yaml
cp stdout new.yaml
cp stdout province.yaml
mkdir packages filings
cp app.apk packages/app.apk
cp filing.yaml filings/app.yaml
exec sheet filings.xlsx app.apk filing.yaml
symlink testdata -> $FIXTURES
`

// TestExamples runs every example of the help texts and of both READMEs: none may
// end with "could not run".
func TestExamples(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	examples := map[string]bool{}
	for _, lang := range []string{"zh", "en"} {
		for _, c := range [][]string{{"check"}, {"describe"}, {"filing", "init"}, {"filing", "template"},
			{"rules", "list"}, {"rules", "explain"}, {"policy", "check"}, {"policy", "diff"}, {"policy", "default"}} {
			collect(t, examples, help(t, lang, c), 1)
		}
	}
	for _, readme := range []string{"README.md", "README.en.md"} {
		data, err := os.ReadFile(filepath.Join(fixtures(t), "..", readme))
		if err != nil {
			t.Fatal(err)
		}
		collect(t, examples, string(data), 6)
	}
	const together = 16 // examples that share their files: making those takes longest
	lines := slices.Sorted(maps.Keys(examples))
	for n := 0; len(lines) > 0; n++ {
		script := exampleFiles
		for _, line := range lines[:min(together, len(lines))] {
			script += "exec sh -c '" + line + "; test $? -ne 2'\n"
		}
		lines = lines[min(together, len(lines)):]
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("examples-%d.txtar", n)), []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	testscript.Run(t, testscript.Params{Dir: dir, Setup: setup(t)})
}

var exampleLine = regexp.MustCompile(`(?m)^\s*((?:go run \./cmd/heyan|heyan) (?:check|describe|filing|rules|policy|completion) [^#\n]*)`)

// collect takes the command lines of a text, and wants at least some.
func collect(t *testing.T, into map[string]bool, text string, atLeast int) {
	t.Helper()
	_, examples, ok := strings.Cut(text, "示例：")
	if !ok {
		if _, examples, ok = strings.Cut(text, "Examples:"); !ok {
			examples = text
		}
	}
	found := exampleLine.FindAllStringSubmatch(examples, -1)
	if len(found) < atLeast {
		t.Errorf("%d examples, want at least %d, in:\n%s", len(found), atLeast, text)
	}
	for _, m := range found {
		into[strings.TrimSpace(strings.Replace(m[1], "go run ./cmd/heyan", "heyan", 1))] = true
	}
}

func help(t *testing.T, lang string, command []string) string {
	t.Helper()
	var out bytes.Buffer
	env := cli.Env{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out,
		Getenv: func(string) string { return "" }, Now: time.Now, Analyze: inspect.Analyze,
	}
	if code := cli.Main(context.Background(), append(command, "--help", "--lang", lang), env); code != 0 {
		t.Fatalf("%v --help: exit %d: %s", command, code, out.String())
	}
	return out.String()
}

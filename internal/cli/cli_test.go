package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"heyan/internal/cli"
	"heyan/internal/inspect"
	"heyan/internal/sandbox"
)

// TestMain makes the test binary be heyan where a script runs it, child included.
func TestMain(m *testing.M) {
	if sandbox.IsChild() {
		os.Exit(sandbox.Child(inspect.Analyze))
	}
	testscript.Main(m, map[string]func(){
		"heyan": func() { os.Exit(cli.Main(context.Background(), os.Args[1:], cli.System())) },
	})
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

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/internal/cli"
)

const root = "../../"

// TestPagesAreCurrent: the pages say what the commands do. go run ./scripts/man
// writes them anew.
func TestPagesAreCurrent(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	for _, p := range pages(cli.Commands("en")) {
		want[p.name] = true
		have, err := os.ReadFile(filepath.Join(root, dir, p.name))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(string(p.text), string(have)); diff != "" {
			t.Errorf("%s is out of date: go run ./scripts/man (-want +have):\n%s", p.name, diff)
		}
	}
	names, err := filepath.Glob(filepath.Join(root, dir, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if !want[filepath.Base(n)] {
			t.Errorf("%s is of no command", n)
		}
	}
}

// TestRoff: no line of a page is taken for a request that the page did not make.
func TestRoff(t *testing.T) {
	t.Parallel()
	macros := map[string]bool{".TH": true, ".SH": true, ".TP": true, ".B": true, ".BR": true, ".nf": true, ".fi": true}
	for _, p := range pages(cli.Commands("en")) {
		for line := range strings.Lines(string(p.text)) {
			name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			if strings.HasPrefix(name, ".") && !macros[name] || strings.HasPrefix(name, "'") {
				t.Errorf("%s: %q", p.name, line)
			}
		}
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"--jobs": `\-\-jobs`, ".dot": `\&.dot`, "'quote": `\&'quote`, `a\b`: `a\eb`, "plain": "plain",
	} {
		if got := escape(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

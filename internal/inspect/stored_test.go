package inspect_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/internal/inspect"
)

// Facts that are kept are those that were read: judged later they give the same
// report.
func TestStoredFactsAreTheSame(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../../testdata/?p?/*.?p?")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d packages (%v)", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := inspect.Facts(t.Context(), input(data), inspect.Options{})
		if err != nil {
			t.Fatal(err)
		}
		kept, err := inspect.EncodeFacts(f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := inspect.DecodeFacts(kept)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		judge := func(f *facts.Facts) string {
			r := inspect.Judge(inspect.JudgeInput{Facts: f, Filing: nothingFiled(t, f), AsOf: "2026-09-01"})
			data, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			return string(data)
		}
		if diff := cmp.Diff(judge(f), judge(got)); diff != "" {
			t.Errorf("%s (-read +kept):\n%s", name, diff)
		}
		again, err := inspect.EncodeFacts(got)
		if err != nil || !bytes.Equal(kept, again) {
			t.Errorf("%s: kept twice, differently (%v)", name, err)
		}
	}
}

func TestDecodeFactsRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":       "",
		"another":       `{"schema":"heyan.facts/2","format":"apk"}`,
		"no schema":     `{"format":"apk"}`,
		"no format":     `{"schema":"heyan.facts/1"}`,
		"unknown field": `{"schema":"heyan.facts/1","format":"apk","nonsense":[]}`,
		"two":           `{"schema":"heyan.facts/1","format":"apk"}{}`,
		"cut":           `{"schema":"heyan.facts/1","format":"ap`,
	} {
		if f, err := inspect.DecodeFacts([]byte(text)); err == nil {
			t.Errorf("%s: taken for facts: %+v", name, f)
		}
	}
}

func TestAnalyzersVersion(t *testing.T) {
	t.Parallel()
	v := inspect.AnalyzersVersion()
	if v != inspect.AnalyzersVersion() || !strings.HasPrefix(v, "sha256:") {
		t.Errorf("version %q", v)
	}
}

func TestUndetermined(t *testing.T) {
	t.Parallel()
	file := facts.File{Size: 3, MD5: strings.Repeat("0", 32), SHA256: strings.Repeat("1", 64)}
	f := inspect.Undetermined(file, "the workers died")
	r := inspect.Judge(inspect.JudgeInput{Facts: f, Filing: nothingFiled(t, f), AsOf: "2026-09-01"})
	if f.File != file || r.Verdict != "review" || r.Facts.Analyzers[0].Detail != "the workers died" {
		t.Errorf("verdict %s, facts %+v", r.Verdict, f)
	}
}

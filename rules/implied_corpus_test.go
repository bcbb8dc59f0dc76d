package rules_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"heyan/analyzer"
	"heyan/analyzer/apk"
	"heyan/analyzer/facts"
	"heyan/rules"
)

// TestCorpusImplied compares AaptImplied with what aapt printed, on every package
// of the corpus that aapt could read.
func TestCorpusImplied(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("HEYAN_CORPUS")
	if dir == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	n, some := 0, 0
	for _, want := range corpusTruth(t, dir) {
		// where aapt gave up half way, it had not come to what is implied
		if want.Kind != "apk" || !want.AaptOK || strings.Contains(want.Note, "AAPT-FAIL") {
			continue
		}
		f := corpusFacts(t, filepath.Join(dir, "files", want.File))
		if diff := cmp.Diff(want.Implied, rules.AaptImplied(f), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.File, diff)
		}
		n++
		some += min(len(want.Implied), 1)
	}
	t.Logf("%d packages, %d of them with implied permissions", n, some)
	if some == 0 {
		t.Error("no package of the corpus has implied permissions: the truth was not read")
	}
}

type impliedTruth struct {
	File    string   `json:"file"`
	Kind    string   `json:"kind"`
	AaptOK  bool     `json:"aapt_ok"`
	Note    string   `json:"note"`
	Implied []string `json:"implied"`
}

func corpusTruth(t *testing.T, dir string) []impliedTruth {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "truth.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list []impliedTruth
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var one impliedTruth
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func corpusFacts(t *testing.T, path string) *facts.Facts {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f := &facts.Facts{Format: facts.FormatAPK}
	if err := apk.New().Analyze(t.Context(), analyzer.Input{Package: file, Size: info.Size()}, f); err != nil {
		t.Fatal(err)
	}
	return f
}

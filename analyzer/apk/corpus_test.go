package apk_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"fmt"
	"github.com/google/go-cmp/cmp"

	"heyan/analyzer"
	"heyan/analyzer/apk"
	"heyan/analyzer/facts"
)

// truth is what aapt says of a package of the corpus.
type truth struct {
	File       string            `json:"file"`
	Kind       string            `json:"kind"`
	AaptOK     bool              `json:"aapt_ok"`
	Package    *string           `json:"package"`
	Version    *string           `json:"version_name"`
	Build      *string           `json:"version_code"`
	MinSDK     *string           `json:"min_sdk"`
	TargetSDK  *string           `json:"target_sdk"`
	Label      *string           `json:"label"`
	Labels     map[string]string `json:"labels"`
	Native     []string          `json:"native"`
	Debuggable *bool             `json:"debuggable"`
	Uses       []permission      `json:"permissions"`
	UsesSDK23  []permission      `json:"permissions_sdk23"`
}

type permission struct {
	Name   string `json:"name"`
	MaxSDK string `json:"max_sdk,omitempty"`
}

// TestCorpus compares the facts of every package that aapt could read.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("HEYAN_CORPUS")
	if dir == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	score := map[string][2]int{}
	for _, want := range readTruth(t, dir) {
		if want.Kind != "apk" {
			continue
		}
		f := analyzeFile(t, filepath.Join(dir, "files", want.File))
		if !want.AaptOK {
			continue
		}
		if a := f.Analyzer(facts.AnalyzerManifest); a == nil || a.Status != facts.StatusOK {
			t.Errorf("%s: manifest %+v", want.File, a)
		}
		compare(t, score, want, f)
	}
	printScore(t, score)
}

func compare(t *testing.T, score map[string][2]int, want truth, f *facts.Facts) {
	t.Helper()
	check := func(field string, want, got any) {
		s := score[field]
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s (-aapt +heyan):\n%s", f.File.MD5, field, diff)
			s[1]++
		} else {
			s[0]++
		}
		score[field] = s
	}
	f.File.MD5 = want.File // names the file in messages
	text := func(field string, want *string, got string) {
		if want != nil {
			check(field, *want, got)
		}
	}
	text("package", want.Package, f.App.ID)
	text("version_name", want.Version, f.App.Version)
	text("version_code", want.Build, f.App.Build)
	text("min_sdk", want.MinSDK, f.App.MinOS)
	text("target_sdk", want.TargetSDK, f.App.TargetOS)
	text("label", want.Label, f.App.Names["default"])
	check("debuggable", want.Debuggable != nil && *want.Debuggable, f.App.Debuggable)
	check("native", want.Native, f.NativeABIs)
	check("permissions", want.Uses, declared(f, facts.SourceUsesPermission))
	check("permissions_sdk23", want.UsesSDK23, declared(f, facts.SourceUsesPermissionSDK23))
	for locale, label := range want.Labels {
		check("labels", label, resolveName(f, locale))
	}
}

// resolveName is the name that a device of that locale shows: aapt repeats the
// default for every locale of the table.
func resolveName(f *facts.Facts, locale string) string {
	for _, tag := range []string{locale, strings.SplitN(locale, "-", 2)[0], "default"} {
		if s, ok := f.App.Names[tag]; ok {
			return s
		}
	}
	return ""
}

func declared(f *facts.Facts, source facts.Source) []permission {
	var out []permission
	for _, p := range f.Permissions {
		if p.Source == source {
			out = append(out, permission{Name: p.Name, MaxSDK: p.MaxOS})
		}
	}
	return out
}

func analyzeFile(t *testing.T, path string) *facts.Facts {
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
	f := &facts.Facts{}
	if err := apk.New().Analyze(t.Context(), analyzer.Input{Package: file, Size: info.Size()}, f); err != nil {
		t.Errorf("%s: %v", filepath.Base(path), err)
	}
	return f
}

func readTruth(t *testing.T, dir string) []truth {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "truth.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var all []truth
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one truth
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

func printScore(t *testing.T, score map[string][2]int) {
	t.Helper()
	var names []string
	for name := range score {
		names = append(names, name)
	}
	slices.Sort(names)
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "field\tequal\tdifferent")
	for _, name := range names {
		fmt.Fprintf(w, "%s\t%d\t%d\n", name, score[name][0], score[name][1])
	}
	w.Flush()
	t.Log("\n" + out.String())
}

package batch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/filing"
	"heyan/rules/filing/sheet"
)

// tree makes empty files; a name that ends in a slash is a folder.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range names {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestFind(t *testing.T) {
	t.Parallel()
	root := tree(t, "in/b.apk", "in/a.IPA", "in/deep/er/c.apk", "in/.hidden.apk", "in/.git/x.apk", "in/__MACOSX/x.ipa", "in/x.aab", "in/x.txt", "in/zz.apk/inner.apk", "odd.bin")
	if err := os.Symlink(root, filepath.Join(root, "in", "loop")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "in", "loop"), filepath.Join(root, "in", "loop.apk")); err != nil {
		t.Fatal(err)
	}
	got, err := Find([]string{filepath.Join(root, "odd.bin"), filepath.Join(root, "in"), filepath.Join(root, "in", "b.apk"), filepath.Join(root, "gone.apk")})
	if err != nil {
		t.Fatal(err)
	}
	var rel []string
	for _, p := range got {
		rel = append(rel, p.Rel)
	}
	want := []string{"odd.bin", "a.IPA", "b.apk", "deep/er/c.apk", "zz.apk/inner.apk", "gone.apk"}
	if diff := cmp.Diff(want, rel); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// packagesOf are packages with the paths given.
func packagesOf(paths ...string) []Package {
	var list []Package
	for _, p := range paths {
		list = append(list, Package{Path: p, Rel: strings.TrimPrefix(p, "in/")})
	}
	return list
}

// shown is an item in short.
func shown(items []Item, root string) []string {
	var list []string
	for _, it := range items {
		form := strings.TrimPrefix(filepath.ToSlash(it.Form.Name), filepath.ToSlash(root)+"/")
		if it.Form.Problem != nil {
			form += "!" + it.Form.Problem.Reason
		}
		list = append(list, it.Package.Path+" "+form)
	}
	return list
}

func TestFromDir(t *testing.T) {
	t.Parallel()
	root := tree(t, "a.yaml", "a.ipa.yml", "b.json", "c.yaml", "c.yml", "deep/d.yaml", "d.yaml", "deep/e.yaml", "G.YAML", "h.apk.json", "h.yaml", "left.json", ".k.yaml", "z.txt")
	read := func(name string) (*filing.Filing, *Problem) {
		if strings.HasSuffix(name, "b.json") {
			return nil, &Problem{Reason: BadFiling}
		}
		return &filing.Filing{}, nil
	}
	items, unused, err := FromDir(packagesOf("in/a.apk", "in/a.ipa", "in/b.apk", "in/c.apk", "in/deep/d.apk", "in/d.apk", "in/e.apk", "in/deep/e.apk", "in/g.apk", "in/h.apk", "in/k.apk", "in/deep/a.apk"), root, read)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"in/a.apk a.yaml", "in/a.ipa a.ipa.yml", "in/b.apk b.json!bad-filing", "in/c.apk !ambiguous-filing", "in/deep/d.apk deep/d.yaml",
		"in/d.apk d.yaml", "in/e.apk !no-filing", "in/deep/e.apk deep/e.yaml", "in/g.apk G.YAML", "in/h.apk h.apk.json", "in/k.apk !no-filing", "in/deep/a.apk a.yaml"}
	if diff := cmp.Diff(want, shown(items, root)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var left []string
	for _, u := range unused {
		left = append(left, filepath.Base(u.Filing))
	}
	if diff := cmp.Diff([]string{"h.yaml", "left.json"}, left); diff != "" {
		t.Errorf("unused (-want +got):\n%s", diff)
	}
}

func TestFromSheet(t *testing.T) {
	t.Parallel()
	rows, err := sheet.Read([]byte("file,md5\na.apk,1\nx/b.apk,2\ny\\b.apk,3\nC,4\nd.apk,5\nbad.apk,1E+31\ne.apk,6\ne.apk,7\n2026/f.apk,8\nf.apk,9\ncafe\u0301.apk,10\ngone.apk,11\n,12\n"))
	if err != nil {
		t.Fatal(err)
	}
	items, unused := FromSheet(packagesOf("in/a.apk", "in/x/b.apk", "in/y/b.apk", "in/c.ipa", "in/1/d.apk", "in/2/d.apk", "in/bad.apk", "in/e.apk", "in/2026/f.apk", "in/2025/f.apk", "in/café.apk", "in/none.apk"), "s.csv", rows)
	want := []string{"in/a.apk s.csv:2", "in/x/b.apk s.csv:3", "in/y/b.apk s.csv:4", "in/c.ipa s.csv:5", "in/1/d.apk !ambiguous-filing", "in/2/d.apk !ambiguous-filing",
		"in/bad.apk s.csv:7!bad-filing", "in/e.apk !ambiguous-filing", "in/2026/f.apk s.csv:10", "in/2025/f.apk s.csv:11", "in/café.apk s.csv:12", "in/none.apk !no-filing"}
	if diff := cmp.Diff(want, shown(items, "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var left []string
	for _, u := range unused {
		left = append(left, u.Filing+" "+u.File)
	}
	if diff := cmp.Diff([]string{"s.csv:13 gone.apk", "s.csv:14 "}, left); diff != "" {
		t.Errorf("unused (-want +got):\n%s", diff)
	}
}

// formatOf is what the fake reader finds in a file.
func formatOf(path string) facts.Format {
	if strings.HasSuffix(path, ".ipa") {
		return facts.FormatIPA
	}
	return facts.FormatAPK
}

// fake is a runner that reads no files.
func fake(jobs int) Runner {
	return Runner{
		Jobs: jobs,
		Facts: func(ctx context.Context, path string) (*facts.Facts, error) {
			if strings.Contains(path, "broken") {
				return nil, errors.New("broken")
			}
			return &facts.Facts{Format: formatOf(path), App: facts.App{Name: path}}, ctx.Err()
		},
		Judge: func(f *facts.Facts, filed *filing.Filing, sibling *facts.Facts) *report.Report {
			r := &report.Report{Facts: f, Filing: filed, Verdict: rules.Pass}
			if strings.Contains(f.App.Name, "wrong") {
				r.Verdict = rules.Return
			}
			if sibling != nil {
				r.Inputs.Sibling = sibling.App.Name
			}
			return r
		},
		Tell: func(err error) rules.Text { return rules.Text{ZH: err.Error(), EN: err.Error()} },
	}
}

func items(paths ...string) []Item {
	var list []Item
	for _, p := range paths {
		list = append(list, Item{Package: Package{Path: p, Rel: p}, Form: Form{Name: "f", Filing: &filing.Filing{}}})
	}
	return list
}

func run(t *testing.T, ctx context.Context, r Runner, list []Item) (*Document, []string) {
	t.Helper()
	results := make([]Result, len(list))
	siblings := r.Run(ctx, list, func(i int, got Result) {
		if results[i].Package != "" {
			t.Errorf("%s is told twice", got.Package)
		}
		results[i] = got
	})
	var short []string
	for _, got := range results {
		s := got.Package + " " + string(got.Verdict)
		if got.Error != nil {
			s += "!" + got.Error.Reason
		}
		if got.Report != nil && got.Report.Inputs.Sibling != "" {
			s += " +" + got.Report.Inputs.Sibling
		}
		short = append(short, s)
	}
	return NewDocument(results, nil, siblings), short
}

func TestRun(t *testing.T) {
	t.Parallel()
	list := items("a.apk", "broken.apk", "b/a.apk", "wrong.apk", "a.ipa", "c.apk", "c.bin")
	list[5].Form = Form{Problem: &Problem{Reason: NoFiling}}
	want := []string{"a.apk pass +a.ipa", "broken.apk !unreadable", "b/a.apk pass", "wrong.apk return", "a.ipa pass +a.apk", "c.apk !no-filing", "c.bin pass"}
	for _, jobs := range []int{1, 2, 64} {
		doc, got := run(t, t.Context(), fake(jobs), list)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d jobs (-want +got):\n%s", jobs, diff)
		}
		s := doc.Summary
		if s.Pass != 4 || s.Return != 1 || s.NotRun != 2 || s.Interrupted || s.Exit() != 2 || len(doc.Siblings) != 1 {
			t.Errorf("%d jobs: %+v, %d siblings", jobs, s, len(doc.Siblings))
		}
	}
}

func TestPairTakesItsForms(t *testing.T) {
	t.Parallel()
	for _, order := range [][]string{{"android", "ios"}, {"ios", "android"}} {
		list := items("one.apk", "two.ipa")
		for i, p := range order {
			list[i].Form = Form{Name: p, Filing: &filing.Filing{Platform: filing.Platform(p)}}
		}
		r := fake(1)
		r.Pair = true
		doc, _ := run(t, t.Context(), r, list)
		if doc.Results[0].Filing != "android" || doc.Results[1].Filing != "ios" || doc.Results[0].Report.Inputs.Sibling == "" {
			t.Errorf("%v: %s, %s", order, doc.Results[0].Filing, doc.Results[1].Filing)
		}
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r := fake(1)
	var read atomic.Int32
	inner := r.Facts
	r.Facts = func(ctx context.Context, path string) (*facts.Facts, error) {
		if read.Add(1) == 3 {
			cancel()
		}
		return inner(ctx, path)
	}
	doc, got := run(t, ctx, r, items("1.apk", "2.apk", "3.apk", "4.apk", "5.apk"))
	want := []string{"1.apk pass", "2.apk pass", "3.apk !interrupted", "4.apk !interrupted", "5.apk !interrupted"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !doc.Summary.Interrupted || doc.Summary.Exit() != 2 || read.Load() != 3 {
		t.Errorf("%+v, %d read", doc.Summary, read.Load())
	}
}

func TestExit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		s    Summary
		want int
	}{
		{Summary{Pass: 3}, 0}, {Summary{Pass: 3, Review: 1}, 3}, {Summary{Review: 1, Return: 1}, 1},
		{Summary{Return: 1, NotRun: 1}, 2}, {Summary{Pass: 1, Unused: []Unused{{}}}, 0}, {Summary{Interrupted: true}, 2},
	} {
		if got := tt.s.Exit(); got != tt.want {
			t.Errorf("%+v: %d, want %d", tt.s, got, tt.want)
		}
	}
}

// TestTextFits: no line is wider than the terminal, whatever the names, and none
// moves the cursor.
func TestTextFits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("很长的安装包名称", 20) + "\x1b[2J\u202e.apk"
	doc := NewDocument([]Result{
		{Package: long, Version: long, Platform: filing.PlatformAndroid, Verdict: rules.Return, Block: 12, Review: 34},
		{Package: "b.apk", Error: &Problem{Unreadable, rules.Text{ZH: long + "\n" + long, EN: long}}},
		{Package: "c.apk", Verdict: rules.Pass}, {Package: "d.apk", Verdict: rules.Review}, {Package: "e.apk", Error: &Problem{Reason: Interrupted}},
	}, []Unused{{Filing: long, File: long, Why: rules.Text{ZH: long, EN: long}}}, []Siblings{{Android: long, IOS: long, Shared: true, Boxes: []Difference{{Label: rules.Text{ZH: long, EN: long}, Android: Unknown, IOS: Explains, FiledIOS: true}}}})
	for _, lang := range []string{"zh", "en"} {
		var out strings.Builder
		if err := Text(&out, doc, TextOptions{Lang: lang}); err != nil {
			t.Fatal(err)
		}
		if err := Heading(&out, doc.Results[0], TextOptions{Lang: lang}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			line = strings.TrimRight(line, "\n")
			if w := report.Width(line); w > report.Columns {
				t.Errorf("%s: %d wide: %s", lang, w, line)
			}
			if strings.ContainsAny(line, "\x1b\u202e") {
				t.Errorf("%s: %q", lang, line)
			}
		}
	}
}

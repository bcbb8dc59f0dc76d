package inspect_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heyan/analyzer"
	"heyan/analyzer/facts"
	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/filing"
)

// TestCorpusJudged files every real package as heyan itself would fill in the
// form, and judges it. On a package that reads well no check is unknown, nothing
// that was filed is wrong, and the report says the same twice.
func TestCorpusJudged(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("HEYAN_CORPUS")
	if folder == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	names, err := filepath.Glob(filepath.Join(folder, "files", "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no packages (%v)", err)
	}
	verdicts := map[rules.Verdict]int{}
	for _, name := range names {
		r := judgeAsDrafted(t, name)
		if r == nil {
			continue
		}
		verdicts[r.Verdict]++
		for _, c := range r.Checks {
			if c.Outcome == rules.OutcomeUnknown && ordinary(r.Facts) && !notExamined(c) {
				t.Errorf("%s: %s is unknown (%s)", filepath.Base(name), c.ID, c.Reason)
			}
			if c.Outcome == rules.OutcomeFail && filedByUs(c.ID) && !faultOfThePackage(c) {
				t.Errorf("%s: the draft fails %s (%s): filed %q, actual %q", filepath.Base(name), c.ID, c.Reason, c.Filed, c.Actual)
			}
		}
	}
	t.Logf("verdicts: %v", verdicts)
}

// judgeAsDrafted judges a package against the form made from it; nil for what is
// no package.
func judgeAsDrafted(t *testing.T, name string) *report.Report {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := inspect.Facts(t.Context(), analyzer.Input{Package: file, Size: info.Size()}, inspect.Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	d := inspect.Describe(f)
	if d.Form.Platform == "" {
		return nil
	}
	form, err := filing.Parse(report.FilingDraft(d, "zh"))
	if err != nil {
		t.Fatalf("%s: the draft does not parse: %v", name, err)
	}
	in := inspect.JudgeInput{Facts: f, Filing: form, AsOf: "2026-09-01"}
	r := inspect.Judge(in)
	one, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	two, err := json.Marshal(inspect.Judge(in))
	if err != nil || string(one) != string(two) {
		t.Errorf("%s: judged twice, two reports (%v)", name, err)
	}
	return r
}

// ordinary: every reader came to its end, and the package is validly signed.
func ordinary(f *facts.Facts) bool {
	whole := !slices.ContainsFunc(f.Analyzers, func(a facts.Analyzer) bool { return a.Status != facts.StatusOK })
	return whole && f.Signature.Status == facts.SignatureValid
}

// notExamined: this version says so of itself, whatever the package.
func notExamined(c rules.Check) bool { return c.Reason == "not-examined" }

// faultOfThePackage: what no form can put right, a developer's certificate or a manifest
// that can't be read, so that the draft leaves the permissions to a person.
func faultOfThePackage(c rules.Check) bool {
	return c.Reason == "debug-certificate" || c.Reason == "development-certificate" || c.ID == "permissions" && c.Reason == "not-filed"
}

// filedByUs: the checks of fields that the draft fills in from the package.
func filedByUs(id string) bool {
	switch id {
	case "platform", "md5", "name", "permissions", "package-id", "certificate-digest", "public-key":
		return true
	}
	return strings.HasPrefix(id, "permissions.")
}

package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer"
	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/rules/filing"
)

// judgedAs is the report of bytes against a sample filing.
func judgedAs(t testing.TB, name string, in analyzer.Input, filed string) *report.Named {
	t.Helper()
	f, err := inspect.Facts(t.Context(), in, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../testdata/filing/" + filed + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	form, err := filing.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	r := inspect.Judge(inspect.JudgeInput{Facts: f, Filing: form, AsOf: "2026-09-01"})
	// Of the catalogue as a whole: not what is tested here.
	r.Engine.Rules, r.Inputs.Policy = "sha256:0123456789abcdef", "sha256:0123456789abcdef"
	return &report.Named{Name: name, Report: r}
}

// sample is the report of a sample package against a sample filing.
func sample(t testing.TB, apk, filed string) *report.Named {
	t.Helper()
	data, err := os.ReadFile("../../testdata/apk/" + apk + ".apk")
	if err != nil {
		t.Fatal(err)
	}
	return judgedAs(t, apk+".apk", analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}, filed)
}

// samples are reports of every verdict, of an unreadable package among them; the
// first is the one of the README.
func samples(t testing.TB) []*report.Named {
	t.Helper()
	return []*report.Named{
		sample(t, "school", "school-wrong"),
		sample(t, "school", "school"),
		sample(t, "v31-rotated", "school"),
		judgedAs(t, "课件 第1讲.apk", analyzer.Input{Package: strings.NewReader("<html></html>"), Size: 13}, "school"),
	}
}

// forms are all ways to write reports as bytes.
func forms() map[string]func(io.Writer, []*report.Named) error {
	return map[string]func(io.Writer, []*report.Named) error{
		"html": func(w io.Writer, list []*report.Named) error {
			for _, n := range list {
				if err := report.HTML(w, n.Report, report.HTMLOptions{Lang: "zh", Name: n.Name}); err != nil {
					return err
				}
			}
			return nil
		},
		"sarif": report.SARIF,
		"junit": func(w io.Writer, list []*report.Named) error { return report.JUnit(w, list, "zh") },
		"xlsx":  func(w io.Writer, list []*report.Named) error { return report.XLSX(w, list, "zh") },
		"csv":   func(w io.Writer, list []*report.Named) error { return report.CSV(w, list, "zh") },
	}
}

// TestFormsAreDeterministic writes each form several times.
func TestFormsAreDeterministic(t *testing.T) {
	t.Parallel()
	list := samples(t)
	for name, form := range forms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var first []byte
			for range 5 {
				var out bytes.Buffer
				if err := form(&out, list); err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first = out.Bytes()
				}
				if !bytes.Equal(first, out.Bytes()) {
					t.Fatal("the same reports gave other bytes")
				}
			}
		})
	}
}

// failing is a writer that takes n bytes and then fails, as a full disk does.
type failing struct{ n int }

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

// TestFormsReportWriteErrors: a report that was not written whole is an error.
func TestFormsReportWriteErrors(t *testing.T) {
	t.Parallel()
	list := samples(t)
	for name, form := range forms() {
		for _, room := range []int{0, 100, 1000} {
			if form(&failing{room}, list) == nil {
				t.Errorf("%s: no error after %d bytes", name, room)
			}
		}
	}
}

// TestFormGoldens pins what users and tools get of the sample packages.
func TestFormGoldens(t *testing.T) {
	t.Parallel()
	wrong := samples(t)[:1]
	write := func(form func(io.Writer) error) string {
		var out bytes.Buffer
		if err := form(&out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for name, got := range map[string]string{
		"school-wrong.html": write(func(w io.Writer) error {
			return report.HTML(w, wrong[0].Report, report.HTMLOptions{Lang: "zh", Name: wrong[0].Name})
		}),
		"school-wrong.sarif.json":   withoutRules(t, write(func(w io.Writer) error { return report.SARIF(w, wrong) })),
		"school-wrong.junit.zh.xml": write(func(w io.Writer) error { return report.JUnit(w, wrong, "zh") }),
		"school-wrong.junit.en.xml": write(func(w io.Writer) error { return report.JUnit(w, wrong, "en") }),
		"batch.zh.csv":              write(func(w io.Writer) error { return report.CSV(w, samples(t), "zh") }),
		"batch.en.csv":              write(func(w io.Writer) error { return report.CSV(w, samples(t), "en") }),
	} {
		goldenBytes(t, name, got)
	}
}

// withoutRules takes the list of rules out of a SARIF log: it holds the words of
// every check there is.
func withoutRules(t *testing.T, log string) string {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(log), &doc); err != nil {
		t.Fatal(err)
	}
	run := doc["runs"].([]any)[0].(map[string]any)
	delete(run["tool"].(map[string]any)["driver"].(map[string]any), "rules")
	for _, r := range run["results"].([]any) {
		delete(r.(map[string]any), "ruleIndex")
	}
	var out bytes.Buffer
	if err := report.Encode(&out, doc); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// goldenBytes compares with a file of testdata; -update rewrites it.
func goldenBytes(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

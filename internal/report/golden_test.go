package report_test

import (
	"bytes"
	"os"
	"path"
	"strings"
	"testing"

	"heyan/analyzer"
	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/rules/filing"
)

// TestGoldens pins what users see of the sample packages, in both languages.
func TestGoldens(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ golden, file, filing string }{
		{"school", "apk/school.apk", "school"},
		{"school-wrong", "apk/school.apk", "school-wrong"},
		{"permissions-all", "apk/permissions-all.apk", "school"},
		{"school-ios", "ipa/school.ipa", "school-ios"},
	} {
		data, err := os.ReadFile("../../testdata/" + test.file)
		if err != nil {
			t.Fatal(err)
		}
		in := analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}
		f, err := inspect.Facts(t.Context(), in, inspect.Options{})
		if err != nil {
			t.Fatal(err)
		}
		filed, err := os.ReadFile("../../testdata/filing/" + test.filing + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		form, err := filing.Parse(filed)
		if err != nil {
			t.Fatal(err)
		}
		r := inspect.Judge(inspect.JudgeInput{Facts: f, Filing: form, AsOf: "2026-09-01"})
		r.Engine.Rules = "sha256:0123456789abcdef" // of the catalogue as a whole: not what is tested here
		for _, lang := range []string{"zh", "en"} {
			opt := report.TextOptions{Lang: lang, Name: path.Base(test.file)}
			var checked, described strings.Builder
			if err := report.Text(&checked, r, opt); err != nil {
				t.Fatal(err)
			}
			if err := report.DescriptionText(&described, inspect.Describe(f), opt); err != nil {
				t.Fatal(err)
			}
			report.Golden(t, test.golden+".check."+lang+".txt", checked.String())
			report.Golden(t, test.golden+".describe."+lang+".txt", described.String())
		}
	}
}

package report_test

import (
	"bytes"
	"os"
	"path"
	"strings"
	"testing"

	"heyan/analyzer"
	"heyan/analyzer/facts"
	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/rules/filing"
)

// TestGoldens pins what users see of the sample packages, in both languages.
func TestGoldens(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		golden, file, filing string
		edit                 func(*facts.Facts)
	}{
		{"school", "apk/school.apk", "school", nil},
		{"school-wrong", "apk/school.apk", "school-wrong", nil},
		{"permissions-all", "apk/permissions-all.apk", "school", nil},
		{"school-ios", "ipa/school.ipa", "school-ios", nil},
		{"school-ios-trusted", "ipa/school.ipa", "school-ios", signedByApples},
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
		if test.edit != nil {
			test.edit(f)
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

// signedByApples makes the sample's facts, which a test authority signed, those of
// the same app signed with certificates that Apple issued.
func signedByApples(f *facts.Facts) {
	held := true
	s := &f.Signature
	s.Status, s.Kind, s.Findings = facts.SignatureValid, facts.KindStoreUpload, nil
	s.Validity = &facts.Validity{AtSigning: &held, Until: "2046-11-16T00:00:00Z"}
	for i := range s.Code {
		s.Code[i].Kind, s.Code[i].Findings, s.Code[i].Role = facts.KindStoreUpload, nil, "apple-distribution"
	}
	s.Profile.Status, s.Profile.Findings = facts.SignatureValid, nil
}

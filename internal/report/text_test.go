package report

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/rules"
	"heyan/rules/filing"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		n    int
		want []string
	}{
		{"", 10, []string{""}},
		{"one two three", 8, []string{"one two", "three"}},
		{"请勾选调用摄像头", 8, []string{"请勾选调", "用摄像头"}},
		{"摄像头，麦克风。", 8, []string{"摄像头，", "麦克风。"}},
		{"用「摄像头」项", 6, []string{"用「摄", "像头」", "项"}},
		{"0123456789abcdef", 6, []string{"012345", "6789ab", "cdef"}},
		{"id 0123456789", 6, []string{"id", "012345", "6789"}},
		{"权限 android.permission.CAMERA 未勾选", 26, []string{"权限", "android.permission.CAMERA", "未勾选"}},
	} {
		if diff := cmp.Diff(test.want, wrap(test.text, test.n)); diff != "" {
			t.Errorf("wrap(%q, %d) (-want +got):\n%s", test.text, test.n, diff)
		}
	}
}

func TestCleanHidesControls(t *testing.T) {
	t.Parallel()
	const hostile = "课堂\x1b[31m\r\n\u202egnp.exe\u0085\x00"
	got := clean(hostile)
	for _, r := range got {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			t.Errorf("clean(%q) = %q", hostile, got)
		}
	}
	if !strings.Contains(got, "课堂") || !strings.Contains(got, "gnp.exe") {
		t.Errorf("clean(%q) lost text: %q", hostile, got)
	}
}

// hostileReport has long and hostile text in every place that comes from outside.
func hostileReport() *Report {
	const nasty = "名称\x1b[2J\u202e很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长 and_one_word_that_is_far_longer_than_any_line_of_a_terminal_could_ever_be_in_practice 👩‍👩‍👧 ﷽"
	f := &facts.Facts{
		Schema: facts.Schema, Format: facts.FormatAPK,
		File:       facts.File{Size: 1 << 40, MD5: strings.Repeat("a", 32), SHA256: strings.Repeat("b", 64)},
		App:        facts.App{ID: nasty, Name: nasty, Version: nasty, Build: nasty, Names: map[string]string{"default": nasty + "1", "en": nasty + "2"}},
		NativeABIs: []string{nasty},
		Anomalies:  []facts.Anomaly{{Code: nasty, Detail: nasty, Where: nasty}},
		Unexamined: []facts.Unexamined{{Check: nasty, Why: nasty}},
		Signature: facts.Signature{
			Status:   facts.SignatureValid,
			Signers:  []facts.Certificate{{Subject: nasty, SHA256: strings.Repeat("c", 64), Key: facts.Key{Algorithm: "RSA", Bits: 2048, ModulusHex: strings.Repeat("d", 512), ModulusDec: strings.Repeat("9", 617)}}},
			Problems: []facts.SignatureProblem{{Code: nasty, Detail: nasty}},
		},
	}
	text := rules.Text{ZH: nasty, EN: nasty}
	return &Report{
		Facts: f, Filing: &filing.Filing{}, Verdict: rules.Return,
		Checks: []rules.Check{
			{ID: "md5", Outcome: rules.OutcomeFail, Severity: rules.SeverityBlock, Filed: nasty, Actual: nasty, Evidence: []string{nasty}, Message: text, Remedy: text},
			{ID: "md5", Outcome: rules.OutcomeUnknown, Severity: rules.SeverityReview, Message: text},
		},
		Categories:  []rules.Category{{ID: "camera", Label: rules.Text{ZH: "调用摄像头", EN: "Camera"}, Declared: []string{nasty, nasty, nasty, nasty, nasty}}},
		Permissions: []rules.Reading{{Name: nasty, Source: "uses-permission", Where: nasty, Category: "camera", Nearest: nasty}},
	}
}

// TestTextFits writes reports and descriptions of hostile facts: no line is wider
// than 80 cells, and no control character comes through.
func TestTextFits(t *testing.T) {
	t.Parallel()
	r := hostileReport()
	d := &Description{Facts: r.Facts, Permissions: r.Permissions, Form: NewForm(r.Facts, r.Permissions)}
	for _, lang := range []string{"zh", "en"} {
		opt := TextOptions{Lang: lang, Name: "a\x1b[0m\n" + strings.Repeat("长", 60)}
		var report, description strings.Builder
		if err := Text(&report, r, opt); err != nil {
			t.Fatal(err)
		}
		if err := DescriptionText(&description, d, opt); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{report.String(), description.String()} {
			fits(t, text)
		}
	}
}

func fits(t *testing.T, text string) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		if w := cells(line); w > columns {
			t.Errorf("%d cells: %q", w, line)
		}
		for _, r := range line {
			if unicode.IsControl(r) || r == '\u202e' {
				t.Errorf("control character in %q", line)
				break
			}
		}
	}
}

// Golden compares text with a file of testdata; -update rewrites it. The name is
// exported for the tests of package report_test.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	fits(t, got)
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
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

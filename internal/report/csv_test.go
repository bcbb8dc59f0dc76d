package report_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"unicode"

	"heyan/internal/report"
)

// readCSV reads a table back, without its byte order mark.
func readCSV(t *testing.T, reports []*report.Named, lang string) [][]string {
	t.Helper()
	var out bytes.Buffer
	if err := report.CSV(&out, reports, lang); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(out.String(), "\uFEFF")
	if !ok {
		t.Fatal("no byte order mark: Excel would take it for GBK")
	}
	if strings.Count(text, "\n") != strings.Count(text, "\r\n") {
		t.Error("lines do not end as RFC 4180 wants")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestCSV(t *testing.T) {
	t.Parallel()
	rows := readCSV(t, samples(t), "zh")
	if len(rows) != 1+len(samples(t)) || rows[0][0] != "安装包" || rows[1][1] != "建议退回" || rows[2][1] == rows[1][1] {
		t.Errorf("%d rows, %q", len(rows), rows[:2])
	}
}

// TestCSVCellsAreInert: no cell begins with what a spreadsheet computes, nor holds
// what cannot be seen; and an ordinary one is left as it is.
func TestCSVCellsAreInert(t *testing.T) {
	t.Parallel()
	first := sample(t, "school", "school")
	for name, want := range map[string]string{
		"=cmd|' /C calc'!A0":    "'=cmd|' /C calc'!A0",
		"+1":                    "'+1",
		"-1":                    "'-1",
		"@SUM(A1)":              "'@SUM(A1)",
		"\t=1":                  `'\u0009=1`,
		"\r=1":                  `'\u000d=1`,
		"\n=1":                  "↵=1",
		"  =1":                  "'  =1",
		"\u3000=1":              "'\u3000=1",
		"＝1":                    "'＝1",
		"\u202e=1":              `\u202e=1`,
		"\ufeff=1":              `'\ufeff=1`,
		"课堂":                    "课堂",
		"a=b, \"c\"":            "a=b, \"c\"",
		"2.3.1":                 "2.3.1",
		"\x00\x1b[31m\u200b":    `\u0000\u001b[31m\u200b`,
		"\xff\xfe":              "\ufffd\ufffd",
		"":                      "",
		"a\u2028b\u2029c\u0085": `a\u2028b\u2029c\u0085`,
	} {
		n := *first
		n.Name = name
		got := readCSV(t, []*report.Named{&n}, "zh")[1][0]
		if got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
		for _, r := range got {
			if unicode.IsControl(r) {
				t.Errorf("control character in %q", got)
			}
		}
	}
}

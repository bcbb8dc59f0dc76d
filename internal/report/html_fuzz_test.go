package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"heyan/internal/report"
)

// FuzzForms puts a string in every place that comes from outside and writes every
// form: none panics, the same report gives the same bytes, each is well formed, and
// the page holds the string as text alone.
func FuzzForms(f *testing.F) {
	for _, s := range []string{
		nasty, "", " ", "x", "=1+1", "\r\n", "\xff\xc0", "]]>&#0;", "{{template \"t\"}}", "</style><script>", "\ufeff\ufffe\uffff",
		"android.permission.", "\U000e0041\u00ad", "_x000D_", "a;=b\",\"@c", strings.Repeat("长", 90),
	} {
		f.Add(s)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile("testdata/sarif-2.1.0-rtm.5.schema.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if utf8.RuneCountInString(s) > 100 { // longer values are abridged
			return
		}
		list := []*report.Named{{Name: s, Report: hostile(s)}}
		written := map[string][]byte{}
		for name, form := range forms() {
			var first, second bytes.Buffer
			if err := form(&first, list); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := form(&second, list); err != nil {
				t.Fatalf("%s again: %v", name, err)
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Fatalf("%s: the same report gave other bytes", name)
			}
			written[name] = first.Bytes()
		}
		doc, _ := parsed(t, hostile(s), report.HTMLOptions{Lang: "zh", Name: s})
		inert(t, doc)
		if n := strings.Count(text(doc), shownAs(s)); n < 80 {
			t.Fatalf("%q stands %d times in the text of the page", s, n)
		}
		wellFormed(t, written, schema)
	})
}

// shownAs is how a string must show: its own characters, and codes for what cannot
// be seen.
func shownAs(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteRune('↵')
		case r == utf8.RuneError, r == 0xFFFE, r == 0xFFFF:
			b.WriteRune(utf8.RuneError)
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func wellFormed(t *testing.T, written map[string][]byte, schema *jsonschema.Schema) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(written["sarif"]))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Fatal(err)
	}
	for dec := xml.NewDecoder(bytes.NewReader(written["junit"])); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(written["csv"], []byte("\uFEFF")))).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows (%v)", len(rows), err)
	}
	for _, cell := range rows[1] {
		if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
			t.Fatalf("cell %q", cell)
		}
	}
}

package jar

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type section struct {
	Raw, Name string
	Named     bool
}

func sections(file string) []section {
	var out []section
	for in := NewReader([]byte(file)); ; {
		s, ok := in.Next()
		if !ok {
			return out
		}
		out = append(out, section{string(s.Raw), s.Name, s.Named})
	}
}

func TestReader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file string
		want []section
	}{
		"empty":       {"", nil},
		"blank":       {"\n\r\n\r", nil},
		"two":         {"A: 1\r\n\r\nName: x\r\nB: 2\r\n\r\n", []section{{"A: 1\r\n\r\n", "", false}, {"Name: x\r\nB: 2\r\n\r\n", "x", true}}},
		"no end":      {"name: x", []section{{"name: x", "x", true}}},
		"old Mac":     {"NAME: x\r\rA: 1\r", []section{{"NAME: x\r\r", "x", true}, {"A: 1\r", "", false}}},
		"blank lines": {"\n\nName: x\n\n\n\nName: y\n", []section{{"Name: x\n\n", "x", true}, {"Name: y\n", "y", true}}},
		"continued":   {"Name: a\n b\n  c\nD: e\n", []section{{"Name: a\n b\n  c\nD: e\n", "ab c", true}}},
		"name second": {"A: 1\nName: x\n", []section{{"A: 1\nName: x\n", "", false}}},
		"no value":    {"Name\n", []section{{"Name\n", "", true}}},
		"no blank":    {"Name:x\n", []section{{"Name:x\n", "", false}}},
		"leading":     {" Name: x\n", []section{{" Name: x\n", "", false}}},
		"not UTF-8":   {"Name: \xff\n", []section{{"Name: \xff\n", "\ufffd", true}}},
	} {
		if diff := cmp.Diff(test.want, sections(test.file)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAttribute(t *testing.T) {
	t.Parallel()
	s, _ := NewReader([]byte("Name: x\nSHA-256-Digest: ab\n c\nsha-256-digest: second\nEmpty\nBlanks :  y \n")).Next()
	for name, want := range map[string]string{"sha-256-DIGEST": "abc", "Empty": "", "Blanks ": " y ", "Name": "x"} { //nolint:gocritic // the blank is what is tested
		if got, ok := s.Attribute(name); got != want || !ok {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
	if got, ok := s.Attribute("Blanks"); ok {
		t.Errorf("absent attribute is %q", got)
	}
}

func FuzzManifest(f *testing.F) {
	for _, seed := range []string{"A: 1\r\n\r\nName: x\r\nSHA1-Digest: 2\r\n\r\n", "Name: a\n b\n  c\n", "\r\r\n\n\r", strings.Repeat(" ", 100)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		in, total := NewReader(file), 0
		for {
			s, ok := in.Next()
			if !ok {
				break
			}
			start := in.Offset() - len(s.Raw)
			if start < total || !bytes.Equal(file[start:in.Offset()], s.Raw) {
				t.Fatalf("section %q is not where it says", s.Raw)
			}
			total = in.Offset()
			name, ok := s.Attribute("Name")
			if s.Named && (!ok || name != s.Name) {
				t.Fatalf("name %q, attribute %q", s.Name, name)
			}
			_, _ = s.Attribute("SHA1-Digest")
		}
		if total > len(file) {
			t.Fatal("more than the file")
		}
	})
}

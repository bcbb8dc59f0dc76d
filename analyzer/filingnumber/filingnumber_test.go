package filingnumber_test

import (
	"slices"
	"strings"
	"testing"

	"heyan/analyzer/archive"
	"heyan/analyzer/archive/archivetest"
	"heyan/analyzer/facts"
	"heyan/analyzer/filingnumber"

	"github.com/google/go-cmp/cmp"
)

const number = "教APP备3100012号"

func TestFind(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"plain":            "备案号：教APP备3100012号。",
		"small, wide":      "教ａpp备３１０００１２号",
		"blanks":           "教 APP 备　3100012 号",
		"javascript":       `"\u6559APP\u59073100012\u53f7"`,
		"html":             "&#25945;APP&#x5907;3100012&#21495;",
		"utf-16, low half": utf16(0),
		"utf-16":           utf16(1),
	} {
		if diff := cmp.Diff([]string{number}, filingnumber.Find([]byte(text))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, text := range []string{"教APP备310001号", "教APP备31000123号", "教APP备3100012", "粤ICP备3100012号", "教"} {
		if got := filingnumber.Find([]byte(text)); len(got) > 0 {
			t.Errorf("%q gives %q", text, got)
		}
	}
}

// utf16 writes the number with the low half of a unit at low.
func utf16(low int) string {
	var out []byte
	for _, r := range number {
		unit := [2]byte{byte(r >> 8), byte(r >> 8)}
		unit[low] = byte(r)
		out = append(out, unit[:]...)
	}
	return string(out)
}

func TestSearch(t *testing.T) {
	t.Parallel()
	var b archivetest.Builder
	b.Deflate("a.txt", []byte(strings.Repeat("x", 64<<10-9)+number+number)) // over the border of a window
	b.Store("b.html", []byte(number)).Both(func(h *archivetest.Header) { h.CRC32++ })
	b.Deflate("large.txt", make([]byte, filingnumber.MaxFile+1))
	b.Store("c.png", []byte(number))
	data := b.File()
	zip, err := archive.Open(data, data.Size(), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	s := filingnumber.NewSearch(zip)
	s.Bytes([]byte(number), "memory")
	if err := s.Files(t.Context(), filingnumber.IsText, filingnumber.MaxFile); err != nil {
		t.Fatal(err)
	}
	want := []facts.FilingNumber{{Number: number, Where: "memory"}, {Number: number, Where: "a.txt"}, {Number: number, Where: "b.html"}}
	if diff := cmp.Diff(want, s.Numbers()); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
	if s.Broken() != 1 || len(s.Unexamined()) != 2 {
		t.Errorf("%d broken, %+v", s.Broken(), s.Unexamined())
	}
}

func FuzzFind(f *testing.F) {
	for _, seed := range []string{number, utf16(0), utf16(1), `\u6559APP&#x5907;3100012`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		found := filingnumber.Find(data)
		if !slices.Equal(found, filingnumber.Find(data)) {
			t.Error("two searches differ")
		}
		for _, n := range found {
			if len([]rune(n)) != len([]rune(number)) {
				t.Errorf("number %q", n)
			}
		}
	})
}

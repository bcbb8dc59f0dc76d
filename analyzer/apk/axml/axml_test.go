package axml_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/apk/apktest"
	"heyan/analyzer/apk/axml"
	"heyan/analyzer/apk/restype"
)

const idName = 0x01010003

func sample() *apktest.Element {
	return apktest.E("manifest", apktest.P("package", "com.example.应用"),
		apktest.E("uses-permission", apktest.A("name", "a.B"), apktest.A("maxSdkVersion", 23)),
		apktest.E("application", apktest.A("name", ".App"), apktest.A("debuggable", true), "text 😀"),
	)
}

const sampleEvents = `<manifest package=com.example.应用>
<uses-permission name=a.B>
</uses-permission>
<application name=.App>
"text 😀"
</application>
</manifest>
`

// dump prints a document's events, attributes looked up as Android does.
func dump(data []byte) (events string, guessed bool, err error) {
	r, err := axml.Open(data, axml.Limits{})
	if err != nil {
		return "", false, err
	}
	var out strings.Builder
	for {
		event, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out.String(), r.Guessed() != nil, nil
		}
		if err != nil {
			return out.String(), r.Guessed() != nil, err
		}
		switch event {
		case axml.StartElement:
			fmt.Fprintf(&out, "<%s", r.Name())
			if a, ok := r.ByName("package"); ok {
				s, _, err := r.Raw(a)
				if err != nil {
					return out.String(), true, err
				}
				fmt.Fprintf(&out, " package=%s", s)
			}
			if a, seen := r.ByID(idName, "name"); seen != axml.Absent {
				s, _, err := r.String(a)
				if err != nil {
					return out.String(), true, err
				}
				fmt.Fprintf(&out, " name=%s", s)
			}
			out.WriteString(">\n")
		case axml.EndElement:
			fmt.Fprintf(&out, "</%s>\n", r.Name())
		case axml.Text:
			s, err := r.Text()
			if err != nil {
				return out.String(), true, err
			}
			fmt.Fprintf(&out, "%q\n", s)
		}
	}
}

// TestOdd: what Android reads is read the same, whatever its shape.
func TestOdd(t *testing.T) {
	t.Parallel()
	second := apktest.E("manifest", apktest.P("package", "decoy"))
	for name, test := range map[string]struct {
		opt     apktest.XML
		guessed bool
		more    string
		before  string
	}{
		"utf-8":             {},
		"utf-16":            {opt: apktest.XML{UTF16: true}},
		"garbled names":     {opt: apktest.XML{Garble: "x"}},
		"empty names":       {opt: apktest.XML{Garble: "\x00"}},
		"attribute size":    {opt: apktest.XML{AttrSize: 28}},
		"attribute start":   {opt: apktest.XML{AttrStart: 40}},
		"node header":       {opt: apktest.XML{NodeHeader: 24}},
		"document type":     {opt: apktest.XML{DocumentType: 0x4242}},
		"unknown chunks":    {opt: apktest.XML{Unknown: true}},
		"trailing data":     {opt: apktest.XML{Tail: []byte("tail of any length")}},
		"zero-size end":     {opt: apktest.XML{ZeroEnd: true}},
		"text first":        {opt: apktest.XML{TextFirst: true}, before: "\"text\"\n"},
		"two roots":         {opt: apktest.XML{Roots: []*apktest.Element{second}}, more: "<manifest package=decoy>\n</manifest>\n"},
		"no resource map":   {opt: apktest.XML{NoResourceMap: true}, guessed: true},
		"unterminated":      {opt: apktest.XML{Unterminated: true}, guessed: true},
		"unterminated 16":   {opt: apktest.XML{UTF16: true, Unterminated: true}, guessed: true},
		"inflated count":    {opt: apktest.XML{ExtraCount: 1 << 30}, guessed: true},
		"inflated count 32": {opt: apktest.XML{ExtraCount: 0xffffff00}, guessed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, guessed, err := dump(test.opt.Bytes(sample()))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.before+sampleEvents+test.more, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if guessed != test.guessed {
				t.Errorf("guessed = %v, want %v", guessed, test.guessed)
			}
		})
	}
}

// TestAttributeOrder: Android finds an attribute only behind lower ids.
func TestAttributeOrder(t *testing.T) {
	t.Parallel()
	name, high := apktest.A("name", "a.B"), apktest.A("maxSdkVersion", 9)
	plain := apktest.Attr{Name: "name", Text: "c.D", Value: restype.Value{Type: restype.ValueString}}
	spaced := plain
	spaced.NS = apktest.AndroidNS
	for label, test := range map[string]struct {
		attrs []any
		want  axml.Seen
		text  string
	}{
		"in order":      {[]any{name, high}, axml.Plain, "a.B"},
		"hidden":        {[]any{high, name}, axml.Guess, "a.B"},
		"twice":         {[]any{name, apktest.A("name", "second")}, axml.Plain, "a.B"},
		"behind no id":  {[]any{plain, name}, axml.Plain, "a.B"},
		"no id alone":   {[]any{plain}, axml.Guess, "c.D"},
		"no prefix":     {[]any{plain, high}, axml.Absent, ""},
		"id is lost":    {[]any{spaced, high}, axml.Guess, "c.D"},
		"none":          {[]any{high}, axml.Absent, ""},
		"other's space": {[]any{apktest.Attr{NS: "urn:x", Name: "name", Text: "x", Value: plain.Value}}, axml.Absent, ""},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			r, err := axml.Open(apktest.XML{KeepOrder: true}.Bytes(apktest.E("e", test.attrs...)), axml.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
			a, seen := r.ByID(idName, "name")
			if seen != test.want {
				t.Errorf("seen = %d, want %d", seen, test.want)
			}
			if seen == axml.Absent {
				return
			}
			if s, _, err := r.String(a); err != nil || s != test.text {
				t.Errorf("text = %q, %v, want %q", s, err, test.text)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	good := apktest.Doc(sample())
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"empty":       {nil, axml.ErrNotBinary},
		"plain text":  {[]byte("<?xml version=\"1.0\"?><manifest/>"), axml.ErrNotBinary},
		"with BOM":    {[]byte("\xef\xbb\xbf<manifest></manifest>"), axml.ErrNotBinary},
		"protobuf":    {[]byte("\x0a\x90\x10\x0a\x3a\x0a\x07android\x12\x2ahttp"), axml.ErrNotBinary},
		"noise":       {[]byte(strings.Repeat("\xa5", 100)), axml.ErrMalformed},
		"no pool":     {append([]byte{3, 0, 8, 0, 32, 0, 0, 0}, good[len(good)-24:]...), axml.ErrMalformed},
		"header only": {[]byte{3, 0, 8, 0, 8, 0, 0, 0}, axml.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := dump(test.data); !errors.Is(err, test.want) {
				t.Errorf("error = %v, want %v", err, test.want)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	deep := apktest.E("e")
	for range 600 {
		deep = apktest.E("e", deep)
	}
	wide := apktest.E("e")
	for range 70_000 {
		wide.Children = append(wide.Children, &apktest.Element{Name: "e"})
	}
	long := apktest.E("e", apktest.A("name", strings.Repeat("长", 30_000)))
	for range 100 {
		long.Children = append(long.Children, apktest.E("e", apktest.A("name", strings.Repeat("长", 30_000))))
	}
	for name, root := range map[string]*apktest.Element{"depth": deep, "nodes": wide, "text": long} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := dump(apktest.XML{UTF16: true}.Bytes(root)); !errors.Is(err, axml.ErrLimit) {
				t.Errorf("error = %v, want %v", err, axml.ErrLimit)
			}
		})
	}
}

// TestSharedAttributes: attributes of size 0 all lie on one place.
func TestSharedAttributes(t *testing.T) {
	t.Parallel()
	data := apktest.Doc(apktest.E("e", apktest.A("name", "x")))
	at := len(data) - 24 - 24 - 20 // attributes of the only element
	ext := at - 20
	binary.LittleEndian.PutUint16(data[ext+10:], 0)
	binary.LittleEndian.PutUint16(data[ext+12:], 0xffff)
	got, _, err := dump(data)
	if err != nil || got != "<e name=x>\n</e>\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestTruncated: a document cut anywhere is never read as a whole one in silence.
func TestTruncated(t *testing.T) {
	t.Parallel()
	for _, opt := range []apktest.XML{{}, {UTF16: true}} {
		whole := opt.Bytes(sample())
		for n := range whole {
			if _, guessed, err := dump(whole[:n:n]); err == nil && !guessed {
				t.Errorf("cut to %d of %d bytes: no error and no guess", n, len(whole))
			}
		}
	}
}

// TestDamaged flips every byte: no panic, and the same twice.
func TestDamaged(t *testing.T) {
	t.Parallel()
	whole := apktest.Doc(sample())
	for n := range whole {
		for _, bit := range []byte{1, 0x80, 0xff} {
			data := append([]byte{}, whole...)
			data[n] ^= bit
			first, _, _ := dump(data)
			if second, _, _ := dump(data); first != second {
				t.Fatalf("byte %d: two readings differ", n)
			}
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, opt := range []apktest.XML{
		{}, {UTF16: true}, {Garble: "x"}, {AttrSize: 28}, {AttrStart: 40}, {NodeHeader: 24}, {Unknown: true},
		{ZeroEnd: true}, {TextFirst: true}, {NoResourceMap: true}, {Unterminated: true}, {ExtraCount: 9},
	} {
		f.Add(opt.Bytes(sample()))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, guessed, err := dump(data)
		second, guessed2, err2 := dump(data)
		if first != second || guessed != guessed2 || fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Error("two readings differ")
		}
		if len(first) > 64<<20 {
			t.Errorf("%d bytes of events", len(first))
		}
		w := axml.Weigh(data)
		if w.Sound && w.Strings > int64(len(data))*int64(len(data)) {
			t.Errorf("weight %+v of %d bytes", w, len(data))
		}
	})
}

func BenchmarkReader(b *testing.B) {
	root := apktest.Manifest()
	for i := range 300 {
		root.Children = append(root.Children, apktest.E("uses-permission",
			apktest.A("name", fmt.Sprintf("android.permission.P%d", i)), apktest.A("maxSdkVersion", 30)))
	}
	data := apktest.Doc(root)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, _, err := dump(data); err != nil {
			b.Fatal(err)
		}
	}
}

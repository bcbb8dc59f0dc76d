package ber

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		in      string
		body    string
		minimal bool
		rest    string
	}{
		"short":                 {"\x04\x02ab!", "ab", true, "!"},
		"long":                  {"\x04\x81\x80" + strings.Repeat("x", 128), strings.Repeat("x", 128), true, ""},
		"long where short does": {"\x04\x81\x02ab", "ab", false, ""},
		"padded length":         {"\x04\x83\x00\x00\x02ab", "ab", false, ""},
		"indefinite":            {"\x30\x80\x04\x01a\x00\x00!", "\x04\x01a", false, "!"},
		"indefinite primitive":  {"\x04\x80ab\x00\x00!", "ab", false, "!"},
		"indefinite twice":      {"\x30\x80\x30\x80\x00\x00\x00\x00", "\x30\x80\x00\x00", false, ""},
		"high tag":              {"\x1f\x81\x00\x01a", "a", true, ""},
	} {
		v, rest, ok, err := Read([]byte(test.in))
		if err != nil || !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if string(v.Body) != test.body || v.Minimal != test.minimal || string(rest) != test.rest {
			t.Errorf("%s: body %q minimal %v rest %q", name, v.Body, v.Minimal, rest)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"no length":             "\x30",
		"truncated":             "\x04\x05abcd",
		"2^31":                  "\x04\x84\x80\x00\x00\x00ab",
		"2^32":                  "\x04\x84\xff\xff\xff\xff",
		"five bytes of length":  "\x04\x85\x00\x00\x00\x00\x01a",
		"truncated length":      "\x04\x84\x00",
		"tag too large":         "\x1f\xff\xff\xff\xff\x7f\x00",
		"truncated tag":         "\x1f\xff",
		"indefinite, no end":    "\x30\x80\x04\x01a",
		"nested too deep":       strings.Repeat("\x30\x80", 100_000),
		"nested deep, with end": strings.Repeat("\x30\x80", MaxDepth+2) + strings.Repeat("\x00\x00", MaxDepth+2),
	} {
		if v, _, _, err := Read([]byte(in)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}

func TestParseOID(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01": "1.2.840.113549.1.1.1",
		"\x55\x04\x03":                         "2.5.4.3",
		"\x88\x37":                             "2.999",
		"\x2a\x80\x01":                         "1.2.1",
	} {
		if got, err := ParseOID([]byte(body)); got != want || err != nil {
			t.Errorf("%x: %q %v, want %q", body, got, err, want)
		}
	}
	for _, body := range []string{"", "\x2a\x80", "\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"} {
		if got, err := ParseOID([]byte(body)); err == nil {
			t.Errorf("%x: %q", body, got)
		}
	}
}

func TestBigInt(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{"": "0", "\x00": "0", "\x7f": "127", "\x80": "-128", "\xff": "-1", "\x00\xff": "255"} {
		if got := BigInt([]byte(body)).String(); got != want {
			t.Errorf("%x: %s, want %s", body, got, want)
		}
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	seq := func(in string) Value {
		v, err := One([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	var got []string
	take := func(name string) func(Value) error {
		return func(v Value) error {
			got = append(got, name+string(v.Body))
			return nil
		}
	}
	fields := []Field{
		{Tag: Integer, Set: take("i")},
		{Class: Context, Tag: 0, Optional: true, Set: take("o")},
		{Class: Context, Tag: 1, Explicit: true, Optional: true, Set: take("e")},
		{Tag: OctetString, Set: take("s")},
	}
	for in, want := range map[string][]string{
		"\x30\x06\x02\x01a\x04\x01b":                  {"ia", "sb"},
		"\x30\x09\x02\x01a\x80\x01c\x04\x01b":         {"ia", "oc", "sb"},
		"\x30\x0b\x02\x01a\xa1\x03\x0c\x01d\x04\x01b": {"ia", "ed", "sb"},
		"\x30\x03\x02\x01a":                           {"ia"},
		"\x30\x08\x02\x01a\x04\x01b\x04\x05":          {"ia", "sb"}, // what follows is not read
	} {
		got = nil
		if err := seq(in).Fields(fields); err != nil {
			t.Errorf("%x: %v", in, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%x (-want +got):\n%s", in, diff)
		}
	}
	if err := seq("\x30\x03\x04\x01a").Fields(fields); err == nil {
		t.Error("a missing mandatory field in front is no error")
	}
	if err := seq("\x30\x05\x02\x01a\xa1\x00").Fields(fields); !errors.Is(err, ErrNull) {
		t.Errorf("an empty explicit tag: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"\x30\x80\x04\x01a\x00\x00", "\x04\x82\x00\x01a", "\x1f\x81\x00\x01a", strings.Repeat("\x30\x80", 70)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		v, rest, ok, err := Read(in)
		if err != nil || !ok {
			return
		}
		if !bytes.Equal(append(bytes.Clone(v.Full), rest...), in) || !bytes.Contains(v.Full, v.Body) {
			t.Fatal("the parts are not the whole")
		}
		again, _, _, _ := Read(in)
		if diff := cmp.Diff(v, again); diff != "" {
			t.Fatal(diff)
		}
		if children, err := v.Children(1000); err == nil && len(children) > 1000 {
			t.Fatal("too many values")
		}
		_, _ = ParseOID(v.Body)
		if n := BigInt(v.Body); n.BitLen() > 8*len(v.Body) {
			t.Fatal("number too large")
		}
	})
}

package apkzip

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// archive makes a ZIP of one stored and one deflated entry.
func archive(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if _, err := w.CreateHeader(&zip.FileHeader{Name: "stored"}); err != nil {
		t.Fatal(err)
	}
	e, err := w.Create("content")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write([]byte(strings.Repeat("what is in it ", 1000))); err != nil {
		t.Fatal(err)
	}
	if err := w.SetComment("a comment"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func find(t *testing.T, data []byte, name string) (*Archive, *Entry) {
	t.Helper()
	a, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var found *Entry
	if err := a.Each(func(e Entry) error {
		if e.Name == name {
			found = &e
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return a, found
}

func TestBytes(t *testing.T) {
	t.Parallel()
	data := archive(t)
	a, e := find(t, data, "content")
	got, err := a.Bytes(t.Context(), e, 1<<20)
	if err != nil || string(got) != strings.Repeat("what is in it ", 1000) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := a.Bytes(t.Context(), e, 100); !errors.Is(err, ErrBudget) {
		t.Errorf("over the limit: %v", err)
	}
}

func TestLies(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	for name, change := range map[string]func(e *Entry){
		"one byte less":     func(e *Entry) { e.UncompressedSize-- },
		"one byte more":     func(e *Entry) { e.UncompressedSize++ },
		"data past the end": func(e *Entry) { e.CompressedSize = 1 << 31 },
		"data cut":          func(e *Entry) { e.CompressedSize -= 20 },
		"header past end":   func(e *Entry) { e.HeaderOffset = 1<<32 - 1 },
		"another header":    func(e *Entry) { e.HeaderOffset++ },
		"another name":      func(e *Entry) { e.Name = "c0ntent" },
		"longer name":       func(e *Entry) { e.nameSize-- },
		"no descriptor":     func(e *Entry) { e.descriptor = false },
	} {
		a, e := find(t, archive(t), "content")
		change(e)
		if got, err := a.Bytes(t.Context(), e, 1<<32); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	data := archive(t)
	end := bytes.LastIndex(data, []byte("PK\x05\x06"))
	for name, change := range map[string]func(b []byte){
		"directory after its end": func(b []byte) { le.PutUint32(b[end+16:], 1<<32-1) },
		"directory too long":      func(b []byte) { le.PutUint32(b[end+12:], 1<<31) },
		"comment too long":        func(b []byte) { le.PutUint16(b[end+20:], 10) },
	} {
		changed := bytes.Clone(data)
		change(changed)
		if _, err := Open(bytes.NewReader(changed), int64(len(changed))); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	le.PutUint16(data[end+10:], 60_000)
	a, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Each(func(Entry) error { return nil }); !errors.Is(err, ErrFormat) {
		t.Errorf("more records stated than there are: %v", err)
	}
}

// TestText: the replacements are those of java.lang.String.
func TestText(t *testing.T) {
	t.Parallel()
	const r = "\ufffd"
	for in, want := range map[string]string{
		"plain\x00":        "plain\x00",
		"中文":               "中文",
		"a\xffb":           "a" + r + "b",
		"\xc3":             r,
		"\xc0\x80":         r + r,
		"\xe4\xb8":         r,
		"\xe4\xb8a":        r + "a",
		"\xe4a":            r + "a",
		"\xe0\x80\x80":     r + r + r,
		"\xed\xa0\x80x":    r + "x",
		"\xf0\x90\x80":     r,
		"\xf0\x90a":        r + "a",
		"\xf5\x80\x80\x80": r + r + r + r,
		"\xf4\x90\x80\x80": r + r + r + r,
		"\x80\x80":         r + r,
	} {
		if got := Text([]byte(in)); got != want {
			t.Errorf("%x: %q, want %q", in, got, want)
		}
	}
}

func FuzzArchive(f *testing.F) {
	f.Add(archive(f))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		const limit = 1 << 16
		_ = a.Each(func(e Entry) error {
			if got, err := a.Bytes(t.Context(), &e, limit); err == nil && len(got) > limit {
				t.Fatalf("%d bytes", len(got))
			}
			return nil
		})
	})
}

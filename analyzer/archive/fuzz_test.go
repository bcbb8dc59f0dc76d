package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/archive"
	"heyan/analyzer/archive/archivetest"
)

// FuzzOpen opens, identifies and reads everything under small limits: no panic,
// no byte beyond the budget, and the same outcome twice.
func FuzzOpen(f *testing.F) {
	for _, b := range seeds() {
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first := outcome(t, data)
		if diff := cmp.Diff(first, outcome(t, data)); diff != "" {
			t.Errorf("two readings differ:\n%s", diff)
		}
	})
}

func seeds() []*archivetest.Builder {
	plain := &archivetest.Builder{Comment: []byte("comment")}
	plain.Deflate("AndroidManifest.xml", binaryXML)
	plain.Store("res/a.png", text)
	plain.Deflate("classes.dex", text).Streamed()
	wide := &archivetest.Builder{Zip64: true}
	wide.Deflate("Payload/A.app/Info.plist", text).Both(func(h *archivetest.Header) { h.Zip64 = true })
	twice := &archivetest.Builder{Prefix: []byte("dex\n035\x00"), Unshifted: true}
	twice.Store("a", text)
	twice.Store("a", text)
	over := &archivetest.Builder{Suffix: []byte("suffix"), AfterDirectory: []byte("gap")}
	over.Deflate("b", text)
	over.Deflate("c/", text).At(0)
	odd := &archivetest.Builder{BeforeDirectory: []byte("APK Sig Block 42")}
	odd.Add("../x\\\x00", 99, text, text).Both(func(h *archivetest.Header) { h.Flags = 1 })
	return []*archivetest.Builder{{}, plain, wide, twice, over, odd}
}

// outcome is everything the package says of data.
func outcome(t *testing.T, data []byte) []string {
	t.Helper()
	limits := archive.Limits{Entries: 1000, NameBytes: 1 << 16, DirectoryBytes: 1 << 20, Inflated: 1 << 20}
	a, d, err := archive.Identify(bytes.NewReader(data), int64(len(data)), limits)
	out := []string{fmt.Sprintf("%+v %v", d, err)}
	if err != nil {
		t.Fatalf("a medium that does not fail: %v", err)
	}
	if a == nil {
		return out
	}
	local, err := a.CheckLocalHeaders(t.Context())
	out = append(out, fmt.Sprintf("%+v %+v %+v %v", a.Anomalies(), a.Layout(), local, err))
	left := limits.Inflated
	for i := range a.Entries() {
		e := &a.Entries()[i]
		if first, count := a.Lookup(e.Name); count < 1 || first.Name != e.Name || first.Index > i {
			t.Errorf("entry %d is not found by its name", i)
		}
		content, err := a.ReadFile(e, 1<<16)
		out = append(out, fmt.Sprintf("%+v %d %v", *e, len(content), err))
		if left -= int64(len(content)); left < 0 || uint64(len(content)) > e.UncompressedSize {
			t.Errorf("more delivered than allowed")
		}
		out = append(out, random(t, a, e, content, err)...)
	}
	return out
}

// random reads an entry's end, then its start, and compares with the content.
func random(t *testing.T, a *archive.Archive, e *archive.Entry, content []byte, whole error) []string {
	t.Helper()
	c, err := a.ReaderAt(e, 0)
	if err != nil {
		return []string{err.Error()}
	}
	var tail [1]byte
	_, tailErr := c.ReadAt(tail[:], max(c.Size()-1, 0))
	head := make([]byte, min(c.Size(), 100))
	_, err = c.ReadAt(head, 0)
	if whole == nil && err == nil && !bytes.Equal(head, content[:len(head)]) {
		t.Errorf("entry %q reads differently at random", e.Name)
	}
	if whole == nil && err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, archive.ErrTooLarge) {
		t.Errorf("entry %q: %v", e.Name, err)
	}
	return []string{fmt.Sprint(tailErr, err, c.Mismatch())}
}

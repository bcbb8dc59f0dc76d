package archive_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"heyan/analyzer/archive"
	"heyan/analyzer/archive/archivetest"
)

// large is an archive of 20,000 entries, as a large app has them.
func large(content []byte) *bytes.Reader {
	b := &archivetest.Builder{}
	packed := b.Deflate("AndroidManifest.xml", content).Data
	for i := range 20_000 {
		b.Add(fmt.Sprintf("res/drawable-xxhdpi-v4/some_icon_name_%05d.webp", i), archive.Deflated, packed, content)
	}
	return bytes.NewReader(b.Bytes())
}

func BenchmarkOpen20000(b *testing.B) {
	r := large(text)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := archive.Open(r, r.Size(), archive.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckLocalHeaders20000(b *testing.B) {
	r := large(text)
	a, err := archive.Open(r, r.Size(), archive.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.CheckLocalHeaders(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDetect20000(b *testing.B) {
	r := large(text)
	a, err := archive.Open(r, r.Size(), archive.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := archive.Detect(a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadAll20000(b *testing.B) {
	r := large(text)
	a, err := archive.Open(r, r.Size(), archive.Limits{Inflated: 1 << 60})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(20_001 * int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for i := range a.Entries() {
			content, err := a.Open(&a.Entries()[i])
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, content); err != nil {
				b.Fatal(err)
			}
			content.Close()
		}
	}
}

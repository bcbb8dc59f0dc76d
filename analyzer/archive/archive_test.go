package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/archive"
	"heyan/analyzer/archive/archivetest"
	"heyan/analyzer/facts"
)

func open(t *testing.T, b *archivetest.Builder) *archive.Archive {
	t.Helper()
	a, err := archive.Open(b.File(), b.File().Size(), archive.Limits{})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return a
}

func codes(anomalies []facts.Anomaly) []archive.Code {
	var out []archive.Code
	for _, a := range anomalies {
		out = append(out, archive.Code(a.Code))
	}
	return out
}

var text = bytes.Repeat([]byte("the quick brown fox jumps over the lazy dog. "), 40)

// TestAnomalies gives every trick its codes: those of Open and, behind them,
// those of the local headers. Nothing else may be reported.
func TestAnomalies(t *testing.T) {
	t.Parallel()
	type builder = archivetest.Builder
	type header = archivetest.Header
	tests := []struct {
		name  string
		build func(*builder)
		open  []archive.Code
		local []archive.Code
	}{
		{name: "honest", build: func(b *builder) {
			b.Store("a", text)
			b.Deflate("dir/b", text)
			b.Store("dir/", nil)
			b.Store("资源/图标.png", text)
		}},
		{name: "honest streamed", build: func(b *builder) {
			b.Deflate("a", text).Streamed()
			b.Store("b", text).Streamed()
		}},
		{name: "honest streamed without descriptor signature", build: func(b *builder) {
			e := b.Deflate("a", text).Streamed()
			e.Descriptor = e.Descriptor[4:]
		}},
		{name: "honest zip64", build: func(b *builder) {
			b.Zip64 = true
			b.Deflate("a", text).Both(func(h *header) { h.Zip64 = true })
		}},
		{name: "honest comment", build: func(b *builder) {
			b.Comment = bytes.Repeat([]byte("c"), 65535)
			b.Store("a", text)
		}},
		{name: "honest alignment in the local extra field", build: func(b *builder) {
			b.Store("a", text).Local.Extra = make([]byte, 3)
			b.Store("b", text)
		}},
		{name: "case differs where it decides nothing", build: func(b *builder) {
			b.Store("res/aB.xml", text)
			b.Store("res/Ab.xml", text)
		}},

		{name: "duplicate", build: func(b *builder) {
			b.Store("AndroidManifest.xml", []byte("decoy"))
			b.Store("AndroidManifest.xml", text)
			b.Store("AndroidManifest.xml", text)
		}, open: []archive.Code{archive.CodeDuplicateName}},
		{name: "case collision", build: func(b *builder) {
			b.Store("META-INF/CERT.RSA", text)
			b.Store("meta-inf/cert.rsa", text)
			b.Store("classes.dex", text)
			b.Store("Classes.dex", text)
		}, open: []archive.Code{archive.CodeCaseCollision, archive.CodeCaseCollision}},

		{name: "bogus method, sizes equal", build: func(b *builder) {
			b.Store("a", text).Both(func(h *header) { h.Method = 27235 })
		}, open: []archive.Code{archive.CodeUnknownMethod}},
		{name: "bogus method in the local header alone", build: func(b *builder) {
			b.Store("a", text).Local.Method = 1234
		}, local: []archive.Code{archive.CodeLocalMethod}},
		{name: "fake encryption", build: func(b *builder) {
			b.Deflate("a", text).Central.Flags |= archivetest.FlagEncrypted
		}, open: []archive.Code{archive.CodeEncryptedFlag}, local: []archive.Code{archive.CodeEncryptedFlag}},
		{name: "stored with two sizes", build: func(b *builder) {
			b.Store("a", text).Both(func(h *header) { h.Compressed -= 7 })
		}, open: []archive.Code{archive.CodeStoredSize}},
		{name: "impossible ratio", build: func(b *builder) {
			b.Deflate("a", text).Both(func(h *header) { h.Uncompressed = 1 << 31 })
		}, open: []archive.Code{archive.CodeImpossibleSize}},
		{name: "absurd sizes in the local header", build: func(b *builder) {
			e := b.Deflate("a", text)
			e.Local.Compressed, e.Local.Uncompressed = 0x7fffffff, 0x7ffffffe
		}, local: []archive.Code{archive.CodeLocalSize}},
		{name: "other crc in the local header", build: func(b *builder) {
			b.Deflate("a", text).Local.CRC32++
		}, local: []archive.Code{archive.CodeLocalCRC}},
		{name: "descriptor lies", build: func(b *builder) {
			b.Deflate("a", text).Streamed().Descriptor[4]++
		}, open: []archive.Code{archive.CodeGapBeforeDirectory}, local: []archive.Code{archive.CodeDescriptor}},
		{name: "other name in the local header", build: func(b *builder) {
			b.Deflate("a", text).Local.Name = "AndroidManifest.xml"
		}, local: []archive.Code{archive.CodeLocalName}},
		{name: "no local header at the start", build: func(b *builder) {
			b.Deflate("a", text).Local.Signature = 0x04034b51
			b.Deflate("b", text)
		}, open: []archive.Code{archive.CodePrefix}, local: []archive.Code{archive.CodeLocalHeader}},
		{name: "no local header", build: func(b *builder) {
			b.Deflate("a", text)
			b.Deflate("b", text).Local.Signature = 0x04034b51
		}, local: []archive.Code{archive.CodeLocalHeader}},
		{name: "unlisted entry", build: func(b *builder) {
			b.Store("a", text)
			b.Store("hidden", text).NoCentral = true
			b.Store("b", text)
		}, local: []archive.Code{archive.CodeUnlistedEntry}},
		{name: "filler of the Android build tools", build: func(b *builder) {
			b.Store("a", text)
			b.Store("", text).NoCentral = true
			b.Store("b", text)
		}},

		{name: "same local header twice", build: func(b *builder) {
			b.Deflate("a", text)
			e := b.Deflate("b", text)
			e.NoLocal = true
			e.At(0)
		}, open: []archive.Code{archive.CodeOverlap}, local: []archive.Code{archive.CodeLocalName}},
		{name: "content over the next entry", build: func(b *builder) {
			b.Store("a", text).Both(func(h *header) { h.Compressed += 40; h.Uncompressed += 40 })
			b.Store("b", text)
		}, open: []archive.Code{archive.CodeOverlap}},
		{name: "content over the next entry by a local extra field", build: func(b *builder) {
			e := b.Store("a", text)
			e.Local.Extra = make([]byte, 100)
			e.Both(func(h *header) { h.Compressed += 40; h.Uncompressed += 40 })
			b.Store("b", text)
		}, local: []archive.Code{archive.CodeOverlap}},
		{name: "content into the directory", build: func(b *builder) {
			b.Store("a", text).Central.Uncompressed += 1 << 20
		}, open: []archive.Code{archive.CodeStoredSize, archive.CodeExtent}, local: []archive.Code{archive.CodeLocalHeader}},
		{name: "header in the directory", build: func(b *builder) {
			b.Store("a", text)
			b.Store("b", text).At(1 << 20)
		}, open: []archive.Code{archive.CodeHeaderOffset, archive.CodeGapBeforeDirectory}},

		{name: "names", build: func(b *builder) {
			b.Store("../up", text)
			b.Store("a/..\\up", text)
			b.Store("/root", text)
			b.Store("C:win", text)
			b.Store("nul\x00", text)
			b.Store("\xd6\xd0\xce\xc4.txt", text)
			b.Store("line\r\n", text)
			b.Store("gpj.\u202exe", text)
			b.Store("a..b/...", text)
			b.Store("", text)
		}, open: []archive.Code{
			archive.CodeNameEmpty, archive.CodeNameEncoding, archive.CodeNameEncoding,
			archive.CodeNameAbsolute, archive.CodeNameAbsolute, archive.CodeNameBackslash,
			archive.CodeNameControl, archive.CodeNameControl,
			archive.CodeNameTraversal, archive.CodeNameTraversal,
		}},
		{name: "directory with content", build: func(b *builder) {
			b.Store("classes.dex/", text)
		}, open: []archive.Code{archive.CodeDirectoryContent}},

		{name: "prefix", build: func(b *builder) {
			b.Prefix = []byte("#!/bin/sh\n")
			b.Store("a", text)
		}, open: []archive.Code{archive.CodePrefix}},
		{name: "prefix, offsets not adjusted", build: func(b *builder) {
			b.Prefix, b.Unshifted = []byte("#!/bin/sh\n"), true
			b.Store("a", text)
		}, open: []archive.Code{archive.CodePrefix, archive.CodeShifted}},
		{name: "janus", build: func(b *builder) {
			b.Prefix = []byte("dex\n035\x00 and so on")
			b.Store("a", text)
		}, open: []archive.Code{archive.CodePrefixDEX}},
		{name: "data before the directory", build: func(b *builder) {
			b.Store("a", text)
			b.BeforeDirectory = []byte("hidden")
		}, open: []archive.Code{archive.CodeGapBeforeDirectory}},
		{name: "data behind the directory", build: func(b *builder) {
			b.Store("a", text)
			b.AfterDirectory = []byte("hidden")
		}, open: []archive.Code{archive.CodeGapAfterDirectory}},
		{name: "data behind the end", build: func(b *builder) {
			b.Store("a", text)
			b.Suffix = []byte("hidden")
		}, open: []archive.Code{archive.CodeTrailing}},
		{name: "comment cut off", build: func(b *builder) {
			b.Store("a", text)
			b.Lie = func(e *archivetest.End) { n := uint16(100); e.CommentAs = &n }
		}, open: []archive.Code{archive.CodeComment}},
		{name: "other disk", build: func(b *builder) {
			b.Store("a", text)
			b.Lie = func(e *archivetest.End) { e.Disk = 3 }
		}, open: []archive.Code{archive.CodeMultiDisk}},

		{name: "fewer entries counted", build: func(b *builder) {
			b.Store("a", text)
			b.Store("b", text)
			b.Lie = func(e *archivetest.End) { e.Count = 1 }
		}, open: []archive.Code{archive.CodeEntryCount}},
		{name: "none counted", build: func(b *builder) {
			b.Store("a", text)
			b.Lie = func(e *archivetest.End) { e.Count = 0 }
		}, open: []archive.Code{archive.CodeEntryCount}},
		{name: "more entries counted", build: func(b *builder) {
			b.Store("a", text)
			b.Lie = func(e *archivetest.End) { e.Count = 60000 }
		}, open: []archive.Code{archive.CodeDirectoryCut}},
		{name: "directory size too large", build: func(b *builder) {
			b.Store("a", text)
			b.Lie = func(e *archivetest.End) { e.Size++ }
		}, open: []archive.Code{archive.CodeDirectoryCut}},
		{name: "directory size too small", build: func(b *builder) {
			b.Store("a", text)
			b.Store("b", text)
			b.Lie = func(e *archivetest.End) { e.Size -= 5 }
		}, open: []archive.Code{archive.CodeDirectoryCut}},
		{name: "directory size ends at the second record", build: func(b *builder) {
			b.Store("a", text)
			b.Store("b", text)
			b.Lie = func(e *archivetest.End) { e.Size -= 47 }
		}, open: []archive.Code{archive.CodeSeveralDirectories, archive.CodeDirectoryCut}},
		{name: "empty", build: func(*builder) {}, open: []archive.Code{archive.CodeNoEntries}},

		{name: "zip64 record contradicts the end record", build: func(b *builder) {
			b.Store("a", text)
			b.Zip64 = true
			b.Lie = func(e *archivetest.End) { e.Size++ }
		}, open: []archive.Code{archive.CodeDirectoryCut}},
		{name: "zip64 field missing", build: func(b *builder) {
			b.Store("a", text).Central.Compressed = 1<<32 - 1
		}, open: []archive.Code{archive.CodeStoredSize, archive.CodeZip64Extra}, local: []archive.Code{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &archivetest.Builder{}
			tt.build(b)
			a := open(t, b)
			if diff := cmp.Diff(tt.open, codes(a.Anomalies())); diff != "" {
				t.Errorf("Open (-want +got):\n%s\n%v", diff, a.Anomalies())
			}
			local, err := a.CheckLocalHeaders(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.local, codes(local), cmpEmpty); diff != "" {
				t.Errorf("CheckLocalHeaders (-want +got):\n%s\n%v", diff, local)
			}
		})
	}
}

var cmpEmpty = cmp.Transformer("empty", func(c []archive.Code) string { return fmt.Sprint(c) })

// TestSeveralEnds: a comment that is itself an archive has two readings.
func TestSeveralEnds(t *testing.T) {
	t.Parallel()
	inner := &archivetest.Builder{}
	inner.Store("decoy", text)
	outer := &archivetest.Builder{Comment: inner.Bytes()}
	outer.Store("real", text)

	a := open(t, outer)
	if diff := cmp.Diff([]archive.Code{archive.CodeSeveralEnds, archive.CodeShifted},
		codes(a.Anomalies())); diff != "" {
		t.Errorf("anomalies (-want +got):\n%s\n%v", diff, a.Anomalies())
	}
	if e, _ := a.Lookup("decoy"); e == nil {
		t.Error("the last end record that ends with the file was not used")
	}

	// A signature in the comment that leads nowhere: Android refuses, the archive is read.
	outer.Comment = []byte("PK\x05\x06 and 18 more bytes which are no record")
	a = open(t, outer)
	if diff := cmp.Diff([]archive.Code{archive.CodeSeveralEnds}, codes(a.Anomalies())); diff != "" {
		t.Errorf("anomalies (-want +got):\n%s\n%v", diff, a.Anomalies())
	}
	if e, _ := a.Lookup("real"); e == nil {
		t.Error("the entry is lost")
	}
}

// TestNestedStoredArchive: the end record of a stored archive in the last 64 KiB
// is content, not a rival.
func TestNestedStoredArchive(t *testing.T) {
	t.Parallel()
	inner := &archivetest.Builder{}
	inner.Store("AndroidManifest.xml", text)
	outer := &archivetest.Builder{}
	outer.Store("app.apk", inner.Bytes())
	if a := open(t, outer); len(a.Anomalies()) > 0 {
		t.Errorf("anomalies: %v", a.Anomalies())
	}
}

// TestTwoDirectories: one where the end record says, another right before it.
func TestTwoDirectories(t *testing.T) {
	t.Parallel()
	second := &archivetest.Builder{}
	second.Store("b", text).NoLocal = true
	record := second.Bytes()
	b := &archivetest.Builder{AfterDirectory: record[:47]}
	b.Store("a", text)
	a := open(t, b)
	want := []archive.Code{archive.CodeSeveralDirectories, archive.CodeGapAfterDirectory}
	if diff := cmp.Diff(want, codes(a.Anomalies())); diff != "" {
		t.Errorf("anomalies (-want +got):\n%s\n%v", diff, a.Anomalies())
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{}
	b.Store("a", text)
	whole := b.Bytes()
	nowhere := &archivetest.Builder{Lie: func(e *archivetest.End) { e.Offset, e.Size = 3, 1<<30 }}
	nowhere.Store("a", text)
	zip64Gone := &archivetest.Builder{Lie: func(e *archivetest.End) { e.Offset = 1<<32 - 1 }}
	zip64Gone.Store("a", text)
	zip64Lost := &archivetest.Builder{Zip64: true, Lie: func(e *archivetest.End) { e.Offset = 1<<64 - 5 }}
	zip64Lost.Store("a", text)
	tests := []struct {
		name   string
		data   []byte
		limits archive.Limits
		want   error
	}{
		{"no bytes", nil, archive.Limits{}, archive.ErrEmpty},
		{"one byte", []byte("P"), archive.Limits{}, archive.ErrNotZIP},
		{"text", text, archive.Limits{}, archive.ErrNotZIP},
		{"end record cut", whole[:len(whole)-1], archive.Limits{}, archive.ErrTruncated},
		{"first half", whole[:len(whole)/2], archive.Limits{}, archive.ErrTruncated},
		{"directory nowhere", nowhere.Bytes(), archive.Limits{}, archive.ErrMalformed},
		{"zip64 record missing", zip64Gone.Bytes(), archive.Limits{}, archive.ErrMalformed},
		{"zip64 offset beyond all", zip64Lost.Bytes(), archive.Limits{}, archive.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := archive.Open(bytes.NewReader(tt.data), int64(len(tt.data)), tt.limits)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{}
	for i := range 100 {
		b.Store(fmt.Sprintf("file-%02d", i), nil).Comment = make([]byte, 1000)
	}
	data := b.Bytes()
	for name, limits := range map[string]archive.Limits{
		"entries":   {Entries: 99},
		"names":     {NameBytes: 699},
		"directory": {DirectoryBytes: 50000},
	} {
		_, err := archive.Open(bytes.NewReader(data), int64(len(data)), limits)
		if !errors.Is(err, archive.ErrTooLarge) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := archive.Open(bytes.NewReader(data), int64(len(data)), archive.Limits{Entries: 100, NameBytes: 700}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

// TestTruncation cuts an archive at every byte: an error or a reading, and never
// an entry whose content could not be told to be wrong.
func TestTruncation(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{Comment: []byte("comment")}
	b.Deflate("a", text)
	b.Store("b", text).Streamed()
	data := b.Bytes()
	for n := range data {
		a, err := archive.Open(bytes.NewReader(data[:n]), int64(n), archive.Limits{})
		if err != nil {
			continue
		}
		if len(a.Anomalies()) == 0 {
			t.Errorf("cut at %d of %d: no error and no anomaly", n, len(data))
		}
	}
}

// failing breaks after a number of reads.
type failing struct {
	io.ReaderAt
	left int
}

var errDisk = errors.New("disk on fire")

func (f *failing) ReadAt(p []byte, off int64) (int, error) {
	if f.left--; f.left < 0 {
		return 0, errDisk
	}
	return f.ReaderAt.ReadAt(p, off)
}

// TestMediumFailure: a fault of the medium is never taken for one of the archive.
func TestMediumFailure(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{Zip64: true}
	b.Deflate("AndroidManifest.xml", bytes.Repeat(text, 100))
	data := b.Bytes()
	for reads := range 50 {
		src := &failing{bytes.NewReader(data), reads}
		a, _, err := archive.Identify(src, int64(len(data)), archive.Limits{})
		if err == nil && src.left < 0 {
			t.Errorf("after %d reads: the failure was passed over", reads)
		}
		if err == nil {
			_, err = a.CheckLocalHeaders(t.Context())
		}
		if err == nil {
			_, err = a.ReadFile(&a.Entries()[0], 1<<20)
		}
		if err == nil {
			return
		}
		if !errors.Is(err, errDisk) || !errors.Is(err, archive.ErrRead) {
			t.Errorf("after %d reads: got %v", reads, err)
		}
	}
	t.Error("never got through")
}

// TestCutWithArchiveInside: when the end of a file is lost, an archive stored in
// it is not taken for the file.
func TestCutWithArchiveInside(t *testing.T) {
	t.Parallel()
	inner := &archivetest.Builder{}
	inner.Store("AndroidManifest.xml", binaryXML)
	outer := &archivetest.Builder{}
	outer.Store("assets/plugin.apk", inner.Bytes())
	data := outer.Bytes()
	data = data[:len(data)-30]
	_, d, err := archive.Identify(bytes.NewReader(data), int64(len(data)), archive.Limits{})
	if err != nil || d.Format != facts.FormatBroken {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{}
	for i := range 1000 {
		b.Store(fmt.Sprintf("f%d", i%900), nil)
	}
	a := open(t, b)
	for i := range 900 {
		want := 1
		if i < 100 {
			want = 2
		}
		e, count := a.Lookup(fmt.Sprintf("f%d", i))
		if e == nil || e.Index != i || count != want {
			t.Fatalf("f%d: got %v, %d", i, e, count)
		}
	}
	if e, count := a.Lookup("F1"); e != nil || count != 0 {
		t.Errorf("F1: got %v, %d", e, count)
	}
}

// TestAnomalyCap: a hostile archive makes no report of a hundred thousand lines.
func TestAnomalyCap(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{}
	for i := range 5000 {
		b.Store(fmt.Sprintf("../%d\n%s", i, strings.Repeat("x", 1000)), nil)
	}
	a := open(t, b)
	if n := len(a.Anomalies()); n != 2*17 {
		t.Errorf("%d anomalies", n)
	}
	last := a.Anomalies()[16]
	want := facts.Anomaly{Code: string(archive.CodeNameControl), Detail: "and 4984 more, 5000 in all"}
	if diff := cmp.Diff(want, last); diff != "" {
		t.Error(diff)
	}
}

func TestSigningBlock(t *testing.T) {
	t.Parallel()
	block := append([]byte{36, 0, 0, 0, 0, 0, 0, 0}, make([]byte, 12)...)
	block = append(append(block, 36, 0, 0, 0, 0, 0, 0, 0), "APK Sig Block 42"...)
	for _, tt := range []struct {
		name    string
		block   []byte
		padding int
		broken  bool
	}{
		{"right", block, 0, false},
		{"padded", block, 5717, false},
		{"sizes differ", append([]byte{37}, block[1:]...), 0, true},
		{"magic alone", block[20:], 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &archivetest.Builder{BeforeDirectory: append(make([]byte, tt.padding), tt.block...)}
			b.Store("a", text)
			a := open(t, b)
			l := a.Layout()
			if l.SigningBlockBroken != tt.broken {
				t.Errorf("broken: got %v", l.SigningBlockBroken)
			}
			if !tt.broken && (l.SigningBlockSize != 44 || l.SigningBlockOffset+44 != l.DirectoryOffset || len(a.Anomalies()) != 0) {
				t.Errorf("got %+v, %v", l, a.Anomalies())
			}
		})
	}
}

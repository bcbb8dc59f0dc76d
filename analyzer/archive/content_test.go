package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"testing"

	"heyan/analyzer/archive"
	"heyan/analyzer/archive/archivetest"
)

// TestContent: what is delivered, and what is said of it, whatever the headers claim.
func TestContent(t *testing.T) {
	t.Parallel()
	type header = archivetest.Header
	tests := []struct {
		name  string
		build func(*archivetest.Builder)
		want  []byte
		code  archive.Code // of the *ContentError
		err   error
	}{
		{"stored", func(b *archivetest.Builder) { b.Store("a", text) }, text, "", nil},
		{"deflated", func(b *archivetest.Builder) { b.Deflate("a", text) }, text, "", nil},
		{"empty", func(b *archivetest.Builder) { b.Deflate("a", nil) }, []byte{}, "", nil},
		{"streamed", func(b *archivetest.Builder) { b.Deflate("a", text).Streamed() }, text, "", nil},
		{"zip64", func(b *archivetest.Builder) {
			b.Deflate("a", text).Both(func(h *header) { h.Zip64 = true })
		}, text, "", nil},
		{"bogus method", func(b *archivetest.Builder) {
			b.Store("a", text).Both(func(h *header) { h.Method = 999 })
		}, text, "", nil},
		{"bogus method, compressed size of nothing", func(b *archivetest.Builder) {
			b.Store("a", text).Both(func(h *header) { h.Method, h.Compressed = 999, 0 })
		}, text, "", nil},
		{"fake encryption", func(b *archivetest.Builder) {
			b.Deflate("a", text).Both(func(h *header) { h.Flags |= archivetest.FlagEncrypted })
		}, text, "", nil},
		{"local header lies", func(b *archivetest.Builder) {
			e := b.Deflate("a", text)
			e.Local.Method, e.Local.Compressed, e.Local.Uncompressed, e.Local.CRC32 = 0, 1, 2, 3
		}, text, "", nil},
		{"longer local header", func(b *archivetest.Builder) {
			e := b.Deflate("a", text)
			e.Local.Name, e.Local.Extra = "another name", make([]byte, 4000)
		}, text, "", nil},
		{"wrong crc", func(b *archivetest.Builder) {
			b.Deflate("a", text).Both(func(h *header) { h.CRC32++ })
		}, text, archive.CodeContentCRC, nil},
		{"longer than recorded", func(b *archivetest.Builder) {
			b.Deflate("a", text).Both(func(h *header) { h.Uncompressed = 9 })
		}, text[:9], archive.CodeContentSize, nil},
		{"shorter than recorded", func(b *archivetest.Builder) {
			b.Deflate("a", text).Both(func(h *header) { h.Uncompressed++ })
		}, text, archive.CodeContentSize, nil},
		{"stream cut", func(b *archivetest.Builder) {
			b.Deflate("a", nil).Both(func(h *header) { h.Compressed, h.Uncompressed = 1, 5 })
		}, []byte{}, archive.CodeContentStream, nil},
		{"stream broken", func(b *archivetest.Builder) {
			b.Add("a", archive.Deflated, []byte("\xff\xff\xff\xff"), text)
		}, []byte{}, archive.CodeContentStream, nil},
		{"too large", func(b *archivetest.Builder) {
			b.Deflate("a", bytes.Repeat(text, 100))
		}, nil, "", archive.ErrTooLarge},
		{"size of 2^63", func(b *archivetest.Builder) {
			b.Deflate("a", text).Both(func(h *header) { h.Uncompressed, h.Zip64 = 1<<63, true })
		}, nil, "", archive.ErrTooLarge},
		{"compressed size of 2^64-1", func(b *archivetest.Builder) {
			b.Deflate("a", text).Both(func(h *header) { h.Compressed, h.Zip64 = 1<<64-1, true })
		}, nil, "", archive.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &archivetest.Builder{}
			tt.build(b)
			a := open(t, b)
			e, _ := a.Lookup("a")
			got, err := a.ReadFile(e, 10000)
			if !bytes.Equal(got, tt.want) {
				t.Errorf("got %d bytes, want %d", len(got), len(tt.want))
			}
			var mismatch *archive.ContentError
			switch {
			case tt.code != "":
				if !errors.As(err, &mismatch) || mismatch.Code != tt.code || !errors.Is(err, archive.ErrContent) {
					t.Errorf("got %v, want %s", err, tt.code)
				}
			case !errors.Is(err, tt.err):
				t.Errorf("got %v, want %v", err, tt.err)
			}
		})
	}
}

// TestLocalHeaderBeyond: a local header whose name and extra field reach past
// the directory.
func TestLocalHeaderBeyond(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{}
	b.Store("a", text)
	data := b.Bytes()
	data[28], data[29] = 0xff, 0xff
	a, err := archive.Open(bytes.NewReader(data), int64(len(data)), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Open(&a.Entries()[0]); !errors.Is(err, archive.ErrMalformed) {
		t.Errorf("Open: got %v", err)
	}
	if _, err := a.Section(&a.Entries()[0]); !errors.Is(err, archive.ErrMalformed) {
		t.Errorf("Section: got %v", err)
	}
}

// TestBomb: a thousand entries share one compressed megabyte, as in David
// Fifield's non-recursive bomb. They are reported, and the budget ends it.
func TestBomb(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{}
	kernel := make([]byte, 1<<20)
	first := b.Deflate("0", kernel)
	for i := range 999 {
		e := b.Add(fmt.Sprint(i+1), archive.Deflated, first.Data, kernel)
		e.NoLocal = true
		e.At(0)
	}
	data := b.Bytes()
	const budget = 20 << 20
	a, err := archive.Open(bytes.NewReader(data), int64(len(data)), archive.Limits{Inflated: budget})
	if err != nil {
		t.Fatal(err)
	}
	if a.Anomalies()[0].Code != string(archive.CodeOverlap) {
		t.Errorf("anomalies: %v", a.Anomalies())
	}
	total := int64(0)
	for i := range a.Entries() {
		r, err := a.Open(&a.Entries()[i])
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		r.Close()
		total += n
		if err != nil {
			if !errors.Is(err, archive.ErrTooLarge) {
				t.Errorf("got %v", err)
			}
			break
		}
	}
	if total == 0 || total > budget {
		t.Errorf("%d bytes delivered", total)
	}
}

// TestEmptyBlocks: a deflate stream that goes on and on and gives nothing is
// paid for by its own length.
func TestEmptyBlocks(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{}
	stream := bytes.Repeat([]byte{0, 0, 0, 0xff, 0xff}, 100_000)
	b.Add("a", archive.Deflated, stream, text)
	data := b.Bytes()
	a, err := archive.Open(bytes.NewReader(data), int64(len(data)), archive.Limits{Inflated: 400_000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.ReadFile(&a.Entries()[0], 1<<20); !errors.Is(err, archive.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestReadAfterClose(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{}
	b.Deflate("a", text)
	a := open(t, b)
	r, err := a.Open(&a.Entries()[0])
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	r.Close()
	if n, err := r.Read(make([]byte, 8)); n != 0 || err == nil || err == io.EOF {
		t.Errorf("got %d, %v", n, err)
	}
}

// TestBeyond4GiB: sizes and offsets that 32 bits don't hold.
func TestBeyond4GiB(t *testing.T) {
	t.Parallel()
	const huge = 5 << 30
	b := &archivetest.Builder{Zip64: true}
	e := b.Store("huge", []byte("begin"))
	e.Zeros = huge - 5
	e.Both(func(h *archivetest.Header) { h.Compressed, h.Uncompressed, h.Zip64 = huge, huge, true })
	b.Deflate("behind", text).Both(func(h *archivetest.Header) { h.Zip64 = true })
	a := open(t, b)
	if len(a.Anomalies()) > 0 {
		t.Errorf("anomalies: %v", a.Anomalies())
	}
	if more, err := a.CheckLocalHeaders(t.Context()); err != nil || len(more) > 0 {
		t.Errorf("CheckLocalHeaders: %v, %v", more, err)
	}
	large, _ := a.Lookup("huge")
	if large.UncompressedSize != huge {
		t.Errorf("size %d", large.UncompressedSize)
	}
	section, err := a.Section(large)
	if err != nil || section.Size() != huge {
		t.Errorf("Section: %v, %v", section, err)
	}
	behind, _ := a.Lookup("behind")
	if behind.HeaderOffset <= huge {
		t.Errorf("offset %d", behind.HeaderOffset)
	}
	if got, err := a.ReadFile(behind, 1<<20); err != nil || !bytes.Equal(got, text) {
		t.Errorf("behind: %d bytes, %v", len(got), err)
	}
}

// TestZip64FieldForms: the field may hold what is needed, or all three.
func TestZip64FieldForms(t *testing.T) {
	t.Parallel()
	size := uint64(len(text))
	marked := func(extra []byte) *archivetest.Builder {
		b := &archivetest.Builder{}
		e := b.Store("a", text)
		e.Central.Uncompressed, e.Central.Extra = 1<<32-1, extra
		return b
	}
	le := func(values ...uint64) []byte {
		out := []byte{1, 0, byte(8 * len(values)), 0}
		for _, v := range values {
			for i := range 8 {
				out = append(out, byte(v>>(8*i)))
			}
		}
		return out
	}
	other := []byte{0x99, 0x99, 2, 0, 7, 7}
	tests := []struct {
		name  string
		extra []byte
		codes string
		err   error
	}{
		{"what is needed", le(size), "[]", nil},
		{"behind another field", append(other, le(size)...), "[]", nil},
		{"all three", le(size, size, 0), "[]", nil},
		{"all three, one differs", le(size, size, 7), "[zip-ambiguous-zip64 zip-invalid-extent]", archive.ErrMalformed},
		{"none", nil, "[zip-ambiguous-stored-size zip-invalid-zip64-field]", archive.ErrMalformed},
		{"too short", le(size)[:9], "[zip-ambiguous-stored-size zip-invalid-zip64-field]", archive.ErrMalformed},
		{"too long", le(size, 0, 0, 0), "[zip-ambiguous-stored-size zip-invalid-zip64-field]", archive.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := open(t, marked(tt.extra))
			if got := fmt.Sprint(codes(a.Anomalies())); got != tt.codes {
				t.Errorf("got %s, want %s", got, tt.codes)
			}
			got, err := a.ReadFile(&a.Entries()[0], 1<<20)
			if !errors.Is(err, tt.err) || err == nil && !bytes.Equal(got, text) {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
		})
	}
}

// noise is content that hardly compresses, different at every place.
func noise(n int) []byte {
	out := make([]byte, n)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range out {
		out[i] = byte(rng.Uint32N(64))
	}
	return out
}

func TestReaderAt(t *testing.T) {
	t.Parallel()
	want := noise(1<<20 + 12345)
	b := &archivetest.Builder{}
	b.Deflate("deflated", want)
	b.Store("stored", want)
	a := open(t, b)
	for i := range a.Entries() {
		e := &a.Entries()[i]
		c, err := a.ReaderAt(e, 300<<10)
		if err != nil {
			t.Fatal(err)
		}
		if c.Size() != int64(len(want)) {
			t.Errorf("%s: size %d", e.Name, c.Size())
		}
		rng := rand.New(rand.NewPCG(3, 4))
		for range 40 { // most of them inflate again from the beginning
			off := rng.IntN(len(want))
			buf := make([]byte, rng.IntN(100<<10))
			n, err := c.ReadAt(buf, int64(off))
			rest := min(len(buf), len(want)-off)
			if n != rest || errors.Is(err, io.EOF) != (n < len(buf)) || err != nil && !errors.Is(err, io.EOF) || !bytes.Equal(buf[:n], want[off:off+n]) {
				t.Fatalf("%s: %d bytes at %d: got %d, %v", e.Name, len(buf), off, n, err)
			}
		}
		if err := c.Mismatch(); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
		if _, err := c.ReadAt(make([]byte, 1), int64(len(want))); !errors.Is(err, io.EOF) {
			t.Errorf("%s: at the end: %v", e.Name, err)
		}
	}
}

// TestReaderAtMismatch: what is there is delivered, what is missing is an error,
// however often it is asked for.
func TestReaderAtMismatch(t *testing.T) {
	t.Parallel()
	want := noise(300 << 10)
	b := &archivetest.Builder{}
	b.Deflate("crc", want).Both(func(h *archivetest.Header) { h.CRC32++ })
	b.Deflate("short", want).Both(func(h *archivetest.Header) { h.Uncompressed += 200 << 10 })
	a := open(t, b)
	for range 2 {
		wrong, err := a.ReaderAt(&a.Entries()[0], 0)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		if _, err := wrong.ReadAt(got, 0); err != nil || crc32.ChecksumIEEE(got) != crc32.ChecksumIEEE(want) {
			t.Errorf("crc: %v", err)
		}
		if err := wrong.Mismatch(); !errors.Is(err, archive.ErrContent) {
			t.Errorf("crc: %v", err)
		}
	}
	short, err := a.ReaderAt(&a.Entries()[1], 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := short.ReadAt(make([]byte, 10), 400<<10); !errors.Is(err, archive.ErrContent) {
			t.Errorf("behind the end: %v", err)
		}
		if _, err := short.ReadAt(make([]byte, 10), 0); err != nil {
			t.Errorf("at the start: %v", err)
		}
	}
}

// TestReaderAtBudget: going back and forth can't cost more than the budget.
func TestReaderAtBudget(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{}
	b.Deflate("a", make([]byte, 4<<20))
	data := b.Bytes()
	a, err := archive.Open(bytes.NewReader(data), int64(len(data)), archive.Limits{Inflated: 30 << 20})
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.ReaderAt(&a.Entries()[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		off := int64(63-i%64) << 16
		if _, err = c.ReadAt(make([]byte, 1), off); err != nil {
			break
		}
	}
	if !errors.Is(err, archive.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

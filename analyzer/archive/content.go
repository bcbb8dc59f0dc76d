package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

// mediumReader reads a range of the source in order and remembers a fault of
// the medium, so that it is not taken for a fault of the data.
type mediumReader struct {
	src      io.ReaderAt
	off, end int64
	// spend counts what was read against a budget; nil counts nothing.
	spend func(n int) error
	err   error
}

func (m *mediumReader) Read(p []byte) (int, error) {
	if m.off >= m.end {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), m.end-m.off)]
	n, err := m.src.ReadAt(p, m.off)
	m.off += int64(n)
	if n == len(p) {
		if m.spend != nil {
			m.err = m.spend(n)
		}
		return n, m.err
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	m.err = fmt.Errorf("%w: at %d: %w", ErrRead, m.off, err)
	return n, m.err
}

// inflater is a deflate decoder with its input buffer, kept for the next entry.
type inflater struct {
	in     *bufio.Reader
	stream io.ReadCloser
}

const inputBuffer = 32 << 10

func (a *Archive) inflater(src io.Reader) *inflater {
	if f, ok := a.inflaters.Get().(*inflater); ok {
		f.in.Reset(src)
		if f.stream.(flate.Resetter).Reset(f.in, nil) == nil {
			return f
		}
	}
	in := bufio.NewReaderSize(src, inputBuffer)
	return &inflater{in: in, stream: flate.NewReader(in)}
}

// extent is where an entry's content lies: behind its local header, whose name
// and extra field may be longer or shorter than the directory's.
func (a *Archive) extent(e *Entry) (start, end int64, err error) {
	if e.fault != faultNone {
		return 0, 0, fmt.Errorf("%w: entry %q: %s", ErrMalformed, e.Name, e.fault)
	}
	var head [lenLocal]byte
	if room := a.layout.DirectoryOffset - int64(e.HeaderOffset); room < lenLocal {
		return 0, 0, fmt.Errorf("%w: entry %q: no room for a local header at %d", ErrMalformed, e.Name, e.HeaderOffset)
	}
	if err := readAt(a.src, head[:], int64(e.HeaderOffset)); err != nil {
		return 0, 0, err
	}
	if le.Uint32(head[:]) != sigLocal {
		return 0, 0, fmt.Errorf("%w: entry %q: no local header at %d", ErrMalformed, e.Name, e.HeaderOffset)
	}
	start = int64(e.HeaderOffset) + lenLocal + int64(le.Uint16(head[26:])) + int64(le.Uint16(head[28:]))
	room := a.layout.DirectoryOffset - start
	if room < 0 || e.length() > uint64(room) {
		return 0, 0, fmt.Errorf("%w: entry %q: %d bytes at %d reach into the central directory",
			ErrMalformed, e.Name, e.length(), start)
	}
	return start, start + int64(e.length()), nil
}

// Open reads an entry's content, inflated where it is deflated and as it stands
// otherwise. No more than the recorded size is delivered. At the end the length
// and the CRC-32 are compared: a mismatch is a *ContentError in place of
// io.EOF, after every byte was delivered. ErrTooLarge ends the reading when the
// archive's budget is used up. Close gives the decoder back; it must be called.
func (a *Archive) Open(e *Entry) (io.ReadCloser, error) {
	start, end, err := a.extent(e)
	if err != nil {
		return nil, err
	}
	r := &contentReader{
		archive: a,
		entry:   e,
		medium:  &mediumReader{src: a.src, off: start, end: end},
		left:    e.UncompressedSize,
	}
	r.src = r.medium
	if e.Deflated() {
		r.medium.spend = a.consume
		r.inflater = a.inflater(r.medium)
		r.src = r.inflater.stream
	}
	return r, nil
}

// contentReader delivers an entry and checks it on the way.
type contentReader struct {
	archive  *Archive
	entry    *Entry
	medium   *mediumReader
	src      io.Reader
	inflater *inflater
	left     uint64 // recorded bytes not yet delivered
	crc      uint32
	err      error
}

func (r *contentReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if r.left == 0 {
		r.err = r.finish()
		return 0, r.err
	}
	if uint64(len(p)) > r.left {
		p = p[:r.left]
	}
	n, err := r.src.Read(p)
	r.left -= uint64(n)
	r.crc = crc32.Update(r.crc, crc32.IEEETable, p[:n])
	if over := r.archive.deliver(n); over != nil {
		r.err = fmt.Errorf("entry %q: %w", r.entry.Name, over)
		return 0, r.err
	}
	if err != nil {
		r.err = r.ended(err)
	}
	return n, r.err
}

// ended explains the end of the source: too early, broken, or just in time.
func (r *contentReader) ended(err error) error {
	switch {
	case r.medium.err != nil:
		return r.medium.err
	case !errors.Is(err, io.EOF):
		return r.mismatch(CodeContentStream, "deflate stream: %v, %d of %d bytes missing",
			err, r.left, r.entry.UncompressedSize)
	case r.left > 0:
		return r.mismatch(CodeContentSize, "%d bytes short of the recorded %d", r.left, r.entry.UncompressedSize)
	}
	return r.checkSum()
}

// finish is called when the recorded size was delivered: there must be no more.
func (r *contentReader) finish() error {
	if r.inflater != nil {
		var one [1]byte
		n, err := io.ReadFull(r.src, one[:])
		switch {
		case n == 1:
			return r.mismatch(CodeContentSize, "longer than the recorded %d bytes", r.entry.UncompressedSize)
		case !errors.Is(err, io.EOF):
			return r.ended(err)
		}
	}
	return r.checkSum()
}

func (r *contentReader) checkSum() error {
	if r.crc != r.entry.CRC32 {
		return r.mismatch(CodeContentCRC, "crc-32 is %08x, recorded is %08x", r.crc, r.entry.CRC32)
	}
	return io.EOF
}

func (r *contentReader) mismatch(code Code, format string, args ...any) error {
	return &ContentError{Name: r.entry.Name, Code: code, Detail: fmt.Sprintf(format, args...)}
}

var errClosed = errors.New("read after close")

// Close gives the decoder back for the next entry.
func (r *contentReader) Close() error {
	if r.inflater != nil {
		r.archive.inflaters.Put(r.inflater)
		r.inflater, r.src = nil, nil
	}
	r.err = errClosed
	return nil
}

// ReadFile reads a whole entry of at most limit bytes; a longer one is
// ErrTooLarge without being read. Memory grows with what is really there, never
// with a recorded size. With a *ContentError the content read so far is
// returned too.
func (a *Archive) ReadFile(e *Entry, limit int64) ([]byte, error) {
	r, err := a.Open(e)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if limit < 0 || e.UncompressedSize > uint64(limit) {
		return nil, fmt.Errorf("%w: entry %q has %d bytes, at most %d are read", ErrTooLarge, e.Name, e.UncompressedSize, limit)
	}
	var buf bytes.Buffer
	buf.Grow(int(min(e.UncompressedSize, e.CompressedSize*4, 1<<20)) + bytes.MinRead)
	if _, err := buf.ReadFrom(r); err != nil {
		if errors.Is(err, ErrContent) {
			return buf.Bytes(), err
		}
		return nil, err
	}
	return buf.Bytes(), nil
}

// Section is the part of the file that is the content of an entry which is not
// deflated: it can be read in any order without being copied. Neither its
// CRC-32 nor the budget is minded. For a deflated entry it is ErrNoSection; see
// ReaderAt.
func (a *Archive) Section(e *Entry) (*io.SectionReader, error) {
	if e.Deflated() {
		return nil, fmt.Errorf("%w: entry %q", ErrNoSection, e.Name)
	}
	start, end, err := a.extent(e)
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(a.src, start, end-start), nil
}

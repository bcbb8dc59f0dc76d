package apkzip

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
)

const (
	headerSize      = 30
	headerSignature = 0x04034b50
	copyBuffer      = 64 << 10
)

// Inflater streams entries; it holds the buffers of one worker. The zero value
// is ready; it must not be used by two goroutines at once.
type Inflater struct {
	flate io.ReadCloser
	buf   []byte
}

// Bytes reads a whole entry of at most limit bytes.
func (a *Archive) Bytes(ctx context.Context, e *Entry, limit int64) ([]byte, error) {
	if int64(e.UncompressedSize) > limit {
		return nil, fmt.Errorf("%w: %q states %d bytes, at most %d are read", ErrBudget, e.Name, e.UncompressedSize, limit)
	}
	var in Inflater
	sink := appender{b: make([]byte, 0, min(int(e.UncompressedSize), 1<<20))}
	err := in.Copy(ctx, &sink, a, e)
	return sink.b, err
}

// appender grows with what really comes, not with what is stated.
type appender struct{ b []byte }

func (s *appender) Write(p []byte) (int, error) {
	s.b = append(s.b, p...)
	return len(p), nil
}

// Copy writes the uncompressed data of an entry to w: exactly as many bytes as
// the directory states, or an error. (LocalFileRecord.outputUncompressedData)
func (in *Inflater) Copy(ctx context.Context, w io.Writer, a *Archive, e *Entry) error {
	offset, err := a.dataOffset(e)
	if err != nil {
		return err
	}
	if in.buf == nil {
		in.buf = make([]byte, copyBuffer)
	}
	data := &failure{r: io.NewSectionReader(a.r, offset, e.Size())}
	if !e.compressed {
		return in.pump(ctx, w, data, int64(e.UncompressedSize), e, data)
	}
	if in.flate == nil {
		in.flate = flate.NewReader(data)
	} else if err := in.flate.(flate.Resetter).Reset(data, nil); err != nil {
		return err
	}
	return in.pump(ctx, w, in.flate, int64(e.UncompressedSize), e, data)
}

// failure remembers an I/O error, which the inflater passes on as it pleases.
type failure struct {
	r   io.Reader
	err error
}

func (f *failure) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

func (in *Inflater) pump(ctx context.Context, w io.Writer, r io.Reader, want int64, e *Entry, data *failure) error {
	var total int64
	for {
		n, err := r.Read(in.buf)
		total += int64(n)
		if total > want {
			// Java inflates to the end before it compares; the answer is the same.
			return format("%q holds more than the %d bytes stated", e.Name, want)
		}
		if _, werr := w.Write(in.buf[:n]); werr != nil {
			return werr
		}
		switch {
		case data.err != nil:
			return fmt.Errorf("read %q: %w", e.Name, data.err)
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			continue
		case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return format("data of %q: %v", e.Name, err)
		case total != want:
			return format("%q holds %d bytes, %d are stated", e.Name, total, want)
		}
		return nil
	}
}

// dataOffset checks the local header of an entry against its record and returns
// where the data starts. (LocalFileRecord.getRecord)
func (a *Archive) dataOffset(e *Entry) (int64, error) {
	start := int64(e.HeaderOffset)
	if end := start + headerSize + int64(e.nameSize); end > a.DirectoryOffset {
		return 0, format("local header of %q ends at %d, inside the central directory", e.Name, end)
	}
	head := make([]byte, headerSize+int(e.nameSize))
	if err := a.ReadAt(head, start); err != nil {
		return 0, err
	}
	le := binary.LittleEndian
	if signature := le.Uint32(head); signature != headerSignature {
		return 0, format("no local header for %q: 0x%08x", e.Name, signature)
	}
	if err := e.compare(head); err != nil {
		return 0, err
	}
	nameSize := le.Uint16(head[26:])
	if nameSize > e.nameSize || Text(head[headerSize:headerSize+int(nameSize)]) != e.Name {
		return 0, format("local header of %q has another name", e.Name)
	}
	offset := start + headerSize + int64(nameSize) + int64(le.Uint16(head[28:]))
	if end := offset + e.Size(); end > a.DirectoryOffset {
		return 0, format("data of %q ends at %d, inside the central directory", e.Name, end)
	}
	return offset, nil
}

func (e *Entry) compare(head []byte) error {
	le := binary.LittleEndian
	if descriptor := le.Uint16(head[6:])&flagDescriptor != 0; descriptor != e.descriptor {
		return format("headers of %q differ about a data descriptor", e.Name)
	}
	if e.descriptor {
		return nil
	}
	if le.Uint32(head[14:]) != e.crc || le.Uint32(head[18:]) != e.CompressedSize || le.Uint32(head[22:]) != e.UncompressedSize {
		return format("headers of %q differ about checksum or sizes", e.Name)
	}
	return nil
}

func wrapRecord(err error, number int) error {
	return fmt.Errorf("central directory record %d: %w", number, err)
}

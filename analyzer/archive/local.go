package archive

import (
	"errors"
	"fmt"
	"io"
)

// localHeader is a local file header and where its content lies.
type localHeader struct {
	name                     string
	method, flags            uint16
	crc                      uint32
	compressed, uncompressed uint64
	// zip64OK is false where a size is 2^32-1 and no ZIP64 field explains it.
	zip64OK bool
	start   int64 // of the content
}

// local reads the local header of an entry. One that is not there is
// ErrMalformed.
func (a *Archive) local(r *readAhead, e *Entry) (*localHeader, error) {
	at, limit := int64(e.HeaderOffset), a.layout.DirectoryOffset
	head, err := r.bytes(at, lenLocal, limit)
	if err != nil {
		return nil, err
	}
	if le.Uint32(head) != sigLocal {
		return nil, fmt.Errorf("%w: no local header at %d", ErrMalformed, at)
	}
	h := &localHeader{
		flags:        le.Uint16(head[6:]),
		method:       le.Uint16(head[8:]),
		crc:          le.Uint32(head[14:]),
		compressed:   uint64(le.Uint32(head[18:])),
		uncompressed: uint64(le.Uint32(head[22:])),
		zip64OK:      true,
	}
	nameLen, extraLen := int64(le.Uint16(head[26:])), int64(le.Uint16(head[28:]))
	rest, err := r.bytes(at+lenLocal, nameLen+extraLen, limit)
	if err != nil {
		return nil, err
	}
	h.name = e.Name
	if string(rest[:nameLen]) != e.Name {
		h.name = string(rest[:nameLen])
	}
	if h.compressed == max32 || h.uncompressed == max32 {
		wide, ok := resolveZip64(rest[nameLen:], h.uncompressed, h.compressed, 0)
		h.uncompressed, h.compressed, h.zip64OK = wide.uncompressed, wide.compressed, ok
	}
	h.start = at + lenLocal + nameLen + extraLen
	if room := limit - h.start; e.length() > uint64(room) {
		return nil, fmt.Errorf("%w: %d bytes at %d reach into the central directory", ErrMalformed, e.length(), h.start)
	}
	return h, nil
}

// descriptor reads the data descriptor behind the content: CRC-32 and sizes of
// 4 or 8 bytes each, with or without a signature. It returns its length, 0
// where there is none that agrees with the directory.
func (a *Archive) descriptor(r *readAhead, e *Entry, h *localHeader) (int64, error) {
	if h.flags&flagDescriptor == 0 {
		return 0, nil
	}
	end := h.start + int64(e.length())
	b, err := r.bytes(end, min(24, a.size-end), a.size)
	if err != nil {
		return 0, err
	}
	lead := 0
	if len(b) >= 4 && le.Uint32(b) == sigDescriptor {
		lead = 4
	}
	fields := b[lead:]
	switch {
	case len(fields) >= 12 && le.Uint32(fields) == e.CRC32 &&
		uint64(le.Uint32(fields[4:])) == e.CompressedSize && uint64(le.Uint32(fields[8:])) == e.UncompressedSize:
		return int64(lead + 12), nil
	case len(fields) >= 20 && le.Uint32(fields) == e.CRC32 &&
		le.Uint64(fields[4:]) == e.CompressedSize && le.Uint64(fields[12:]) == e.UncompressedSize:
		return int64(lead + 20), nil
	}
	return 0, nil
}

// ignoreMalformed is for places that look at an entry in passing: what is wrong
// with it is said when it is read.
func ignoreMalformed(err error) error {
	if errors.Is(err, ErrMalformed) {
		return nil
	}
	return err
}

// readAhead reads small pieces that lie in rising order, many with one call.
type readAhead struct {
	src    io.ReaderAt
	size   int64
	window int64 // bytes read at once
	off    int64
	buf    []byte
}

const readAheadWindow = 64 << 10

// bytes is n bytes at off, which must end at limit at the latest (else
// ErrMalformed). They are valid until the next call.
func (r *readAhead) bytes(off, n, limit int64) ([]byte, error) {
	if off < 0 || n < 0 || off > limit-n || limit > r.size {
		return nil, fmt.Errorf("%w: %d bytes at %d pass %d", ErrMalformed, n, off, limit)
	}
	if off < r.off || off+n > r.off+int64(len(r.buf)) {
		want := min(max(n, r.window), r.size-off)
		if int64(cap(r.buf)) < want {
			r.buf = make([]byte, want)
		}
		r.buf, r.off = r.buf[:want], off
		if err := readAt(r.src, r.buf, off); err != nil {
			r.buf = r.buf[:0]
			return nil, err
		}
	}
	return r.buf[off-r.off:][:n], nil
}

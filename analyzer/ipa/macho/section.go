package macho

import (
	"fmt"
	"io"
)

// section is a part of a file; nothing outside it can be read through it.
type section struct {
	r         io.ReaderAt
	off, size int64
}

// extent is a place inside a section.
type extent struct{ off, size int64 }

// holds reports whether size bytes at off lie inside the section.
func (s section) holds(off, size int64) bool {
	return off >= 0 && size >= 0 && off <= s.size && size <= s.size-off
}

// part narrows the section.
func (s section) part(e extent) (section, error) {
	if !s.holds(e.off, e.size) {
		return section{}, malformed("%d bytes at %d lie beyond the end at %d", e.size, e.off, s.size)
	}
	return section{r: s.r, off: s.off + e.off, size: e.size}, nil
}

// bytes reads size bytes at off. The caller bounds size.
func (s section) bytes(off, size int64) ([]byte, error) {
	if !s.holds(off, size) {
		return nil, malformed("%d bytes at %d lie beyond the end at %d", size, off, s.size)
	}
	buf := make([]byte, size)
	n, err := s.r.ReadAt(buf, s.off+off)
	if n == len(buf) {
		return buf, nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return nil, fmt.Errorf("read %d bytes at %d: %w", size, s.off+off, err)
}

package binxml

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// maxText is how much of a string is decoded: the names looked for are shorter.
const maxText = 32

// stringPool gives the strings' beginnings.
type stringPool struct {
	data    []byte
	offsets []byte
	strings slice
	count   uint32
	utf8    bool
}

func (p *parser) newPool(c chunk) (*stringPool, error) {
	h := c.header.b
	if len(h) < 28 {
		return nil, format("string pool header of %d bytes", len(h))
	}
	le := binary.LittleEndian
	pool := &stringPool{data: p.data, offsets: c.body.b, count: le.Uint32(h[8:]), utf8: le.Uint32(h[16:])&(1<<8) != 0}
	styles := le.Uint32(h[12:])
	if pool.count > 1<<31-1 || styles > 1<<31-1 {
		return nil, format("%d strings, %d styles", pool.count, styles)
	}
	if pool.count == 0 {
		return pool, nil
	}
	// Java computes these in 64 bits and cuts to 32.
	first, last := le.Uint32(h[20:]), le.Uint32(h[24:])
	from, to := int(int32(first-uint32(len(h)))), len(c.body.b)
	if styles > 0 {
		if last < first {
			return nil, format("styles before strings")
		}
		to = int(int32(last - uint32(len(h))))
	}
	if from < 0 || to < from || to > len(c.body.b) {
		return nil, fmt.Errorf("%w: strings from %d to %d", ErrException, from, to)
	}
	pool.strings = slice{c.body.start + from, c.body.b[from:to]}
	return pool, nil
}

// text is the string with an index, cut after some characters.
func (s *stringPool) text(index uint32) (string, error) {
	if index >= s.count {
		return "", format("string %d of %d", index, s.count)
	}
	if uint64(index)*4+4 > uint64(len(s.offsets)) {
		return "", ErrException
	}
	offset := binary.LittleEndian.Uint32(s.offsets[4*index:])
	if uint64(offset) >= uint64(len(s.strings.b)) {
		return "", format("string %d out of bounds", index)
	}
	if s.utf8 {
		return s.text8(int(offset))
	}
	return s.text16(int(offset))
}

func (s *stringPool) text8(pos int) (string, error) {
	b, length := s.strings.b, 0
	for range 2 { // the length in UTF-16 units, then in bytes
		if pos >= len(b) {
			return "", ErrException
		}
		length = int(b[pos])
		pos++
		if length&0x80 != 0 {
			if pos >= len(b) {
				return "", ErrException
			}
			length = length&0x7f<<8 | int(b[pos])
			pos++
		}
	}
	end := s.strings.start + pos + length
	if pos+length > len(b) || end >= len(s.data) {
		return "", ErrException
	}
	if s.data[end] != 0 {
		return "", format("string without an end")
	}
	return string(b[pos : pos+min(length, maxText)]), nil
}

func (s *stringPool) text16(pos int) (string, error) {
	b := s.strings.b
	if pos+2 > len(b) {
		return "", ErrException
	}
	length := int(binary.LittleEndian.Uint16(b[pos:]))
	pos += 2
	if length&0x8000 != 0 {
		if pos+2 > len(b) {
			return "", ErrException
		}
		length = length&0x7fff<<16 | int(binary.LittleEndian.Uint16(b[pos:]))
		pos += 2
	}
	if length > (1<<31-1)/2 {
		return "", format("string of %d units", length)
	}
	end := s.strings.start + pos + 2*length
	if pos+2*length > len(b) || end+1 >= len(s.data) {
		return "", ErrException
	}
	if s.data[end] != 0 || s.data[end+1] != 0 {
		return "", format("string without an end")
	}
	units := make([]uint16, min(length, maxText))
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[pos+2*i:])
	}
	return string(utf16.Decode(units)), nil
}

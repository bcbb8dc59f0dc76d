package machotest

import (
	"encoding/binary"
	"errors"
)

// Sign replaces the signature of a thin little-endian file that a linker has
// signed ad hoc.
func (s *Signature) Sign(image []byte) ([]byte, error) {
	at, err := locate(image)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	limit := int(le.Uint32(image[at.signature+8:]))
	if limit > len(image) {
		return nil, errors.New("the signature lies beyond the end")
	}
	signed := append([]byte(nil), image[:limit]...)
	size := len(s.bytes(signed))
	le.PutUint32(signed[at.signature+12:], uint32(size))
	const page = 16 << 10
	if at.wide {
		linked := limit + size - int(le.Uint64(signed[at.linkedit+40:]))
		le.PutUint64(signed[at.linkedit+32:], uint64(align(linked, page)))
		le.PutUint64(signed[at.linkedit+48:], uint64(linked))
	} else {
		linked := limit + size - int(le.Uint32(signed[at.linkedit+32:]))
		le.PutUint32(signed[at.linkedit+28:], uint32(align(linked, page)))
		le.PutUint32(signed[at.linkedit+36:], uint32(linked))
	}
	return append(signed, s.bytes(signed)...), nil
}

// places are the offsets of the load commands that a new signature changes.
type places struct {
	signature, linkedit int
	wide                bool
}

func locate(image []byte) (p places, err error) {
	le := binary.LittleEndian
	if len(image) < 32 || le.Uint32(image)&^1 != 0xfeedface {
		return p, errors.New("not a thin Mach-O file")
	}
	p.wide = le.Uint32(image) == 0xfeedfacf
	at := headerSize(p.wide)
	for range le.Uint32(image[16:]) {
		if at+16 > len(image) {
			return p, errors.New("load commands beyond the end")
		}
		switch cmd := le.Uint32(image[at:]); {
		case cmd == 0x1d:
			p.signature = at
		case (cmd == 0x1 || cmd == 0x19) && string(image[at+8:at+18]) == "__LINKEDIT":
			p.linkedit = at
		}
		at += int(le.Uint32(image[at+4:]))
	}
	if p.signature == 0 || p.linkedit == 0 {
		return p, errors.New("no signature to replace")
	}
	return p, nil
}

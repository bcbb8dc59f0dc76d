package macho

import (
	"encoding/binary"
	"fmt"
)

// Magic numbers of thin files, little-endian (mach-o/loader.h).
const (
	magic32 = 0xfeedface
	magic64 = 0xfeedfacf
)

// slice reads one thin Mach-O file.
func (f *fileReader) slice(src section) (*Slice, error) {
	if src.size < headerSize32 {
		return nil, fmt.Errorf("%w: %d bytes", ErrNotMachO, src.size)
	}
	head, err := src.bytes(0, headerSize32)
	if err != nil {
		return nil, err
	}
	order, size, ok := layout(head)
	if !ok {
		return nil, fmt.Errorf("%w: begins with %x", ErrNotMachO, head[:4])
	}
	s := &Slice{Offset: src.off, Size: src.size, src: src, cpu: order.Uint32(head[4:]), subtype: order.Uint32(head[8:])}
	s.order, s.wide = order, size == headerSize64
	s.FileType = order.Uint32(head[12:])
	s.Facts.Arch = archName(s.cpu, s.subtype)
	count, total := order.Uint32(head[16:]), order.Uint32(head[20:])
	if count > maxCommands || total > maxCommandBytes {
		return nil, malformed("%d load commands in %d bytes", count, total)
	}
	commands, err := src.bytes(size, int64(total))
	if err != nil {
		return nil, err
	}
	walk := &commandReader{fileReader: f, slice: s, order: order, told: map[string]bool{}}
	if err := walk.run(commands, int(count)); err != nil {
		return nil, err
	}
	if f.visit != nil {
		if err := f.visit(s); err != nil {
			return nil, err
		}
	}
	if f.signed {
		if _, err := s.CodeSignature(); s.damaged(err) {
			return nil, err
		}
	}
	return s, nil
}

// layout tells byte order and size of a header by its magic number.
func layout(head []byte) (order binary.ByteOrder, size int64, ok bool) {
	for _, order := range [...]binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(head) {
		case magic32:
			return order, headerSize32, true
		case magic64:
			return order, headerSize64, true
		}
	}
	return nil, 0, false
}

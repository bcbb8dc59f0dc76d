// Package block reads the APK Signing Block: where it is, which pairs it holds,
// and the length-prefixed fields inside its values.
//
// It promises: only the pairs asked for are loaded, each of at most MaxValue
// bytes and at most MaxPairs are looked at; no slice leaves its value.
package block

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrShort is a field that does not fit into what is left of its buffer
// (ApkFormatException, BufferUnderflowException).
var ErrShort = errors.New("field longer than what is left")

// ErrNegative is a length with its top bit set, on which apksig's reader of
// slices stops with an exception that nothing catches.
var ErrNegative = errors.New("negative length")

// Buffer is a cursor over little-endian fields.
type Buffer struct{ b []byte }

// NewBuffer reads from b.
func NewBuffer(b []byte) *Buffer { return &Buffer{b: b} }

// More reports whether there are bytes left.
func (b *Buffer) More() bool { return len(b.b) > 0 }

// Rest is what is left.
func (b *Buffer) Rest() []byte { return b.b }

// Uint32 reads four bytes.
func (b *Buffer) Uint32() (uint32, error) {
	if len(b.b) < 4 {
		return 0, fmt.Errorf("%w: need 4 bytes, have %d", ErrShort, len(b.b))
	}
	v := binary.LittleEndian.Uint32(b.b)
	b.b = b.b[4:]
	return v, nil
}

// Int32 reads four bytes as a signed number, as Java does.
func (b *Buffer) Int32() (int32, error) {
	v, err := b.Uint32()
	return int32(v), err
}

// Slice reads a length-prefixed field as a buffer.
// (ApkSigningBlockUtilsLite.getLengthPrefixedSlice)
func (b *Buffer) Slice() (*Buffer, error) {
	field, err := b.field(ErrNegative)
	return &Buffer{b: field}, err
}

// Bytes reads a length-prefixed field.
// (ApkSigningBlockUtilsLite.readLengthPrefixedByteArray)
func (b *Buffer) Bytes() ([]byte, error) { return b.field(ErrShort) }

func (b *Buffer) field(negative error) ([]byte, error) {
	size, err := b.Int32()
	if err != nil {
		return nil, err
	}
	if size < 0 {
		return nil, fmt.Errorf("%w: %d", negative, size)
	}
	if int(size) > len(b.b) {
		return nil, fmt.Errorf("%w: need %d bytes, have %d", ErrShort, size, len(b.b))
	}
	field := b.b[:size:size]
	b.b = b.b[size:]
	return field, nil
}

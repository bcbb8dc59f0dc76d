package restype

import (
	"errors"
	"fmt"
)

// PoolSize is the length of a string pool's header (ResStringPool_header).
const PoolSize = 28

// Flags of a string pool.
const (
	PoolSorted = 1 << 0
	PoolUTF8   = 1 << 8
)

// ErrPool is wrapped by every complaint about a string pool.
var ErrPool = errors.New("bad string pool")

// Pool is where the strings of one string pool lie, relative to its chunk.
type Pool struct {
	UTF8 bool
	// Count strings have their offsets, 4 bytes each, from Offsets on.
	Count   uint32
	Offsets int64
	// The string data is Start ≤ x < End.
	Start, End int64
	// Flaw says what Android would refuse the pool for, although it was read;
	// empty for a good one.
	Flaw string
}

// ReadPool reads the header of the string pool at the start of b (PoolSize
// bytes at least). size is what the chunk holds. It allocates nothing. An
// impossible count is cut to what can be there, and said in Flaw.
func ReadPool(b []byte, size int64) (Pool, error) {
	if len(b) < PoolSize || size < PoolSize {
		return Pool{}, fmt.Errorf("%w: %d bytes are less than a header", ErrPool, size)
	}
	c := ReadChunk(b)
	if c.Type != TypeStringPool {
		return Pool{}, fmt.Errorf("%w: chunk type %#x", ErrPool, c.Type)
	}
	p := Pool{
		UTF8:    U32(b, 16)&PoolUTF8 != 0,
		Count:   U32(b, 8),
		Offsets: int64(c.HeaderSize),
		Start:   int64(U32(b, 20)),
		End:     size,
	}
	if c.HeaderSize < PoolSize {
		p.Flaw = fmt.Sprintf("header of %d bytes", c.HeaderSize)
		p.Offsets = PoolSize
	}
	if p.Count == 0 {
		p.Start = size
		return p, nil
	}
	if styles, at := U32(b, 12), int64(U32(b, 24)); styles > 0 {
		if at > p.Start && at < size-2 {
			p.End = at
		} else {
			p.Flaw = fmt.Sprintf("styles at %d with strings at %d of %d", at, p.Start, size)
		}
	}
	if p.Start >= size-2 {
		return Pool{}, fmt.Errorf("%w: strings start at %d of %d", ErrPool, p.Start, size)
	}
	if room := (size - p.Offsets) / 4; int64(p.Count) > room {
		p.Flaw = fmt.Sprintf("%d strings where there is room for %d offsets", p.Count, room)
		p.Count = uint32(max(room, 0))
	}
	return p, nil
}

// At returns the place of a string in the pool's chunk for an entry of its
// offset table; ok is false where Android finds no string.
func (p Pool) At(offset uint32) (at int64, ok bool) {
	unit := int64(1)
	if !p.UTF8 {
		unit = 2
	}
	n := int64(offset) / unit
	return p.Start + n*unit, n < (p.End-p.Start)/unit-1
}

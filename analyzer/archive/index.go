package archive

import (
	"hash/maphash"
	"maps"
	"slices"
)

// nameIndex finds entries by name: an open hash table of entry numbers, 8 to 16
// bytes an entry. The hash is seeded, so an archive can't be made to collide.
type nameIndex struct {
	seed  maphash.Seed
	slots []uint32 // entry number + 1, 0 is free
	// copies counts the entries of a name that has more than one, by the first.
	copies map[uint32]uint32
	// fold: names that differ in ASCII case alone count as equal.
	fold bool
}

func newNameIndex(capacity int, fold bool) *nameIndex {
	n := 8
	for n < 2*capacity {
		n *= 2
	}
	return &nameIndex{seed: maphash.MakeSeed(), slots: make([]uint32, n), fold: fold}
}

func indexNames(entries []Entry) *nameIndex {
	x := newNameIndex(len(entries), false)
	for i := range entries {
		x.add(entries, uint32(i))
	}
	return x
}

// add files entry i and returns the first entry of the same name.
func (x *nameIndex) add(entries []Entry, i uint32) (first uint32, seen bool) {
	slot := x.find(entries, entries[i].Name)
	if x.slots[slot] == 0 {
		x.slots[slot] = i + 1
		return i, false
	}
	first = x.slots[slot] - 1
	if x.copies == nil {
		x.copies = map[uint32]uint32{}
	}
	x.copies[first] = max(x.copies[first], 1) + 1
	return first, true
}

// repeated is the first entry of every name that stands more than once.
func (x *nameIndex) repeated() []uint32 {
	return slices.Sorted(maps.Keys(x.copies))
}

func (x *nameIndex) lookup(entries []Entry, name string) (*Entry, int) {
	number := x.slots[x.find(entries, name)]
	if number == 0 {
		return nil, 0
	}
	return &entries[number-1], int(max(x.copies[number-1], 1))
}

// find is the slot that holds name or, where none does, the free one for it.
func (x *nameIndex) find(entries []Entry, name string) int {
	mask := len(x.slots) - 1
	slot := int(x.hash(name)) & mask
	for x.slots[slot] != 0 && !x.equal(entries[x.slots[slot]-1].Name, name) {
		slot = (slot + 1) & mask
	}
	return slot
}

func (x *nameIndex) hash(name string) uint64 {
	if !x.fold {
		return maphash.String(x.seed, name)
	}
	var short [128]byte
	return maphash.Bytes(x.seed, appendLower(short[:0], name))
}

func (x *nameIndex) equal(a, b string) bool {
	if !x.fold {
		return a == b
	}
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func appendLower(dst []byte, s string) []byte {
	for i := range len(s) {
		dst = append(dst, lower(s[i]))
	}
	return dst
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

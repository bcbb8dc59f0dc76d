package macho

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// Magic numbers of fat headers, which are big-endian (mach-o/fat.h).
const (
	magicFat   = 0xcafebabe
	magicFat64 = 0xcafebabf
)

// fatEntry is a slice as the fat header has it.
type fatEntry struct {
	cpu, subtype uint32
	at           extent
	index        int
}

func fatMagic(head []byte) (wide, ok bool) {
	switch binary.BigEndian.Uint32(head) {
	case magicFat:
		return false, true
	case magicFat64:
		return true, true
	}
	return false, false
}

// fat reads the slices in the order in which they lie in the file.
func (f *fileReader) fat(whole section, head []byte, wide bool) error {
	entries, err := fatEntries(whole, head, wide)
	if err != nil {
		return err
	}
	found := make([]*Slice, len(entries))
	var first error
	for _, e := range entries {
		s, err := f.fatSlice(whole, e)
		switch {
		case errors.Is(err, ErrMalformed) || errors.Is(err, ErrNotMachO):
			first = cmp.Or(first, err)
			f.anomaly(CodeSlice, archName(e.cpu, e.subtype), "%v", err)
		case err != nil:
			return err
		default:
			found[e.index] = s
		}
	}
	for _, s := range found {
		if s != nil {
			f.file.Slices = append(f.file.Slices, s)
		}
	}
	if len(f.file.Slices) == 0 {
		return first
	}
	f.compareSlices()
	return nil
}

func (f *fileReader) fatSlice(whole section, e fatEntry) (*Slice, error) {
	part, err := whole.part(e.at)
	if err != nil {
		return nil, err
	}
	s, err := f.slice(part)
	if err != nil {
		return nil, err
	}
	// The upper byte of the subtype holds capabilities, which may differ.
	if s.cpu != e.cpu || (s.subtype^e.subtype)&subtypeMask != 0 {
		f.anomaly(CodeSliceType, s.Facts.Arch, "the fat header says %s", archName(e.cpu, e.subtype))
	}
	return s, nil
}

func (f *fileReader) compareSlices() {
	seen := map[string]bool{}
	for _, s := range f.file.Slices {
		if seen[s.Facts.Arch] {
			f.anomaly(CodeSliceTwice, s.Facts.Arch, "another slice of this architecture at %d", s.Offset)
		}
		seen[s.Facts.Arch] = true
	}
}

// fatEntries reads the fat header's table, sorted by offset. Slices that overlap
// one another or the header are refused, as the kernel refuses them
// (xnu, fatfile_validate_fatarches).
func fatEntries(whole section, head []byte, wide bool) ([]fatEntry, error) {
	count := binary.BigEndian.Uint32(head[4:])
	if count == 0 || count > maxSlices {
		// Java class files begin with the same number and have a version here.
		return nil, malformed("fat header with %d slices", count)
	}
	each := int64(fatEntrySize)
	if wide {
		each = fat64EntrySize
	}
	table, err := whole.bytes(fatHeaderSize, int64(count)*each)
	if err != nil {
		return nil, err
	}
	entries := make([]fatEntry, count)
	for i := range entries {
		if entries[i], err = readFatEntry(table[int64(i)*each:], wide); err != nil {
			return nil, err
		}
		entries[i].index = i
	}
	slices.SortStableFunc(entries, func(a, b fatEntry) int { return cmp.Compare(a.at.off, b.at.off) })
	end := fatHeaderSize + int64(len(table))
	for _, e := range entries {
		if e.at.off < end {
			return nil, malformed("slice at %d overlaps what ends at %d", e.at.off, end)
		}
		if !whole.holds(e.at.off, e.at.size) {
			return nil, malformed("slice of %d bytes at %d lies beyond the end at %d", e.at.size, e.at.off, whole.size)
		}
		end = e.at.off + e.at.size
	}
	return entries, nil
}

func readFatEntry(b []byte, wide bool) (fatEntry, error) {
	e := fatEntry{cpu: binary.BigEndian.Uint32(b), subtype: binary.BigEndian.Uint32(b[4:])}
	if !wide {
		e.at = extent{int64(binary.BigEndian.Uint32(b[8:])), int64(binary.BigEndian.Uint32(b[12:]))}
		return e, nil
	}
	off, size := binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:])
	if off > maxOffset || size > maxOffset {
		return e, malformed("slice of %d bytes at %d", size, off)
	}
	e.at = extent{int64(off), int64(size)}
	return e, nil
}

// maxOffset keeps sums of offsets within an int64.
const maxOffset = 1 << 62

package machotest

import "encoding/binary"

// FatEntry is a slice in the table of a fat header, which a test may change.
type FatEntry struct {
	CPU, Subtype uint32
	Offset, Size uint64
}

// Fat is a fat file before it is written.
type Fat struct {
	Slices []Slice
	// Wide writes the table with 64-bit offsets.
	Wide bool
	// Lie changes the table; the data stays where it is.
	Lie func([]FatEntry) []FatEntry
	// Count replaces the number of slices where it is not 0.
	Count uint32
}

// Bytes writes the file, each slice at a multiple of a page.
func (f Fat) Bytes() []byte {
	image := make([]byte, pageSize)
	var entries []FatEntry
	for _, s := range f.Slices {
		s.setDefaults()
		data := s.Bytes()
		entries = append(entries, FatEntry{s.CPU, s.Subtype, uint64(len(image)), uint64(len(data))})
		image = append(image, data...)
		image = append(image, make([]byte, align(len(image), pageSize)-len(image))...)
	}
	if f.Lie != nil {
		entries = f.Lie(entries)
	}
	copy(image, f.header(entries))
	return image
}

func (f Fat) header(entries []FatEntry) []byte {
	count := uint32(len(entries))
	if f.Count != 0 {
		count = f.Count
	}
	out := be(0xcafebabe, count)
	if f.Wide {
		out = be(0xcafebabf, count)
	}
	const alignment = 12 // as a power of two
	for _, e := range entries {
		out = append(out, be(e.CPU, e.Subtype)...)
		if f.Wide {
			out = binary.BigEndian.AppendUint64(out, e.Offset)
			out = binary.BigEndian.AppendUint64(out, e.Size)
			out = append(out, be(alignment, 0)...)
			continue
		}
		out = append(out, be(uint32(e.Offset), uint32(e.Size), alignment)...)
	}
	return out
}

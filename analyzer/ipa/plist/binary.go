package plist

import (
	"encoding/binary"
	"math"
	"time"
	"unicode/utf16"
)

// trailerLength is what a binary property list ends with (CFBinaryPList.c,
// CFBinaryPlistTrailer).
const trailerLength = 32

// binaryReader reads a binary property list from its top object down.
type binaryReader struct {
	doc     *Document
	data    []byte // objects alone: header and everything up to the offset table
	offsets []byte
	// offsetSize and refSize are bytes of an offset and of a reference.
	offsetSize, refSize int
	count               uint64
	budget              budget
	// bytes is how much string and data content may still be made. Objects of an
	// honest file do not overlap, so it can't be more than the file.
	bytes int
	// leaves keeps strings and data by object, so that a shared one is made once.
	leaves map[uint64]any
	open   map[uint64]bool // containers being read
}

func readBinary(data []byte, limits Limits) (*Document, error) {
	r, top, err := openBinary(data, limits)
	if err != nil {
		return nil, err
	}
	value, err := r.object(top)
	if err != nil {
		return nil, err
	}
	r.doc.Value = value
	return r.doc, nil
}

// openBinary checks the trailer as CoreFoundation does: the parts must fill the
// file exactly.
func openBinary(data []byte, limits Limits) (*binaryReader, uint64, error) {
	if len(data) < 8+1+1+trailerLength || data[6] != '0' {
		return nil, 0, malformed("binary, %d bytes, version %q", len(data), data[6:min(len(data), 8)])
	}
	trailer := data[len(data)-trailerLength:]
	offsetSize, refSize := int(trailer[6]), int(trailer[7])
	count, top := binary.BigEndian.Uint64(trailer[8:]), binary.BigEndian.Uint64(trailer[16:])
	table := binary.BigEndian.Uint64(trailer[24:])
	body := uint64(len(data) - trailerLength)
	switch {
	case offsetSize < 1 || offsetSize > 8 || refSize < 1 || refSize > 8:
		return nil, 0, malformed("trailer: offsets of %d and references of %d bytes", offsetSize, refSize)
	case table < 9 || table >= body:
		return nil, 0, malformed("trailer: offset table at %d of %d bytes", table, len(data))
	case count == 0 || count > body || top >= count:
		return nil, 0, malformed("trailer: %d objects, the top is number %d", count, top)
	case table+count*uint64(offsetSize) != body:
		return nil, 0, malformed("trailer: %d objects do not fill the file", count)
	case count > uint64(limits.Objects):
		return nil, 0, (&budget{objects: -1}).spend(0)
	}
	return &binaryReader{
		doc:        &Document{Format: FormatBinary},
		data:       data[:table],
		offsets:    data[table:body],
		offsetSize: offsetSize,
		refSize:    refSize,
		count:      count,
		budget:     budget{objects: limits.Objects, depth: limits.Depth},
		bytes:      2*len(data) + 64,
		leaves:     map[uint64]any{},
		open:       map[uint64]bool{},
	}, top, nil
}

// object reads the object of a number.
func (r *binaryReader) object(ref uint64) (any, error) {
	if err := r.budget.spend(1); err != nil {
		return nil, err
	}
	if ref >= r.count {
		return nil, malformed("reference to object %d of %d", ref, r.count)
	}
	at := sized(r.offsets[ref*uint64(r.offsetSize):][:r.offsetSize])
	if at < 8 || at >= uint64(len(r.data)) {
		return nil, malformed("object %d at offset %d of %d", ref, at, len(r.data))
	}
	marker, rest := r.data[at], r.data[at+1:]
	switch marker >> 4 {
	case 0x0:
		return simple(marker)
	case 0x1, 0x2, 0x3, 0x8:
		return number(marker, rest)
	case 0x4, 0x5, 0x6:
		return r.leaf(ref, marker, rest)
	case 0xa, 0xc, 0xd:
		if r.open[ref] {
			return nil, malformed("object %d contains itself", ref)
		}
		r.open[ref] = true
		defer delete(r.open, ref)
		return r.container(marker, rest)
	}
	return nil, malformed("object %d has the unknown marker 0x%02x", ref, marker)
}

func simple(marker byte) (any, error) {
	switch marker {
	case 0x00:
		return nil, nil
	case 0x08:
		return false, nil
	case 0x09:
		return true, nil
	}
	return nil, malformed("unknown marker 0x%02x", marker)
}

// number reads what has a fixed size: integer, real, date, UID.
func number(marker byte, rest []byte) (any, error) {
	size := 1 << (marker & 0xf)
	if marker>>4 == 0x8 {
		size = int(marker&0xf) + 1
	}
	if size > 16 || size > len(rest) {
		return nil, malformed("number of %d bytes", size)
	}
	b := rest[:size]
	switch {
	case marker>>4 == 0x8 && size <= 8:
		return UID(sized(b)), nil
	case marker>>4 == 0x1 && size == 16:
		return wide(b), nil
	case marker>>4 == 0x1:
		return int64(sized(b)), nil // 1, 2 and 4 bytes are unsigned, 8 are signed
	case marker == 0x22:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b))), nil
	case marker == 0x23:
		return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
	case marker == 0x33:
		return date(math.Float64frombits(binary.BigEndian.Uint64(b))), nil
	}
	return nil, malformed("unknown marker 0x%02x", marker)
}

// wide reads an integer of 16 bytes, of which CoreFoundation keeps the low 8.
func wide(b []byte) any {
	high, low := sized(b[:8]), sized(b[8:])
	if high == 0 && low > math.MaxInt64 {
		return low
	}
	return int64(low)
}

// date is seconds since 2001; one outside the years 1 to 9999 is the zero time.
func date(seconds float64) time.Time {
	const epoch = 978307200
	if !(seconds > -63e9 && seconds < 252e9) {
		return time.Time{}
	}
	whole, part := math.Modf(seconds)
	return time.Unix(epoch+int64(whole), int64(part*1e9)).UTC()
}

// leaf reads data and strings, each once.
func (r *binaryReader) leaf(ref uint64, marker byte, rest []byte) (any, error) {
	if v, ok := r.leaves[ref]; ok {
		return v, nil
	}
	width := 1
	if marker>>4 == 0x6 {
		width = 2
	}
	b, err := r.counted(marker, rest, width)
	if err != nil {
		return nil, err
	}
	if r.bytes -= len(b); r.bytes < 0 {
		return nil, malformed("objects overlap")
	}
	var v any
	switch marker >> 4 {
	case 0x4:
		v = append([]byte{}, b...)
	case 0x5:
		for _, c := range b {
			if c >= 0x80 {
				return nil, malformed("byte 0x%02x in an ASCII string", c)
			}
		}
		v = string(b)
	case 0x6:
		v = utf16BE(b)
	}
	r.leaves[ref] = v
	return v, nil
}

// counted is the content behind a marker whose low half, or an integer that
// follows, says how many units of width bytes there are.
func (r *binaryReader) counted(marker byte, rest []byte, width int) ([]byte, error) {
	n := uint64(marker & 0xf)
	if n == 0xf {
		if len(rest) == 0 || rest[0]>>4 != 0x1 || rest[0]&0xf > 3 {
			return nil, malformed("count of an object is no integer")
		}
		size := 1 << (rest[0] & 0xf)
		if size >= len(rest) {
			return nil, malformed("count of an object is cut off")
		}
		n, rest = sized(rest[1:1+size]), rest[1+size:]
	}
	if n > uint64(len(rest)/width) {
		return nil, malformed("object of %d units in %d bytes", n, len(rest))
	}
	return rest[:int(n)*width], nil
}

// container reads an array, a set or a dictionary.
func (r *binaryReader) container(marker byte, rest []byte) (any, error) {
	isDict := marker>>4 == 0xd
	width, cost := r.refSize, 1
	if isDict {
		width, cost = 2*r.refSize, dictCost
	}
	refs, err := r.counted(marker, rest, width)
	if err != nil {
		return nil, err
	}
	if err := r.budget.enter(cost); err != nil {
		return nil, err
	}
	defer r.budget.leave()
	if n := len(refs) / r.refSize; n > r.budget.objects {
		return nil, r.budget.spend(n)
	}
	if isDict {
		return r.dict(refs)
	}
	list := make([]any, 0, len(refs)/r.refSize)
	for ; len(refs) > 0; refs = refs[r.refSize:] {
		v, err := r.object(sized(refs[:r.refSize]))
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (r *binaryReader) dict(refs []byte) (any, error) {
	n := len(refs) / 2
	m := make(map[string]any, n/r.refSize)
	for at := 0; at < n; at += r.refSize {
		k, err := r.object(sized(refs[at : at+r.refSize]))
		if err != nil {
			return nil, err
		}
		key, ok := k.(string)
		if !ok {
			return nil, malformed("a dictionary's key is no string")
		}
		v, err := r.object(sized(refs[n+at:][:r.refSize]))
		if err != nil {
			return nil, err
		}
		if _, seen := m[key]; seen {
			r.doc.note(CodeDuplicateKey, "%q stands twice in one dictionary, the first is taken", shorten(key))
			continue
		}
		m[key] = v
	}
	return m, nil
}

// sized reads a big-endian number of 1 to 8 bytes.
func sized(b []byte) uint64 {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

func utf16BE(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

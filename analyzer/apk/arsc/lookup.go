package arsc

import (
	"slices"

	"heyan/analyzer/apk/restype"
)

// Entry is one value of a resource.
type Entry struct {
	Config Config
	Value  restype.Value
	// Text is the string of a string value.
	Text string
	// Complex: the entry is a style, an array or the like, which has no one value.
	Complex bool
}

// MaxDepth is how many references are followed one after the other (Android
// follows 20).
const MaxDepth = 20

// Flags of a type chunk and of an entry.
const (
	flagSparse   = 1 << 0
	flagOffset16 = 1 << 1

	entryComplex = 1 << 0
	entryCompact = 1 << 3

	noEntry = 0xffffffff
)

// Values lists the resource's values for every configuration that has one, in
// the order of the table, as they stand. None is no error.
func (t *Table) Values(id uint32) ([]Entry, error) {
	entries, err := t.all(id)
	out := slices.Clone(entries)
	for i := range out {
		if e := &out[i]; err == nil && e.Value.Type == restype.ValueString && !e.Complex {
			e.Text, _, err = t.text(&t.pool, e.Value.Data)
		}
	}
	return out, err
}

// Find is the value that a phone of the given locale uses, references followed.
// ok is false where there is none. varies says that there are values for other
// devices which differ.
func (t *Table) Find(id uint32, locale string) (e Entry, varies, ok bool, err error) {
	seen := make([]uint32, 0, 4)
	want := wantLocale(locale)
	for {
		var other bool
		e, other, ok, err = t.best(id, want)
		varies = varies || other
		if err != nil || !ok || e.Complex {
			return Entry{}, varies, false, err
		}
		if !e.Value.IsReference() {
			break
		}
		seen = append(seen, id)
		id = e.Value.Data
		if id == 0 || len(seen) > MaxDepth || slices.Contains(seen, id) {
			return Entry{}, varies, false, nil
		}
	}
	if e.Value.Type == restype.ValueString {
		e.Text, ok, err = t.text(&t.pool, e.Value.Data)
	}
	return e, varies, ok, err
}

// best is the most suitable value, not resolved.
func (t *Table) best(id uint32, locale *wanted) (best Entry, varies, ok bool, err error) {
	var bestRank [12]int
	entries, err := t.all(id)
	if err == nil {
		err = t.spend(len(entries))
	}
	if err != nil {
		return best, false, false, err
	}
	for i := range entries {
		e := &entries[i]
		varies = varies || e.Value != entries[0].Value
		rank, suits := e.Config.rank(locale)
		if suits && (!ok || slices.Compare(rank[:], bestRank[:]) > 0) {
			best, bestRank, ok = *e, rank, true
		}
	}
	return best, varies, ok, err
}

// Locales lists the locales that the resource has values for, those of the
// resources it refers to included, sorted; "" is the default. At most limit.
func (t *Table) Locales(id uint32, limit int) ([]string, error) {
	found := map[string]bool{}
	seen := map[uint32]bool{id: true}
	todo := []uint32{id}
	for len(todo) > 0 && len(seen) <= MaxDepth {
		next := todo[0]
		todo = todo[1:]
		entries, err := t.all(next)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if len(found) < limit {
				found[e.Config.Locale()] = true
			}
			if ref := e.Value.Data; e.Value.IsReference() && ref != 0 && !seen[ref] && len(seen) <= MaxDepth {
				seen[ref] = true
				todo = append(todo, ref)
			}
		}
	}
	out := make([]string, 0, len(found))
	for locale := range found {
		out = append(out, locale)
	}
	slices.Sort(out)
	return out, nil
}

// all lists the resource's entries, strings not read. They are kept, since a
// label is asked for once for each locale.
func (t *Table) all(id uint32) ([]Entry, error) {
	if known, ok := t.entries[id]; ok {
		return known, nil
	}
	var out []Entry
	chunks := t.types[uint16(id>>16)]
	if err := t.spend(len(chunks) + 1); err != nil {
		return nil, err
	}
	for i := range chunks {
		e, ok, err := t.entry(&chunks[i], uint16(id))
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, e)
		}
	}
	if t.kept+len(out)+1 <= maxKept {
		t.kept += len(out) + 1
		t.entries[id] = out
	}
	return out, nil
}

// entry reads a type chunk's entry of a number; ok is false where it has none.
func (t *Table) entry(c *typeChunk, number uint16) (e Entry, ok bool, err error) {
	off, ok, err := t.offset(c, number)
	if err != nil || !ok {
		return e, false, err
	}
	at := int64(c.entries) + int64(off)
	room := int64(c.size) - at
	if room < 8 {
		t.damaged("entry %d lies outside its chunk at %d", number, c.off)
		return e, false, nil
	}
	var buf [24]byte
	b := buf[:min(room, int64(len(buf)))]
	if err := t.read(b, c.off+at); err != nil {
		return e, false, err
	}
	e.Config = c.config
	flags := restype.U16(b, 2)
	if flags&entryCompact != 0 {
		e.Value = restype.Value{Type: uint8(flags >> 8), Data: restype.U32(b, 4)}
		return e, true, nil
	}
	if flags&entryComplex != 0 {
		e.Complex = true
		return e, true, nil
	}
	size := int64(restype.U16(b, 0))
	if size < 8 || size+restype.ValueSize > room {
		t.damaged("entry %d of %d bytes in its chunk at %d", number, size, c.off)
		return e, false, nil
	}
	value := b[min(int(size), len(b)):]
	if len(value) < restype.ValueSize { // a longer entry than any known version's
		value = buf[:restype.ValueSize]
		if err := t.read(value, c.off+at+size); err != nil {
			return e, false, err
		}
	}
	e.Value = restype.ReadValue(value)
	return e, true, nil
}

// offset is where an entry starts behind the chunk's entries start.
func (t *Table) offset(c *typeChunk, number uint16) (off uint32, ok bool, err error) {
	if c.flags&flagSparse != 0 {
		return t.sparseOffset(c, number)
	}
	if uint32(number) >= c.count {
		return 0, false, nil
	}
	var b [4]byte
	if c.flags&flagOffset16 != 0 {
		if ok, err := t.readIn(c, b[:2], int64(c.header)+2*int64(number)); !ok {
			return 0, false, err
		}
		n := restype.U16(b[:], 0)
		return uint32(n) * 4, n != 0xffff, nil
	}
	if ok, err := t.readIn(c, b[:], int64(c.header)+4*int64(number)); !ok {
		return 0, false, err
	}
	off = restype.U32(b[:], 0)
	return off, off != noEntry, nil
}

// sparseOffset searches the sorted pairs of number and offset.
func (t *Table) sparseOffset(c *typeChunk, number uint16) (uint32, bool, error) {
	low, high := int64(0), min(int64(c.count), (int64(c.size)-int64(c.header))/4)
	var b [4]byte
	for low < high {
		mid := (low + high) / 2
		if ok, err := t.readIn(c, b[:], int64(c.header)+4*mid); !ok {
			return 0, false, err
		}
		switch have := restype.U16(b[:], 0); {
		case have == number:
			return uint32(restype.U16(b[:], 2)) * 4, true, nil
		case have < number:
			low = mid + 1
		default:
			high = mid
		}
	}
	return 0, false, nil
}

// readIn reads from within a chunk; what would lie past it is not there.
func (t *Table) readIn(c *typeChunk, b []byte, at int64) (ok bool, err error) {
	if at+int64(len(b)) > int64(c.size) {
		t.damaged("offsets of the chunk at %d run past it", c.off)
		return false, nil
	}
	err = t.read(b, c.off+at)
	return err == nil, err
}

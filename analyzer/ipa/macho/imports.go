package macho

import (
	"bytes"
	"encoding/binary"
	"io"
	"maps"
	"slices"
)

// Limits of the search among imports. The largest apps import some 20,000 names.
const (
	maxImports   = 1 << 17
	symbolSize32 = 12
	symbolSize64 = 16
)

// Bits of a symbol's type (mach-o/nlist.h).
const (
	symbolStab     = 0xe0 // for the debugger
	symbolType     = 0x0e // 0: undefined
	symbolExternal = 0x01
)

// Names is a set of symbol names to look for. It may be shared.
type Names struct {
	set     map[string]bool
	longest int
}

// NewNames makes a set of names as the symbol table has them ("_stat").
func NewNames(names ...string) Names {
	n := Names{set: make(map[string]bool, len(names))}
	for _, name := range names {
		n.set[name] = true
		n.longest = max(n.longest, len(name))
	}
	return n
}

// Imports looks for names among what a slice imports, that is the undefined
// symbols of its symbol table, while the slice's bytes pass by: FairPlay leaves
// them readable. It keeps 4 bytes a symbol, at most 512 KiB.
type Imports struct {
	slice          *Slice
	wanted         Names
	symbols, names extent // the symbols, and the texts behind them
	at             int64  // of the next byte
	entry          []byte // of a symbol that is not whole yet
	offsets        []uint32
	sorted         bool
	text           []byte // names from base on, the last one perhaps not whole
	base           int64
	found          map[string]bool
	err            error
}

// Imports begins to look for names. The bytes of the slice are written to it, from
// the first on; Found reads those that were not.
func (s *Slice) Imports(wanted Names) *Imports {
	i := &Imports{slice: s, wanted: wanted, found: map[string]bool{}}
	if s.symtab == nil {
		return i
	}
	size := int64(symbolSize32)
	if s.wide {
		size = symbolSize64
	}
	i.symbols = extent{s.symtab.symbols, s.symtab.count * size}
	i.names = extent{s.symtab.names, s.symtab.namesSize}
	switch {
	case s.symtab.twice:
		i.fail("two symbol tables")
	case i.symbols.size == 0:
		i.names = extent{}
	case !s.src.holds(i.symbols.off, i.symbols.size), !s.src.holds(i.names.off, i.names.size):
		i.fail("symbol table beyond the end at %d", s.Size)
	case i.names.off < i.symbols.off+i.symbols.size:
		i.fail("names at %d before the end of the symbols", i.names.off)
	case i.names.size == 0:
		i.fail("%d symbols without names", s.symtab.count)
	}
	return i
}

// fail ends the search.
func (i *Imports) fail(format string, args ...any) {
	i.err = malformed(format, args...)
	i.symbols, i.names = extent{}, extent{}
	i.entry, i.offsets, i.text = nil, nil, nil
}

// Write takes the next bytes of the slice. It never fails.
func (i *Imports) Write(b []byte) (int, error) {
	start := i.at
	i.at += int64(len(b))
	i.addSymbols(i.symbols.cut(start, b))
	i.addNames(i.names.cut(start, b))
	return len(b), nil
}

// cut is the part of b, which stands at off, that lies in the extent.
func (e extent) cut(off int64, b []byte) []byte {
	from, to := max(e.off, off), min(e.off+e.size, off+int64(len(b)))
	if from >= to {
		return nil
	}
	return b[from-off : to-off]
}

// Found reads what did not pass by and returns the names that are imported, sorted.
// The error is ErrMalformed or that of the medium.
func (i *Imports) Found() ([]string, error) {
	end := i.names.off + i.names.size
	if i.names.size > 0 && i.at < end {
		i.at = max(i.at, i.symbols.off)
		src := io.NewSectionReader(i.slice.src.r, i.slice.src.off+i.at, end-i.at)
		if n, err := io.Copy(i, src); err != nil {
			return nil, err
		} else if n < src.Size() {
			return nil, io.ErrUnexpectedEOF
		}
	}
	if i.err != nil {
		return nil, i.err
	}
	i.compare(true)
	if len(i.offsets) > 0 {
		return nil, malformed("name at %d of %d", i.offsets[0], i.names.size)
	}
	return slices.Sorted(maps.Keys(i.found)), nil
}

// addSymbols notes where the names of undefined symbols stand.
func (i *Imports) addSymbols(b []byte) {
	size := symbolSize32
	if i.slice.wide {
		size = symbolSize64
	}
	for len(b) > 0 {
		entry := b
		if len(i.entry) > 0 || len(b) < size {
			k := min(size-len(i.entry), len(b))
			i.entry = append(i.entry, b[:k]...)
			if b = b[k:]; len(i.entry) < size {
				return
			}
			entry = i.entry
		} else {
			b = b[size:]
		}
		i.addSymbol(i.slice.order, entry)
		i.entry = i.entry[:0]
	}
}

func (i *Imports) addSymbol(order binary.ByteOrder, entry []byte) {
	kind, at := entry[4], order.Uint32(entry)
	if kind&symbolStab != 0 || kind&symbolType != 0 || kind&symbolExternal == 0 || i.err != nil {
		return
	}
	if len(i.offsets) == maxImports {
		i.fail("more than %d imports", maxImports)
		return
	}
	i.offsets = append(i.offsets, at)
}

// addNames compares the names that are whole and keeps the rest.
func (i *Imports) addNames(b []byte) {
	if len(b) == 0 {
		return
	}
	if !i.sorted {
		i.sorted = true
		slices.Sort(i.offsets)
		i.offsets = slices.Compact(i.offsets)
	}
	i.text = append(i.text, b...)
	i.compare(false)
	done := len(i.text)
	if len(i.offsets) > 0 {
		done = int(min(int64(done), int64(i.offsets[0])-i.base))
	}
	i.text = i.text[:copy(i.text, i.text[done:])]
	i.base += int64(done)
}

// compare takes the names in the order of the file, as far as they are whole; at
// the end of the table each is.
func (i *Imports) compare(last bool) {
	for len(i.offsets) > 0 {
		at := int64(i.offsets[0]) - i.base
		if at >= int64(len(i.text)) {
			return
		}
		name := i.text[at:]
		name = name[:min(len(name), i.wanted.longest+1)]
		end := bytes.IndexByte(name, 0)
		switch {
		case end >= 0:
			name = name[:end]
		case len(name) <= i.wanted.longest && !last:
			return
		}
		if i.wanted.set[string(name)] {
			i.found[string(name)] = true
		}
		i.offsets = i.offsets[1:]
	}
}

// symtab is LC_SYMTAB.
type symtab struct {
	symbols, count, names, namesSize int64
	twice                            bool
}

func (c *commandReader) symbolTable(b []byte) error {
	if len(b) < 24 {
		return malformed("symbol table command of %d bytes", len(b))
	}
	if c.slice.symtab != nil {
		c.slice.symtab.twice = true
		return nil
	}
	field := func(at int) int64 { return int64(c.order.Uint32(b[at:])) }
	c.slice.symtab = &symtab{symbols: field(8), count: field(12), names: field(16), namesSize: field(20)}
	return nil
}

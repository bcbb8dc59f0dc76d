// Package arsc answers questions about resources.arsc without decoding it: an
// index of where each type's values lie for each configuration is made once,
// and a value or a string is read when it is asked for (AOSP
// libs/androidfw/LoadedArsc.cpp is the authority on the layout).
//
// What it promises: memory is the index alone, bounded by Limits, whatever the
// table's size; no length read from the table is used before it is checked
// against the chunk it stands in; references are followed to a limited depth
// and never in a circle. A damaged tail loses what follows it and is said by
// Damage. A Table is for one goroutine.
package arsc

import (
	"errors"
	"fmt"
	"io"

	"heyan/analyzer/apk/restype"
)

// The classes of failure. An error of the reader itself is passed on.
var (
	ErrMalformed = errors.New("malformed resource table")
	ErrLimit     = errors.New("resource table limit exceeded")
)

// Limits bounds the work on one table. A zero field means its default.
type Limits struct {
	// Types is the number of type chunks in the index; 32,768.
	Types int
	// Reads is the number of reads over the table's life; 1,000,000.
	Reads int
	// Steps is the number of values looked at over the table's life; 3,000,000.
	Steps int
	// Text is the number of bytes of one string; 256 KiB.
	Text int
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&l.Types, 32_768)
	set(&l.Reads, 1_000_000)
	set(&l.Steps, 3_000_000)
	set(&l.Text, 256<<10)
	return l
}

// Table is an open resource table.
type Table struct {
	src      io.ReaderAt
	size     int64
	limit    Limits
	pool     pool
	packages int
	// types lists the type chunks by package id and type id (id >> 16).
	types  map[uint16][]typeChunk
	ntypes int
	damage string
	// entries keeps what was read of a resource, within maxKept.
	entries map[uint32][]Entry
	kept    int
	// locales has every locale's tag once.
	locales map[string]string
}

// maxKept is how many entries are kept, about 5 MiB.
const maxKept = 1 << 16

// pkg is one package chunk.
type pkg struct {
	id         uint8
	typeOffset uint8 // added to the ids of its type chunks
}

// typeChunk is the values of one type for one configuration.
type typeChunk struct {
	off     int64
	size    uint32
	count   uint32
	entries uint32 // where the values start
	header  uint16
	flags   uint8
	config  Config
}

// Sizes of the headers.
const (
	tableHeader   = 12
	packageHeader = 284 // typeIdOffset follows in later versions
	typeHeader    = 20  // the configuration follows
	configMin     = 4
)

// Open makes the index of the table in r.
func Open(r io.ReaderAt, size int64, limit Limits) (*Table, error) {
	t := &Table{src: r, size: size, limit: limit.withDefaults(), types: make(map[uint16][]typeChunk), entries: make(map[uint32][]Entry), locales: make(map[string]string)}
	var head [tableHeader]byte
	if size < tableHeader {
		return nil, fmt.Errorf("%w: %d bytes", ErrMalformed, size)
	}
	if err := t.read(head[:], 0); err != nil {
		return nil, err
	}
	c := restype.ReadChunk(head[:])
	if c.Type != restype.TypeTable {
		return nil, fmt.Errorf("%w: chunk type %#x", ErrMalformed, c.Type)
	}
	if int64(c.Size) > size || int64(c.HeaderSize) > size || c.HeaderSize < tableHeader {
		t.damage = fmt.Sprintf("table claims %d bytes of %d", c.Size, size)
	}
	end := min(size, int64(c.Size))
	if err := t.chunks(int64(c.HeaderSize), end, t.indexTop); err != nil {
		return nil, err
	}
	if t.packages == 0 {
		return nil, fmt.Errorf("%w: no package", ErrMalformed)
	}
	return t, nil
}

// Damage says what was wrong with the table, "" for a sound one.
func (t *Table) Damage() string { return t.damage }

func (t *Table) damaged(format string, args ...any) {
	if t.damage == "" {
		t.damage = fmt.Sprintf(format, args...)
	}
}

// intern gives equal tags one memory.
func (t *Table) intern(tag string) string {
	if known, ok := t.locales[tag]; ok {
		return known
	}
	t.locales[tag] = tag
	return tag
}

// spend counts n looked-at values against the budget.
func (t *Table) spend(n int) error {
	t.limit.Steps -= n
	if t.limit.Steps < 0 {
		return fmt.Errorf("%w: too many values", ErrLimit)
	}
	return nil
}

// read fills b from off, counting against the budget.
func (t *Table) read(b []byte, off int64) error {
	t.limit.Reads--
	if t.limit.Reads < 0 {
		return fmt.Errorf("%w: too many reads", ErrLimit)
	}
	if off < 0 || off > t.size-int64(len(b)) {
		return fmt.Errorf("%w: %d bytes at %d of %d", ErrMalformed, len(b), off, t.size)
	}
	n, err := t.src.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("resource table: %d bytes at %d: %w", len(b), off, err)
}

// chunks calls visit with the head of each chunk between from and end: its
// header or as much as a type chunk's header can have. A chunk that does not fit
// ends the walk as damage.
func (t *Table) chunks(from, end int64, visit func(c restype.Chunk, head []byte, at int64) error) error {
	var buf [typeHeader + configSize]byte
	for at := from; at < end; {
		if end-at < restype.ChunkSize {
			t.damaged("%d bytes are left at %d", end-at, at)
			return nil
		}
		head := buf[:min(end-at, int64(len(buf)))]
		if err := t.read(head, at); err != nil {
			return err
		}
		c := restype.ReadChunk(head)
		if c.HeaderSize < restype.ChunkSize || uint32(c.HeaderSize) > c.Size || int64(c.Size) > end-at {
			t.damaged("chunk type %#x with header %d and size %d at %d of %d", c.Type, c.HeaderSize, c.Size, at, end)
			return nil
		}
		if err := visit(c, head[:min(len(head), int(c.HeaderSize))], at); err != nil {
			return err
		}
		at += int64(c.Size)
	}
	return nil
}

// indexTop takes in a chunk of the table: the values' strings or a package.
func (t *Table) indexTop(c restype.Chunk, _ []byte, at int64) error {
	switch c.Type {
	case restype.TypeStringPool:
		if !t.pool.open {
			return t.openPool(&t.pool, at, int64(c.Size))
		}
	case restype.TypePackage:
		return t.indexPackage(c, at)
	}
	return nil
}

func (t *Table) indexPackage(c restype.Chunk, at int64) error {
	var head [packageHeader + 4]byte
	if c.HeaderSize < packageHeader {
		t.damaged("package header of %d bytes at %d", c.HeaderSize, at)
		return nil
	}
	b := head[:min(int(c.HeaderSize), len(head))]
	if err := t.read(b, at); err != nil {
		return err
	}
	if t.packages >= 256 {
		return fmt.Errorf("%w: more than 256 packages", ErrLimit)
	}
	p := pkg{id: uint8(restype.U32(b, 8))}
	if len(b) == len(head) {
		p.typeOffset = uint8(restype.U32(b, packageHeader))
	}
	t.packages++
	return t.chunks(at+int64(c.HeaderSize), at+int64(c.Size), func(c restype.Chunk, head []byte, at int64) error {
		if c.Type == restype.TypeType {
			return t.indexType(p, c, head, at)
		}
		return nil
	})
}

func (t *Table) indexType(p pkg, c restype.Chunk, b []byte, at int64) error {
	if len(b) < typeHeader+configMin {
		t.damaged("type header of %d bytes at %d", c.HeaderSize, at)
		return nil
	}
	t.ntypes++
	if t.ntypes > t.limit.Types {
		return fmt.Errorf("%w: more than %d type chunks", ErrLimit, t.limit.Types)
	}
	chunk := typeChunk{
		off:     at,
		size:    c.Size,
		header:  c.HeaderSize,
		flags:   b[9],
		count:   restype.U32(b, 12),
		entries: restype.U32(b, 16),
		config:  readConfig(b[typeHeader:]),
	}
	chunk.config.locale = t.intern(chunk.config.tag())
	if chunk.entries > chunk.size {
		t.damaged("values at %d of a type chunk of %d bytes at %d", chunk.entries, chunk.size, at)
		return nil
	}
	key := uint16(p.id)<<8 | uint16(b[8]+p.typeOffset)
	t.types[key] = append(t.types[key], chunk)
	return nil
}

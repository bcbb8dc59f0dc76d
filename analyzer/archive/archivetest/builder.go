// Package archivetest builds ZIP archives for tests: ordinary ones, and ones
// that lie in any field a header has. It writes what it is told and checks
// nothing, so that a test can say exactly what is wrong with its archive.
package archivetest

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// Compression methods.
const (
	Stored   uint16 = 0
	Deflated uint16 = 8
)

// Flags of an entry.
const (
	FlagEncrypted  uint16 = 1 << 0
	FlagDescriptor uint16 = 1 << 3
)

const max32 = 1<<32 - 1

// Header is one of an entry's two headers. Sizes and offset are written as 32
// bits unless Zip64 is set, which writes the marker and a ZIP64 extra field.
type Header struct {
	Name         string
	Method       uint16
	Flags        uint16
	CRC32        uint32
	Compressed   uint64
	Uncompressed uint64
	Extra        []byte
	Zip64        bool
	// Signature replaces the record's own where it is not 0.
	Signature uint32
}

// Entry is an entry before it is written. Change Local and Central to make
// them lie.
type Entry struct {
	Local   Header
	Central Header
	// Data is written behind the local header as it stands.
	Data []byte
	// Zeros is how many zero bytes follow Data, Descriptor what follows those.
	Zeros      uint64
	Descriptor []byte
	// Gap is written before the local header.
	Gap []byte
	// Offset replaces the offset in the central directory where it is not nil.
	Offset *uint64
	// NoLocal leaves local header and data out, NoCentral the directory's record.
	NoLocal   bool
	NoCentral bool
	// Comment is the entry's comment in the central directory.
	Comment []byte
	// Mode is the entry's Unix mode (0o120777 is a symbolic link); 0 writes none.
	Mode uint16
}

// End is the end of central directory record as it will be written.
type End struct {
	Disk      uint16
	Count     uint64
	Size      uint64
	Offset    uint64
	Comment   []byte
	CommentAs *uint16 // length to claim for the comment
	// Zip64 writes a ZIP64 record and locator with the values above and markers in
	// the ordinary record.
	Zip64 bool
}

// Builder gathers entries. The zero Builder is an empty archive.
type Builder struct {
	// Prefix stands before everything; offsets count from the file's start with
	// it, or without it if Unshifted.
	Prefix    []byte
	Unshifted bool
	// BeforeDirectory, AfterDirectory and Suffix stand where their names say, the
	// last behind the end record.
	BeforeDirectory []byte
	AfterDirectory  []byte
	Suffix          []byte
	Comment         []byte
	Zip64           bool
	// Lie changes the end record at last.
	Lie func(*End)

	entries []*Entry
}

// Store adds an uncompressed entry.
func (b *Builder) Store(name string, data []byte) *Entry {
	return b.add(name, Stored, data, data)
}

// Deflate adds a deflated entry.
func (b *Builder) Deflate(name string, data []byte) *Entry {
	return b.add(name, Deflated, deflate(data), data)
}

// Add adds an entry of any method whose data is already as it is to be written.
func (b *Builder) Add(name string, method uint16, compressed, content []byte) *Entry {
	return b.add(name, method, compressed, content)
}

func (b *Builder) add(name string, method uint16, compressed, content []byte) *Entry {
	h := Header{
		Name:         name,
		Method:       method,
		CRC32:        crc32.ChecksumIEEE(content),
		Compressed:   uint64(len(compressed)),
		Uncompressed: uint64(len(content)),
	}
	e := &Entry{Local: h, Central: h, Data: compressed}
	b.entries = append(b.entries, e)
	return e
}

// Both changes both headers of an entry.
func (e *Entry) Both(change func(*Header)) *Entry {
	change(&e.Local)
	change(&e.Central)
	return e
}

// Streamed makes the entry one written without knowing its size: a local header
// of zeros and a data descriptor with its signature.
func (e *Entry) Streamed() *Entry {
	e.Both(func(h *Header) { h.Flags |= FlagDescriptor })
	c := &e.Central
	e.Descriptor = le32(nil, 0x08074b50, c.CRC32, uint32(c.Compressed), uint32(c.Uncompressed))
	e.Local.CRC32, e.Local.Compressed, e.Local.Uncompressed = 0, 0, 0
	return e
}

// At makes the central directory claim an offset.
func (e *Entry) At(offset uint64) *Entry {
	e.Offset = &offset
	return e
}

// Bytes writes the archive.
func (b *Builder) Bytes() []byte {
	f := b.File()
	out := make([]byte, f.Size())
	if _, err := f.ReadAt(out, 0); err != nil && !errors.Is(err, io.EOF) {
		panic(err)
	}
	return out
}

// File writes the archive without writing out its runs of zeros (Entry.Zeros),
// so that it may be larger than memory.
func (b *Builder) File() *File {
	f := &File{}
	f.write(b.Prefix)
	base := uint64(0)
	if b.Unshifted {
		base = f.size
	}
	offsets := make([]uint64, len(b.entries))
	for i, e := range b.entries {
		f.write(e.Gap)
		offsets[i] = f.size - base
		if !e.NoLocal {
			f.write(e.Local.local(), e.Data)
			f.size += e.Zeros
			f.write(e.Descriptor)
		}
	}
	f.write(b.BeforeDirectory)
	end := End{Offset: f.size - base, Comment: b.Comment, Zip64: b.Zip64}
	for i, e := range b.entries {
		if e.NoCentral {
			continue
		}
		if e.Offset != nil {
			offsets[i] = *e.Offset
		}
		f.write(e.central(offsets[i]))
		end.Count++
	}
	end.Size = f.size - base - end.Offset
	f.write(b.AfterDirectory)
	if b.Lie != nil {
		b.Lie(&end)
	}
	f.write(end.bytes(f.size-base), b.Suffix)
	return f
}

func (h *Header) local() []byte {
	extra, compressed, uncompressed := h.Extra, uint32(h.Compressed), uint32(h.Uncompressed)
	if h.Zip64 {
		extra = append(zip64Extra(h.Uncompressed, h.Compressed), extra...)
		compressed, uncompressed = max32, max32
	}
	out := le32(nil, h.signature(0x04034b50))
	out = le16(out, 20, h.Flags, h.Method, 0, 0x21)
	out = le32(out, h.CRC32, compressed, uncompressed)
	out = le16(out, uint16(len(h.Name)), uint16(len(extra)))
	return append(append(out, h.Name...), extra...)
}

func (e *Entry) central(offset uint64) []byte {
	h := &e.Central
	extra, compressed, uncompressed, at := h.Extra, uint32(h.Compressed), uint32(h.Uncompressed), uint32(offset)
	if h.Zip64 {
		extra = append(zip64Extra(h.Uncompressed, h.Compressed, offset), extra...)
		compressed, uncompressed, at = max32, max32, max32
	}
	out := le32(nil, h.signature(0x02014b50))
	madeBy := uint16(20)
	if e.Mode != 0 {
		madeBy |= 3 << 8
	}
	out = le16(out, madeBy, 20, h.Flags, h.Method, 0, 0x21)
	out = le32(out, h.CRC32, compressed, uncompressed)
	out = le16(out, uint16(len(h.Name)), uint16(len(extra)), uint16(len(e.Comment)), 0, 0)
	out = le32(out, uint32(e.Mode)<<16, at)
	return append(append(append(out, h.Name...), extra...), e.Comment...)
}

func (h *Header) signature(own uint32) uint32 {
	if h.Signature != 0 {
		return h.Signature
	}
	return own
}

func (e *End) bytes(at uint64) []byte {
	var out []byte
	count, size, offset := uint16(e.Count), uint32(e.Size), uint32(e.Offset)
	if e.Zip64 {
		out = le32(out, 0x06064b50)
		out = le64(out, 44)
		out = le16(out, 45, 45)
		out = le32(out, 0, 0)
		out = le64(out, e.Count, e.Count, e.Size, e.Offset)
		out = le32(out, 0x07064b50, 0)
		out = le64(out, at)
		out = le32(out, 1)
		count, size, offset = 1<<16-1, max32, max32
	}
	comment := uint16(len(e.Comment))
	if e.CommentAs != nil {
		comment = *e.CommentAs
	}
	out = le32(out, 0x06054b50)
	out = le16(out, e.Disk, e.Disk, count, count)
	out = le32(out, size, offset)
	out = le16(out, comment)
	return append(out, e.Comment...)
}

func zip64Extra(values ...uint64) []byte {
	return le64(le16(nil, 1, uint16(8*len(values))), values...)
}

func deflate(data []byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = w.Write(data) // into memory
	w.Close()
	return out.Bytes()
}

func le16(out []byte, values ...uint16) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	return out
}

func le32(out []byte, values ...uint32) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

func le64(out []byte, values ...uint64) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint64(out, v)
	}
	return out
}

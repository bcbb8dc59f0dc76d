package apkzip

import (
	"bufio"
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	recordSignature = 0x02014b50
	recordSize      = 46
	flagDescriptor  = 0x08
)

// Entry is a record of the central directory.
type Entry struct {
	// Name is decoded from UTF-8 with replacement characters, as Java does it.
	Name             string
	CompressedSize   uint32
	UncompressedSize uint32
	HeaderOffset     uint32

	crc        uint32
	nameSize   uint16 // in bytes, before decoding
	descriptor bool
	compressed bool
}

// Size is the number of bytes of data the entry holds in the archive.
func (e *Entry) Size() int64 {
	if e.compressed {
		return int64(e.CompressedSize)
	}
	return int64(e.UncompressedSize)
}

// Each calls fn with every entry that is not a folder, in directory order, until
// it returns an error. (ZipUtils.parseZipCentralDirectory)
func (a *Archive) Each(fn func(Entry) error) error {
	section := io.NewSectionReader(a.r, a.DirectoryOffset, a.DirectorySize)
	in := bufio.NewReaderSize(section, 64<<10)
	left := a.DirectorySize
	for i := 1; i <= a.Count; i++ {
		entry, size, err := readEntry(in, left)
		if err != nil {
			return wrapRecord(err, i)
		}
		left -= size
		if strings.HasSuffix(entry.Name, "/") {
			continue
		}
		if err := fn(entry); err != nil {
			return err
		}
	}
	return nil
}

// readEntry reads one record of at most left bytes and says how long it is.
// (CentralDirectoryRecord.getRecord)
func readEntry(in *bufio.Reader, left int64) (Entry, int64, error) {
	if left < recordSize {
		return Entry{}, 0, format("record needs %d bytes, %d are left", recordSize, left)
	}
	var head [recordSize]byte
	if err := readFull(in, head[:]); err != nil {
		return Entry{}, 0, err
	}
	le := binary.LittleEndian
	if signature := le.Uint32(head[:]); signature != recordSignature {
		return Entry{}, 0, format("not a central directory record: 0x%08x", signature)
	}
	e := Entry{
		descriptor:       le.Uint16(head[8:])&flagDescriptor != 0,
		compressed:       le.Uint16(head[10:]) != 0,
		crc:              le.Uint32(head[16:]),
		CompressedSize:   le.Uint32(head[20:]),
		UncompressedSize: le.Uint32(head[24:]),
		nameSize:         le.Uint16(head[28:]),
		HeaderOffset:     le.Uint32(head[42:]),
	}
	extra := int64(le.Uint16(head[30:])) + int64(le.Uint16(head[32:]))
	size := recordSize + int64(e.nameSize) + extra
	if size > left {
		return Entry{}, 0, format("record needs %d bytes, %d are left", size, left)
	}
	name := make([]byte, e.nameSize)
	if err := readFull(in, name); err != nil {
		return Entry{}, 0, err
	}
	if _, err := in.Discard(int(extra)); err != nil {
		return Entry{}, 0, err
	}
	e.Name = Text(name)
	return e, size, nil
}

func readFull(in io.Reader, buf []byte) error {
	_, err := io.ReadFull(in, buf)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// Text decodes UTF-8 as java.lang.String does: each longest start of a sequence
// that can't go on becomes one replacement character.
func Text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var out strings.Builder
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size <= 1 {
			size = malformedSize(b)
		}
		out.WriteRune(r)
		b = b[size:]
	}
	return out.String()
}

// malformedSize is the number of bytes one replacement character stands for.
func malformedSize(b []byte) int {
	second := func(low, high byte) bool { return len(b) > 1 && b[1] >= low && b[1] <= high }
	third := len(b) > 2 && b[2]&0xc0 == 0x80
	switch lead := b[0]; {
	case lead == 0xe0 && second(0xa0, 0xbf), lead > 0xe0 && lead <= 0xef && second(0x80, 0xbf):
		if third { // a surrogate: Java takes it whole
			return 3
		}
		return 2
	case lead == 0xf0 && second(0x90, 0xbf), lead > 0xf0 && lead < 0xf4 && second(0x80, 0xbf), lead == 0xf4 && second(0x80, 0x8f):
		if third {
			return 3
		}
		return 2
	}
	return 1
}

package archive

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	// walkBuffer holds the longest record without its comment (46 + 2*65535 bytes).
	walkBuffer = 256 << 10
	// nameBlock is the unit names are gathered in.
	nameBlock = 256 << 10
)

// directory is the central directory as it was read.
type directory struct {
	entries []Entry
	end     int64 // offset behind the last record
	// cut: the end record counts more entries than could be read.
	cut bool
}

// walker reads the records one after the other.
type walker struct {
	src    *bufio.Reader
	medium *mediumReader
	end    *endRecord
	limits Limits
	found  *collector

	pos     int64
	entries []Entry
	block   strings.Builder
	names   int64
}

// readDirectory reads every record there is: those the end record counts, and
// those it does not count but which stand right behind them.
func readDirectory(r io.ReaderAt, end *endRecord, limits Limits, found *collector) (*directory, error) {
	room := end.limit - end.start
	medium := &mediumReader{src: r, off: end.start, end: end.limit}
	w := &walker{
		src:    bufio.NewReaderSize(medium, int(min(room+1, walkBuffer))),
		medium: medium,
		end:    end,
		limits: limits,
		found:  found,
		pos:    end.start,
	}
	expected := min(end.count, uint64(room/lenDirectory), uint64(limits.Entries))
	w.entries = make([]Entry, 0, expected)
	if err := w.run(); err != nil {
		return nil, err
	}
	w.compareCount()
	return &directory{entries: w.entries, end: w.pos, cut: uint64(len(w.entries)) < end.count}, nil
}

func (w *walker) run() error {
	for {
		counted := uint64(len(w.entries)) >= w.end.count
		if counted && w.pos >= w.end.declaredEnd() {
			return nil
		}
		more, err := w.record(counted)
		if err != nil {
			return fmt.Errorf("central directory at %d: %w", w.pos, err)
		}
		if !more {
			return nil
		}
	}
}

// record reads one record. It is false where there is none; that is a fault of
// the archive unless all that were counted have been read.
func (w *walker) record(counted bool) (bool, error) {
	head, err := w.src.Peek(lenDirectory)
	if err != nil || le.Uint32(head) != sigDirectory {
		if w.medium.err != nil {
			return false, w.medium.err
		}
		if !counted {
			w.found.add(CodeDirectoryCut, atOffset(w.pos), "no record here, %d of %d entries read; Android refuses the archive", len(w.entries), w.end.count)
		}
		return false, nil
	}
	nameLen := int(le.Uint16(head[28:]))
	extraLen := int(le.Uint16(head[30:]))
	commentLen := int(le.Uint16(head[32:]))
	whole, err := w.src.Peek(lenDirectory + nameLen + extraLen)
	if err != nil || w.pos+int64(len(whole)+commentLen) > w.end.limit {
		if w.medium.err != nil {
			return false, w.medium.err
		}
		w.found.add(CodeDirectoryCut, atOffset(w.pos), "record %d of %d runs past the directory's end; Android refuses the archive",
			len(w.entries)+1, w.end.count)
		return false, nil
	}
	if err := w.budget(len(whole)+commentLen, nameLen); err != nil {
		return false, err
	}
	w.grow()
	w.entries = append(w.entries, w.entry(whole, nameLen))
	w.pos += int64(len(whole) + commentLen)
	if _, err := w.src.Discard(len(whole) + commentLen); err != nil {
		return false, w.medium.err
	}
	return true, nil
}

// grow makes room for every entry there can still be. It happens at most once,
// where the end record counts too few: growing by degrees would hold the
// entries twice, again and again.
func (w *walker) grow() {
	if n := len(w.entries); n == cap(w.entries) {
		most := min(int64(w.limits.Entries), int64(n)+(w.end.limit-w.pos)/lenDirectory)
		w.entries = slices.Grow(w.entries, int(most)-n)
	}
}

func (w *walker) budget(recordLen, nameLen int) error {
	w.names += int64(nameLen)
	switch {
	case len(w.entries) >= w.limits.Entries:
		return fmt.Errorf("%w: more than %d entries", ErrTooLarge, w.limits.Entries)
	case w.names > w.limits.NameBytes:
		return fmt.Errorf("%w: more than %d bytes of names", ErrTooLarge, w.limits.NameBytes)
	case w.pos+int64(recordLen)-w.end.start > w.limits.DirectoryBytes:
		return fmt.Errorf("%w: directory of more than %d bytes", ErrTooLarge, w.limits.DirectoryBytes)
	}
	return nil
}

func (w *walker) entry(rec []byte, nameLen int) Entry {
	e := Entry{
		Name:             w.keep(rec[lenDirectory : lenDirectory+nameLen]),
		Index:            len(w.entries),
		Flags:            le.Uint16(rec[8:]),
		Method:           le.Uint16(rec[10:]),
		CRC32:            le.Uint32(rec[16:]),
		CompressedSize:   uint64(le.Uint32(rec[20:])),
		UncompressedSize: uint64(le.Uint32(rec[24:])),
		HeaderOffset:     uint64(le.Uint32(rec[42:])),
	}
	e.Dir = strings.HasSuffix(e.Name, "/")
	e.Symlink = symlink(rec[5], le.Uint32(rec[38:]))
	w.widen(&e, rec[lenDirectory+nameLen:])
	w.place(&e)
	w.checkName(&e)
	w.checkFields(&e)
	return e
}

// symlink tells a symbolic link by the system that made the entry (Unix or
// macOS, APPNOTE.TXT 4.4.2) and the mode in the high half of its attributes.
func symlink(system byte, attributes uint32) bool {
	const unix, darwin = 3, 19
	return (system == unix || system == darwin) && attributes>>28 == 0xa
}

// keep copies a name into the current block, so that names cost their bytes
// and no allocation each.
func (w *walker) keep(name []byte) string {
	if w.block.Cap()-w.block.Len() < len(name) {
		room := w.end.limit - w.pos
		w.block = strings.Builder{}
		w.block.Grow(max(len(name), int(min(room, nameBlock))))
	}
	start := w.block.Len()
	w.block.Write(name)
	return w.block.String()[start:]
}

func (w *walker) widen(e *Entry, extra []byte) {
	if e.CompressedSize != max32 && e.UncompressedSize != max32 && e.HeaderOffset != max32 {
		return
	}
	wide, ok := resolveZip64(extra, e.UncompressedSize, e.CompressedSize, e.HeaderOffset)
	if !ok {
		e.fault = faultZip64
		w.found.add(CodeZip64Extra, atName(e.Name), "a size or the offset is 2^32-1 and no zip64 field explains it")
		return
	}
	if wide.differs {
		w.found.add(CodeZip64Conflict, atName(e.Name), "the zip64 field repeats a 32-bit value and differs from it")
	}
	e.UncompressedSize, e.CompressedSize, e.HeaderOffset = wide.uncompressed, wide.compressed, wide.offset
}

// place checks the header offset and, as far as the directory alone tells, the
// room for the content.
func (w *walker) place(e *Entry) {
	if e.fault != faultNone {
		return
	}
	room := uint64(w.end.start)
	if e.HeaderOffset >= room || e.HeaderOffset+uint64(w.end.shift) >= room {
		e.fault = faultOffset
		w.found.add(CodeHeaderOffset, atName(e.Name), "local header at %d, the central directory is at %d",
			e.HeaderOffset, w.end.start)
		return
	}
	e.HeaderOffset += uint64(w.end.shift)
	room -= e.HeaderOffset
	if room < lenLocal || e.length() > room-lenLocal || (e.Method == Stored && e.CompressedSize > room-lenLocal) {
		e.fault = faultExtent
		w.found.add(CodeExtent, atName(e.Name), "%d bytes of content at a header at %d, the central directory is at %d",
			max(e.length(), e.CompressedSize), e.HeaderOffset, w.end.start)
	}
}

// maxRatio is the most bytes that deflate makes of one (258 bytes for 2 bits).
const maxRatio = 1032

func (w *walker) checkFields(e *Entry) {
	at := atName(e.Name)
	if e.Encrypted() {
		w.found.add(CodeEncryptedFlag, at, "encryption bit set")
	}
	switch {
	case e.Method == Deflated:
		if e.UncompressedSize/maxRatio > e.CompressedSize {
			w.found.add(CodeImpossibleSize, at, "%d bytes can't come from %d", e.UncompressedSize, e.CompressedSize)
		}
	case e.Method != Stored:
		w.found.add(CodeUnknownMethod, at, "compression method %d, sizes %d and %d; read as stored",
			e.Method, e.CompressedSize, e.UncompressedSize)
	case e.CompressedSize != e.UncompressedSize:
		w.found.add(CodeStoredSize, at, "stored in %d bytes, %d uncompressed", e.CompressedSize, e.UncompressedSize)
	}
	if e.Dir && e.UncompressedSize > 0 {
		w.found.add(CodeDirectoryContent, at, "a directory with %d bytes of content", e.UncompressedSize)
	}
}

// compareCount compares what was read with what the end record says.
func (w *walker) compareCount() {
	n := uint64(len(w.entries))
	at := atOffset(w.end.offset)
	switch {
	case w.end.hiddenRest:
		w.found.add(CodeEntryCount, at, "only the zip64 record counts %d entries, Android reads the first %d", n, max16)
	case n > w.end.count:
		w.found.add(CodeEntryCount, at, "%d entries, the end record counts %d and Android reads no more", n, w.end.count)
	}
	if n == 0 {
		w.found.add(CodeNoEntries, at, "the archive has no entries")
	}
	declared := uint64(w.end.start) + w.end.dirSize
	switch {
	case w.end.dirSize > uint64(w.end.limit-w.end.start):
		w.found.add(CodeDirectoryCut, atOffset(w.end.start), "declared with %d bytes, room for %d",
			w.end.dirSize, w.end.limit-w.end.start)
	case uint64(w.pos) > declared:
		w.found.add(CodeDirectoryCut, atOffset(w.end.start), "declared with %d bytes, its records take %d",
			w.end.dirSize, w.pos-w.end.start)
	case uint64(w.pos) < declared:
		w.found.add(CodeDirectoryRest, atOffset(w.pos), "%d bytes behind the last record", declared-uint64(w.pos))
	}
}

package archive

import (
	"encoding/binary"
	"fmt"
	"io"
)

const (
	sigLocal        = 0x04034b50
	sigDirectory    = 0x02014b50
	sigEnd          = 0x06054b50
	sigZip64End     = 0x06064b50
	sigZip64Locator = 0x07064b50
	sigDescriptor   = 0x08074b50

	lenLocal        = 30
	lenDirectory    = 46
	lenEnd          = 22
	lenZip64End     = 56
	lenZip64Locator = 20

	maxComment = 1<<16 - 1
	// maxCandidates bounds how many end records are looked into; a hostile comment
	// holds thousands of signatures.
	maxCandidates = 64
)

var le = binary.LittleEndian

// endRecord is an end of central directory record with what ZIP64 adds to it.
type endRecord struct {
	offset  int64 // of the record itself
	comment int   // declared length
	// tail: bytes between the comment's end and the file's, negative where the
	// comment is cut off.
	tail       int64
	disk       uint16
	count      uint64
	dirSize    uint64
	dirOffset  uint64
	zip64      bool
	zip64At    int64 // offset of the ZIP64 end record, where zip64
	conflict   string
	start      int64 // where the directory was found
	shift      int64 // what every offset must be raised by
	other      int64 // where a second directory was found, or -1
	limit      int64 // the directory ends here at the latest
	hiddenRest bool  // a count of 65535 that only ZIP64 readers raise
}

// declaredEnd is where the directory ends according to the end record.
func (e *endRecord) declaredEnd() int64 {
	if e.dirSize > uint64(e.limit-e.start) {
		return e.limit
	}
	return e.start + int64(e.dirSize)
}

// findEnd looks for the end record. Android takes the last signature in the
// file's last 64 KiB and wants its comment to end with the file; so does heyan
// if it can, then comes the last record that leads to a directory at all.
func findEnd(r io.ReaderAt, size int64, found *collector) (*endRecord, error) {
	if size <= 0 {
		return nil, ErrEmpty
	}
	window := make([]byte, min(size, lenEnd+maxComment))
	base := size - int64(len(window))
	if err := readAt(r, window, base); err != nil {
		return nil, err
	}
	s := endSearch{src: r, size: size, window: window, base: base}
	if err := s.run(); err != nil {
		return nil, err
	}
	if s.best == nil {
		return nil, s.failure()
	}
	s.report(found)
	return s.best, nil
}

type endSearch struct {
	src    io.ReaderAt
	size   int64
	window []byte
	base   int64

	looked int
	last   int64 // offset of the last signature
	best   *endRecord
	rivals []*endRecord
	why    string // why the last candidate leads nowhere
}

func (s *endSearch) run() error {
	s.last = -1
	for i := len(s.window) - lenEnd; i >= 0 && s.looked < maxCandidates; i-- {
		if s.window[i] != 'P' || le.Uint32(s.window[i:]) != sigEnd {
			continue
		}
		s.looked++
		end := parseEnd(s.window[i:], s.base+int64(i), s.size)
		if s.last < 0 {
			s.last = end.offset
		}
		ok, err := s.locate(end)
		if err != nil {
			return err
		}
		if ok {
			s.weigh(end)
		}
	}
	return nil
}

// weigh keeps the better of two records: the later, unless only the earlier
// ends with the file.
func (s *endSearch) weigh(end *endRecord) {
	switch {
	case s.best == nil:
		s.best = end
	case s.best.tail != 0 && end.tail == 0:
		s.rivals = append(s.rivals, s.best)
		s.best = end
	case end.tail == 0 || end.offset > s.best.start:
		s.rivals = append(s.rivals, end)
	}
}

func parseEnd(b []byte, offset, size int64) *endRecord {
	e := &endRecord{
		offset:    offset,
		disk:      max(le.Uint16(b[4:]), le.Uint16(b[6:])),
		count:     uint64(le.Uint16(b[10:])),
		dirSize:   uint64(le.Uint32(b[12:])),
		dirOffset: uint64(le.Uint32(b[16:])),
		comment:   int(le.Uint16(b[20:])),
		limit:     offset,
		other:     -1,
	}
	e.tail = size - offset - lenEnd - int64(e.comment)
	return e
}

// locate finds the directory an end record speaks of: where it says, or right
// before the record if something was put in front of the whole archive.
func (s *endSearch) locate(e *endRecord) (bool, error) {
	if ok, err := s.readZip64(e); err != nil || !ok {
		return false, err
	}
	if e.count == 0 && e.dirSize == 0 {
		e.start = e.limit
		return true, nil
	}
	stated, err := s.directoryAt(e.dirOffset, e.limit)
	if err != nil {
		return false, err
	}
	before := uint64(0)
	adjacent := false
	if e.dirSize <= uint64(e.limit) {
		before = uint64(e.limit) - e.dirSize
		if adjacent, err = s.directoryAt(before, e.limit); err != nil {
			return false, err
		}
	}
	switch {
	case !stated && e.tail != 0:
		// Neither its place nor its offset is right: the record of an archive inside
		// an entry, left behind when this file was cut.
		s.why = fmt.Sprintf("the end record at %d neither ends the file nor names a central directory", e.offset)
		return false, nil
	case stated:
		e.start = int64(e.dirOffset)
		if adjacent && before != e.dirOffset {
			e.other = int64(before)
		}
	case adjacent && before > e.dirOffset:
		e.start = int64(before)
		e.shift = int64(before - e.dirOffset)
	default:
		s.why = fmt.Sprintf("the end record at %d names no central directory (offset %d, size %d)",
			e.offset, e.dirOffset, e.dirSize)
		return false, nil
	}
	return true, nil
}

func (s *endSearch) directoryAt(offset uint64, limit int64) (bool, error) {
	if limit < lenDirectory || offset > uint64(limit-lenDirectory) {
		return false, nil
	}
	var b [4]byte
	if err := readAt(s.src, b[:], int64(offset)); err != nil {
		return false, err
	}
	return le.Uint32(b[:]) == sigDirectory, nil
}

func (s *endSearch) failure() error {
	if s.why != "" {
		return fmt.Errorf("%w: %s", ErrMalformed, s.why)
	}
	var b [4]byte
	if s.size >= lenEnd {
		if err := readAt(s.src, b[:], 0); err != nil {
			return err
		}
	} else {
		copy(b[:], s.window)
	}
	if sig := le.Uint32(b[:]); sig == sigLocal || sig == sigDirectory || sig == sigEnd {
		return fmt.Errorf("%w: no end of central directory in the last %d bytes", ErrTruncated, len(s.window))
	}
	return fmt.Errorf("%w: no end of central directory in the last %d bytes", ErrNotZIP, len(s.window))
}

func (s *endSearch) report(found *collector) {
	e := s.best
	at := atOffset(e.offset)
	for _, rival := range s.rivals {
		found.add(CodeSeveralEnds, atOffset(rival.offset),
			"another end record names a directory at %d; the one used is at %d", rival.start, e.offset)
	}
	if len(s.rivals) == 0 && s.last != e.offset {
		found.add(CodeSeveralEnds, atOffset(s.last),
			"the last end record names no directory; Android looks at this one alone and refuses the archive")
	}
	if s.looked == maxCandidates {
		found.add(CodeSeveralEnds, at, "only the last %d end records were looked into", maxCandidates)
	}
	if e.tail > 0 {
		found.add(CodeTrailing, atOffset(s.size-e.tail), "%d bytes follow the end record", e.tail)
	}
	if e.tail < 0 {
		found.add(CodeComment, at, "the comment of %d bytes is cut off after %d", e.comment, int64(e.comment)+e.tail)
	}
	if e.disk != 0 {
		found.add(CodeMultiDisk, at, "the end record speaks of disk %d", e.disk)
	}
	if e.conflict != "" {
		found.add(CodeZip64Conflict, at, "%s", e.conflict)
	}
	if e.shift != 0 {
		found.add(CodeShifted, atOffset(e.start), "every offset is %d too low", e.shift)
	}
	if e.other >= 0 {
		found.add(CodeSeveralDirectories, atOffset(e.other),
			"a directory stands before the end record, the one it names is at %d", e.start)
	}
}

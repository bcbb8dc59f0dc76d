package archive

import "fmt"

const (
	max16 = 1<<16 - 1
	max32 = 1<<32 - 1

	extraZip64 = 0x0001
)

// readZip64 adds the ZIP64 end record to e. As in libziparchive it counts only
// where the 32-bit size or offset says so, and then for every field. It is
// false where e can't be used without a ZIP64 record and there is none.
func (s *endSearch) readZip64(e *endRecord) (bool, error) {
	needed := e.dirSize == max32 || e.dirOffset == max32
	rec, at, err := s.zip64Record(e.offset)
	if err != nil {
		return false, err
	}
	if rec == nil {
		if needed {
			s.why = fmt.Sprintf("the end record at %d needs a zip64 record and there is none", e.offset)
		}
		return !needed, nil
	}
	count, size, offset := le.Uint64(rec[32:]), le.Uint64(rec[40:]), le.Uint64(rec[48:])
	e.conflict = conflict(e, count, size, offset)
	if needed {
		e.count, e.dirSize, e.dirOffset = count, size, offset
	} else if e.count == max16 && count != e.count {
		e.count, e.hiddenRest = count, true
	}
	e.zip64, e.zip64At = true, at
	if needed || at == e.offset-lenZip64Locator-lenZip64End {
		e.limit = at
	}
	return true, nil
}

// conflict says which 32-bit fields are not the marker and not the value.
func conflict(e *endRecord, count, size, offset uint64) string {
	for _, f := range []struct {
		name         string
		short, whole uint64
		marker       uint64
	}{
		{"entry count", e.count, count, max16},
		{"directory size", e.dirSize, size, max32},
		{"directory offset", e.dirOffset, offset, max32},
	} {
		if f.short != f.marker && f.short != f.whole {
			return fmt.Sprintf("%s is %d, in the zip64 record %d", f.name, f.short, f.whole)
		}
	}
	return ""
}

// zip64Record reads the ZIP64 end record that the locator before an end record
// points to; where it points elsewhere, as after data was put in front of the
// archive, the record right before the locator is taken.
func (s *endSearch) zip64Record(end int64) ([]byte, int64, error) {
	locatorAt := end - lenZip64Locator
	if locatorAt < lenZip64End {
		return nil, 0, nil
	}
	var locator [lenZip64Locator]byte
	if err := readAt(s.src, locator[:], locatorAt); err != nil {
		return nil, 0, err
	}
	if le.Uint32(locator[:]) != sigZip64Locator {
		return nil, 0, nil
	}
	stated := le.Uint64(locator[8:])
	places := []int64{locatorAt - lenZip64End}
	if stated <= uint64(locatorAt-lenZip64End) {
		places = []int64{int64(stated), locatorAt - lenZip64End}
	}
	rec := make([]byte, lenZip64End)
	for _, at := range places {
		if err := readAt(s.src, rec, at); err != nil {
			return nil, 0, err
		}
		if le.Uint32(rec) == sigZip64End {
			return rec, at, nil
		}
	}
	return nil, 0, nil
}

// zip64Extra is what a header's ZIP64 extra field says.
type zip64Extra struct {
	uncompressed, compressed, offset uint64
	// differs: a 32-bit field is not the marker and not the value either; strict
	// readers take the 32-bit one there.
	differs bool
}

// resolveZip64 reads the extra field for the sizes and offset that are 2^32-1.
// A field of 24 bytes (or 28) holds all three whichever are marked, as in
// libziparchive's ParseZip64ExtendedInfoInExtraField.
func resolveZip64(extra []byte, uncompressed, compressed, offset uint64) (zip64Extra, bool) {
	out := zip64Extra{uncompressed: uncompressed, compressed: compressed, offset: offset}
	data, ok := extraField(extra, extraZip64)
	if !ok {
		return out, false
	}
	if len(data) == 28 {
		data = data[:24]
	}
	all := len(data) == 24
	for _, f := range []*uint64{&out.uncompressed, &out.compressed, &out.offset} {
		marked := *f == max32
		if !marked && !all {
			continue
		}
		if len(data) < 8 {
			return out, false
		}
		value := le.Uint64(data)
		if !marked && value != *f {
			out.differs = true
		}
		*f, data = value, data[8:]
	}
	return out, len(data) == 0
}

// extraField finds the first extra field with an id.
func extraField(extra []byte, id uint16) ([]byte, bool) {
	for len(extra) >= 4 {
		length := int(le.Uint16(extra[2:]))
		if length > len(extra)-4 {
			return nil, false
		}
		if le.Uint16(extra) == id {
			return extra[4 : 4+length], true
		}
		extra = extra[4+length:]
	}
	return nil, false
}

package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"heyan/analyzer/facts"
)

// sniffLength is how much of a file that can't be opened is searched for the
// marks of a package.
const sniffLength = 64 << 10

// Identify opens a file and says what it is. The Archive is nil where the file
// can't be read as a ZIP; the Detection then says why. The error is ErrRead: the
// medium failed and nothing can be said.
func Identify(r io.ReaderAt, size int64, limits Limits) (*Archive, Detection, error) {
	a, err := Open(r, size, limits)
	switch {
	case err == nil:
		d, err := Detect(a)
		if err != nil {
			return nil, Detection{}, err
		}
		return a, d, nil
	case errors.Is(err, ErrRead):
		return nil, Detection{}, err
	case errors.Is(err, ErrEmpty):
		return nil, Detection{Format: facts.FormatEmpty, Detail: "the file has 0 bytes"}, nil
	}
	head := make([]byte, min(size, sniffLength))
	if err := readAt(r, head, 0); err != nil {
		return nil, Detection{}, err
	}
	return nil, unreadable(head, err), nil
}

// unreadable tells a broken package from something else altogether.
func unreadable(head []byte, err error) Detection {
	kind := Magic(head)
	broken := Detection{Format: facts.FormatBroken, Detail: err.Error()}
	switch {
	case errors.Is(err, ErrTooLarge):
		broken.Anomalies = []facts.Anomaly{{Code: string(CodeLimit), Detail: err.Error()}}
		return broken
	case errors.Is(err, ErrNotZIP) && kind != magicZIP && !marked(head):
		return Detection{Format: facts.FormatUnknown, Detail: unknownDetail(head, kind)}
	}
	switch {
	case bytes.Contains(head, []byte(manifestName)):
		broken.Detail += "; it has the marks of an APK"
	case bytes.Contains(head, []byte("Payload/")):
		broken.Detail += "; it has the marks of an IPA"
	}
	if kind != magicZIP && kind != "" {
		broken.Detail += "; the file begins as " + kind
	}
	return broken
}

// marked reports whether data that does not begin as a ZIP holds a local header
// all the same.
func marked(head []byte) bool {
	return bytes.Contains(head, []byte("PK\x03\x04")) &&
		(bytes.Contains(head, []byte(manifestName)) || bytes.Contains(head, []byte("Payload/")))
}

func unknownDetail(head []byte, kind string) string {
	if kind != "" {
		return kind
	}
	return fmt.Sprintf("nothing known, begins with %x", head[:min(len(head), 8)])
}

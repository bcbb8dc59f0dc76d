package archive

import (
	"errors"
	"fmt"
	"io"
)

// The classes of failure. Every error of this package wraps exactly one of
// them and says what was read and where. ErrRead alone is about the medium; all
// others are about the bytes.
var (
	// ErrEmpty: the input has no bytes at all.
	ErrEmpty = errors.New("empty file")
	// ErrNotZIP: there is no sign of a ZIP archive.
	ErrNotZIP = errors.New("not a zip archive")
	// ErrTruncated: it begins like a ZIP archive and its end is missing.
	ErrTruncated = errors.New("truncated zip archive")
	// ErrMalformed: a structure of the archive contradicts itself or the file.
	ErrMalformed = errors.New("malformed zip archive")
	// ErrTooLarge: a limit was reached.
	ErrTooLarge = errors.New("archive limit exceeded")
	// ErrContent: an entry's content is not what its header promises; the error is
	// a *ContentError.
	ErrContent = errors.New("entry content differs from its header")
	// ErrNoSection: the entry is compressed, so no part of the file is its content.
	ErrNoSection = errors.New("entry is compressed")
	// ErrRead: the underlying reader failed.
	ErrRead = errors.New("read failed")
)

// ContentError is a mismatch found while an entry was read. Every byte up to
// it was delivered, so the caller decides whether the content may be used.
type ContentError struct {
	Name string
	// Code is the anomaly that this mismatch is.
	Code Code
	// Detail says what was expected and what was found.
	Detail string
}

func (e *ContentError) Error() string {
	return fmt.Sprintf("entry %q: %s", e.Name, e.Detail)
}

// Is makes errors.Is(err, ErrContent) hold.
func (e *ContentError) Is(target error) bool { return target == ErrContent }

// readAt fills buf from off. A source that ends early is shorter than it was
// said to be, which is a fault of the medium.
func readAt(r io.ReaderAt, buf []byte, off int64) error {
	n, err := r.ReadAt(buf, off)
	if n == len(buf) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%w: %d bytes at %d: %w", ErrRead, len(buf), off, err)
}

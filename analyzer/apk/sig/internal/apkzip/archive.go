// Package apkzip reads a ZIP archive the way apksig does when it verifies an
// APK: by the central directory, with its checks and without any others (CRC-32
// is not looked at, any compression method but 0 means deflate).
//
// It promises: no more than a window of the central directory is held, no size
// in the archive is trusted before it is compared with what is there, entries
// are streamed. An error that wraps ErrFormat says that apksig refuses the
// archive (ZipFormatException, ApkFormatException); one that wraps ErrBudget
// that reading on would cost too much; any other is the reader's own (I/O).
package apkzip

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrFormat is an archive that apksig refuses to read.
var ErrFormat = errors.New("malformed ZIP")

// ErrBudget is an archive that would cost too much to read.
var ErrBudget = errors.New("ZIP entry too large")

const (
	eocdSize      = 22
	eocdSignature = 0x06054b50
	maxComment    = 0xffff
)

// Archive is the place of a ZIP's parts in a file (ZipSections).
type Archive struct {
	r    io.ReaderAt
	size int64

	DirectoryOffset int64
	DirectorySize   int64
	// Count is the number of entries the end record states.
	Count      int
	EOCDOffset int64
	// EOCD is the End of Central Directory record with its comment.
	EOCD []byte
}

// Open finds the End of Central Directory record and checks the places it
// states. (ApkUtilsLite.findZipSections)
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	a := &Archive{r: r, size: size}
	if err := a.findEOCD(); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	a.Count = int(le.Uint16(a.EOCD[10:]))
	a.DirectorySize = int64(le.Uint32(a.EOCD[12:]))
	a.DirectoryOffset = int64(le.Uint32(a.EOCD[16:]))
	if a.DirectoryOffset > a.EOCDOffset {
		return nil, format("central directory at %d starts after its end record at %d", a.DirectoryOffset, a.EOCDOffset)
	}
	if end := a.DirectoryOffset + a.DirectorySize; end > a.EOCDOffset {
		return nil, format("central directory ends at %d, after its end record at %d", end, a.EOCDOffset)
	}
	return a, nil
}

// findEOCD looks from the end of the file for a record whose comment fills the
// file exactly: first without a comment, then with the shortest that fits.
func (a *Archive) findEOCD() error {
	window := int64(eocdSize)
	for range 2 {
		if window > a.size {
			window = a.size
		}
		if window < eocdSize {
			break
		}
		buf := make([]byte, window)
		if err := a.ReadAt(buf, a.size-window); err != nil {
			return err
		}
		for pos := len(buf) - eocdSize; pos >= 0; pos-- {
			if binary.LittleEndian.Uint32(buf[pos:]) != eocdSignature {
				continue
			}
			if int(binary.LittleEndian.Uint16(buf[pos+20:])) == len(buf)-eocdSize-pos {
				a.EOCD, a.EOCDOffset = buf[pos:], a.size-int64(len(buf)-pos)
				return nil
			}
		}
		window = eocdSize + maxComment
	}
	return format("no end of central directory record")
}

// ReadAt fills buf from offset on.
func (a *Archive) ReadAt(buf []byte, offset int64) error {
	n, err := a.r.ReadAt(buf, offset)
	if n == len(buf) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read %d bytes at %d: %w", len(buf), offset, err)
}

func format(text string, args ...any) error {
	return fmt.Errorf("%w: "+text, append([]any{ErrFormat}, args...)...)
}

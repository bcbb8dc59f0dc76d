// Package cgbi reads the PNG images of IPAs: ordinary ones, and those that
// Xcode's pngcrush rewrote into Apple's own form (a leading CgBI chunk, pixels
// as premultiplied BGRA, a deflate stream without its zlib wrapping), which
// image/png refuses.
//
// It promises: no pixel is allocated before width times height is checked
// against the caller's limit, no more is inflated than the pixels need, and
// equal bytes give equal images.
package cgbi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
)

// The classes of failure.
var (
	// ErrNotPNG: the file begins like no PNG image.
	ErrNotPNG = errors.New("not a PNG image")
	// ErrMalformed: the image contradicts itself or is cut short.
	ErrMalformed = errors.New("malformed PNG image")
	// ErrTooLarge: it has more pixels than the caller allows.
	ErrTooLarge = errors.New("image too large")
)

// Info is what an image says of itself.
type Info struct {
	Width, Height int
	// Crushed: it is in Apple's form.
	Crushed bool
}

// maxChunks bounds the chunks looked at; real icons have under twenty.
const maxChunks = 1 << 16

const signature = "\x89PNG\r\n\x1a\n"

// Read reads the size and the form; data may end anywhere behind the header.
func Read(data []byte) (Info, error) {
	h, err := readHeader(data)
	return h.Info, err
}

// Decode decodes an image of either form with at most maxPixels pixels.
func Decode(data []byte, maxPixels int) (image.Image, error) {
	h, err := readHeader(data)
	if err != nil {
		return nil, err
	}
	if int64(h.Width)*int64(h.Height) > int64(maxPixels) {
		return nil, fmt.Errorf("%w: %d by %d pixels", ErrTooLarge, h.Width, h.Height)
	}
	if h.Crushed {
		return decode(h)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return img, nil
}

// header is the start of an image.
type header struct {
	Info
	opaque     bool   // the fourth channel means nothing (kCGImageAlphaNoneSkip…)
	depth      byte   // bits a sample
	colour     byte   // PNG colour type
	interlaced bool   // Adam7
	rest       []byte // the chunks behind IHDR
}

func readHeader(data []byte) (header, error) {
	var h header
	if !bytes.HasPrefix(data, []byte(signature)) {
		return h, ErrNotPNG
	}
	kind, body, rest, err := chunk(data[len(signature):])
	if err == nil && kind == "CgBI" {
		h.Crushed = true
		// CGBitmapInfo, big-endian: its low bits are the CGImageAlphaInfo.
		h.opaque = len(body) >= 4 && noAlpha(body[3]&0x1f)
		kind, body, rest, err = chunk(rest)
	}
	if err != nil {
		return header{}, err
	}
	if kind != "IHDR" || len(body) != 13 {
		return header{}, malformed("begins with a chunk %q of %d bytes", kind, len(body))
	}
	width, height := binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
	if width == 0 || height == 0 || width > 1<<31-1 || height > 1<<31-1 {
		return header{}, malformed("%d by %d pixels", width, height)
	}
	h.Width, h.Height = int(width), int(height)
	h.depth, h.colour, h.interlaced, h.rest = body[8], body[9], body[12] == 1, rest
	if body[10] != 0 || body[11] != 0 || body[12] > 1 {
		return header{}, malformed("unknown compression, filter or interlace method")
	}
	return h, nil
}

// noAlpha: kCGImageAlphaNone, …NoneSkipLast, …NoneSkipFirst.
func noAlpha(info byte) bool { return info == 0 || info == 5 || info == 6 }

// chunk takes the first chunk off data. Its checksum is not looked at, as
// Apple's reader does not look at it.
func chunk(data []byte) (kind string, body, rest []byte, err error) {
	if len(data) < 8 {
		return "", nil, nil, malformed("ends before its last chunk")
	}
	size := int64(binary.BigEndian.Uint32(data))
	kind, data = string(data[4:8]), data[8:]
	if size+4 > int64(len(data)) {
		return "", nil, nil, malformed("chunk %q of %d bytes is cut short", kind, size)
	}
	return kind, data[:size], data[size+4:], nil
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}

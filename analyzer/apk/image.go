package apk

import (
	"bytes"
	"encoding/binary"
)

// picture is what the head of an image file says.
type picture struct {
	kind          string
	width, height int
}

// Kinds of facts.Icon.
const (
	kindPNG      = "png"
	kindWebP     = "webp"
	kindJPEG     = "jpeg"
	kindAdaptive = "adaptive"
	kindVector   = "vector"
	kindXML      = "xml"
	kindUnknown  = "unknown"
)

// sniff tells an image by its first bytes and reads its size in pixels without
// decoding it. A size it can't find is 0.
func sniff(b []byte) picture {
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return pngSize(b)
	case len(b) >= 16 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return webpSize(b)
	case bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff}):
		return jpegSize(b)
	case len(b) >= 4 && b[0] == 3 && b[1] == 0 && b[2] == 8 && b[3] == 0:
		return picture{kind: kindXML}
	}
	return picture{kind: kindUnknown}
}

// pngSize reads the IHDR chunk, which need not be the first in the PNGs that
// Apple's tools write.
func pngSize(b []byte) picture {
	p := picture{kind: kindPNG}
	for at := 8; at+16 <= len(b); {
		size := int64(binary.BigEndian.Uint32(b[at:]))
		if string(b[at+4:at+8]) == "IHDR" {
			p.width, p.height = pixels(binary.BigEndian.Uint32(b[at+8:])), pixels(binary.BigEndian.Uint32(b[at+12:]))
			return p
		}
		if size > int64(len(b)) {
			return p
		}
		at += 12 + int(size)
	}
	return p
}

// webpSize reads the first chunk: VP8 (lossy), VP8L (lossless) or VP8X (extended).
func webpSize(b []byte) picture {
	p := picture{kind: kindWebP}
	if len(b) < 30 {
		return p
	}
	switch string(b[12:16]) {
	case "VP8 ":
		p.width = int(binary.LittleEndian.Uint16(b[26:])) & 0x3fff
		p.height = int(binary.LittleEndian.Uint16(b[28:])) & 0x3fff
	case "VP8L":
		bits := binary.LittleEndian.Uint32(b[21:])
		p.width, p.height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
	case "VP8X":
		p.width = (int(b[24]) | int(b[25])<<8 | int(b[26])<<16) + 1
		p.height = (int(b[27]) | int(b[28])<<8 | int(b[29])<<16) + 1
	}
	return p
}

// jpegSize walks the segments to the frame header.
func jpegSize(b []byte) picture {
	p := picture{kind: kindJPEG}
	for at := 2; at+9 <= len(b); {
		if b[at] != 0xff {
			return p
		}
		marker := b[at+1]
		switch {
		case marker == 0xff: // filler
			at++
			continue
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			p.height, p.width = int(binary.BigEndian.Uint16(b[at+5:])), int(binary.BigEndian.Uint16(b[at+7:]))
			return p
		case marker == 0xd9 || marker == 0xda:
			return p
		}
		at += 2 + int(binary.BigEndian.Uint16(b[at+2:]))
	}
	return p
}

// pixels is a size in pixels, 0 where it is not a sane one.
func pixels(n uint32) int {
	if n > 1<<20 {
		return 0
	}
	return int(n)
}

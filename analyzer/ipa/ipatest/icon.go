package ipatest

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
)

// Icon is a square PNG image, ordinary or in the form Xcode's pngcrush gives it.
func Icon(size int, crushed bool) []byte {
	if crushed {
		return crush(size)
	}
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for i := range size * size {
		img.SetNRGBA(i%size, i/size, shade(i%size, i/size, size))
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func shade(x, y, size int) color.NRGBA {
	return color.NRGBA{R: uint8(255 * x / size), G: uint8(255 * y / size), B: 0x80, A: 0xff}
}

// crush writes unfiltered rows of BGRA as a bare deflate stream behind a CgBI chunk.
func crush(size int) []byte {
	var pixels bytes.Buffer
	w, err := flate.NewWriter(&pixels, flate.BestCompression)
	if err != nil {
		panic(err)
	}
	for y := range size {
		row := []byte{0}
		for x := range size {
			c := shade(x, y, size)
			row = append(row, c.B, c.G, c.R, c.A)
		}
		w.Write(row)
	}
	w.Close()
	header := binary.BigEndian.AppendUint32(nil, uint32(size))
	header = append(binary.BigEndian.AppendUint32(header, uint32(size)), 8, 6, 0, 0, 0)
	return bytes.Join([][]byte{
		[]byte("\x89PNG\r\n\x1a\n"), chunk("CgBI", []byte{0x50, 0, 0x20, 2}), chunk("IHDR", header),
		chunk("IDAT", pixels.Bytes()), chunk("IEND", nil),
	}, nil)
}

func chunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

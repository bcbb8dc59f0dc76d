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
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for i := range size * size {
		x, y := i%size, i/size
		img.SetNRGBA(x, y, color.NRGBA{R: uint8(255 * x / size), G: uint8(255 * y / size), B: 0x80, A: 0xff})
	}
	if crushed {
		return Crush(img)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// Crush writes an image in Apple's form: unfiltered rows of premultiplied BGRA
// as a bare deflate stream behind a CgBI chunk.
func Crush(img image.Image) []byte {
	var pixels bytes.Buffer
	w, err := flate.NewWriter(&pixels, flate.BestCompression)
	if err != nil {
		panic(err)
	}
	at := img.Bounds()
	for y := at.Min.Y; y < at.Max.Y; y++ {
		row := []byte{0}
		for x := at.Min.X; x < at.Max.X; x++ {
			r, g, b, a := img.At(x, y).RGBA()
			row = append(row, uint8(b>>8), uint8(g>>8), uint8(r>>8), uint8(a>>8))
		}
		if _, err := w.Write(row); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	header := binary.BigEndian.AppendUint32(nil, uint32(at.Dx()))
	header = append(binary.BigEndian.AppendUint32(header, uint32(at.Dy())), 8, 6, 0, 0, 0)
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

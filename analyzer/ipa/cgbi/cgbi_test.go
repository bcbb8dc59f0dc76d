package cgbi_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"heyan/analyzer/ipa/cgbi"
)

const magic = "\x89PNG\r\n\x1a\n"

func chunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func header(width, height uint32, depth, colour, interlace byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, width)
	out = binary.BigEndian.AppendUint32(out, height)
	return append(out, depth, colour, 0, 0, interlace)
}

// crushed is how an image is written in Apple's form.
type crushed struct {
	flags     byte // the last byte of CGBitmapInfo
	filter    byte
	colour    byte
	interlace bool
	pieces    int // IDAT chunks
}

// encode writes a premultiplied image as Apple's pngcrush does.
func (c crushed) encode(img *image.RGBA) []byte {
	size := img.Bounds().Size()
	channels := 4
	if c.colour == 2 {
		channels = 3
	}
	passes := [][4]int{{0, 0, 1, 1}}
	interlace := byte(0)
	if c.interlace {
		passes = [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}
		interlace = 1
	}
	var rows []byte
	for _, p := range passes {
		rows = append(rows, c.pass(img, p, channels)...)
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		panic(err)
	}
	if _, err := w.Write(rows); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	out := append([]byte(magic), chunk("CgBI", []byte{0x50, 0, 0x20, c.flags})...)
	out = append(out, chunk("IHDR", header(uint32(size.X), uint32(size.Y), 8, c.colour, interlace))...)
	data := packed.Bytes()
	for i := range c.pieces {
		out = append(out, chunk("IDAT", data[len(data)*i/c.pieces:len(data)*(i+1)/c.pieces])...)
	}
	return append(out, chunk("IEND", nil)...)
}

func (c crushed) pass(img *image.RGBA, p [4]int, channels int) []byte {
	var out []byte
	var above []byte
	for y := p[1]; y < img.Bounds().Dy(); y += p[3] {
		var line []byte
		for x := p[0]; x < img.Bounds().Dx(); x += p[2] {
			at := img.RGBAAt(x, y)
			line = append(line, []byte{at.B, at.G, at.R, at.A}[:channels]...)
		}
		if len(line) == 0 {
			continue
		}
		if above == nil {
			above = make([]byte, len(line))
		}
		out = append(out, c.filter)
		for i, v := range line {
			var left, corner byte
			if i >= channels {
				left, corner = line[i-channels], above[i-channels]
			}
			out = append(out, v-predict(c.filter, left, above[i], corner))
		}
		above = line
	}
	return out
}

// predict is the filters as the PNG specification writes them.
func predict(filter, left, above, corner byte) byte {
	abs := func(n int) int { return max(n, -n) }
	switch filter {
	case 1:
		return left
	case 2:
		return above
	case 3:
		return byte((int(left) + int(above)) >> 1)
	case 4:
		p := int(left) + int(above) - int(corner)
		pa, pb, pc := abs(p-int(left)), abs(p-int(above)), abs(p-int(corner))
		if pa <= pb && pa <= pc {
			return left
		}
		if pb <= pc {
			return above
		}
		return corner
	}
	return 0
}

// picture is premultiplied, with every alpha from clear to opaque.
func picture(width, height int, opaque bool) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			alpha := byte(x * 37)
			if opaque {
				alpha = 0xff
			}
			img.SetRGBA(x, y, color.RGBA{min(byte(x*x*7), alpha), min(byte(y*13), alpha), min(byte(x*y+1), alpha), alpha})
		}
	}
	return img
}

func TestDecode(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		form   crushed
		opaque bool
	}{
		"no filter":        {crushed{flags: 2, colour: 6, pieces: 1}, false},
		"sub":              {crushed{flags: 2, filter: 1, colour: 6, pieces: 1}, false},
		"up":               {crushed{flags: 2, filter: 2, colour: 6, pieces: 1}, false},
		"average":          {crushed{flags: 2, filter: 3, colour: 6, pieces: 1}, false},
		"paeth, in pieces": {crushed{flags: 2, filter: 4, colour: 6, pieces: 7}, false},
		"interlaced":       {crushed{flags: 2, filter: 4, colour: 6, pieces: 2, interlace: true}, false},
		"without alpha":    {crushed{flags: 6, filter: 1, colour: 2, pieces: 1}, true},
		"alpha skipped":    {crushed{flags: 6, filter: 1, colour: 6, pieces: 1}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, size := range []image.Point{{1, 1}, {3, 2}, {9, 17}, {60, 60}} {
				want := picture(size.X, size.Y, tt.opaque)
				data := tt.form.encode(want)
				if info, err := cgbi.Read(data); err != nil || info != (cgbi.Info{Width: size.X, Height: size.Y, Crushed: true}) {
					t.Fatalf("read %+v, %v", info, err)
				}
				img, err := cgbi.Decode(data, size.X*size.Y)
				if err != nil {
					t.Fatal(err)
				}
				if got := img.(*image.RGBA); !bytes.Equal(want.Pix, got.Pix) {
					t.Errorf("%v: other pixels", size)
				}
			}
		})
	}
}

// TestSkippedAlpha: the fourth channel of an image without alpha is noise.
func TestSkippedAlpha(t *testing.T) {
	t.Parallel()
	img := image.NewRGBA(image.Rect(0, 0, 1, 1))
	copy(img.Pix, []byte{200, 100, 50, 3})
	for flags, want := range map[byte]color.RGBA{6: {200, 100, 50, 255}, 2: {3, 3, 3, 3}} {
		got, err := cgbi.Decode(crushed{flags: flags, colour: 6, pieces: 1}.encode(img), 1)
		if err != nil || got.At(0, 0) != want {
			t.Errorf("flags %d: %v, %v", flags, got, err)
		}
	}
}

func TestOrdinary(t *testing.T) {
	t.Parallel()
	var data bytes.Buffer
	if err := png.Encode(&data, picture(5, 4, true)); err != nil {
		t.Fatal(err)
	}
	info, err := cgbi.Read(data.Bytes())
	if err != nil || info != (cgbi.Info{Width: 5, Height: 4}) {
		t.Errorf("read %+v, %v", info, err)
	}
	img, err := cgbi.Decode(data.Bytes(), 20)
	if err != nil || img.At(4, 3) != picture(5, 4, true).At(4, 3) {
		t.Errorf("decoded %v, %v", img, err)
	}
	if _, err := cgbi.Decode(data.Bytes(), 19); !errors.Is(err, cgbi.ErrTooLarge) {
		t.Errorf("one pixel too many: %v", err)
	}
	if _, err := cgbi.Decode(data.Bytes()[:50], 20); !errors.Is(err, cgbi.ErrMalformed) {
		t.Errorf("cut short: %v", err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	apple := magic + string(chunk("CgBI", []byte{0x50, 0, 0x20, 2}))
	image := func(h []byte, rest ...[]byte) string {
		return apple + string(chunk("IHDR", h)) + string(bytes.Join(rest, nil))
	}
	stored := []byte{1, 5, 0, 0xfa, 0xff, 9, 0, 0, 0, 0} // one pixel of filter 9
	tests := []struct {
		name, data string
		want       error
		text       string
	}{
		{"empty", "", cgbi.ErrNotPNG, ""},
		{"JPEG", "\xff\xd8\xff\xe0", cgbi.ErrNotPNG, ""},
		{"signature alone", magic, cgbi.ErrMalformed, "ends before"},
		{"CgBI alone", apple, cgbi.ErrMalformed, "ends before"},
		{"chunk of 2^32 bytes", magic + "\xff\xff\xff\xffIHDR", cgbi.ErrMalformed, "cut short"},
		{"no header", magic + string(chunk("IDAT", make([]byte, 13))), cgbi.ErrMalformed, "begins with"},
		{"short header", magic + string(chunk("IHDR", make([]byte, 12))), cgbi.ErrMalformed, "begins with"},
		{"no pixels", image(header(0, 1, 8, 6, 0)), cgbi.ErrMalformed, "0 by 1"},
		{"2^32 pixels wide", image(header(1<<32-1, 1, 8, 6, 0)), cgbi.ErrMalformed, "4294967295"},
		{"2^62 pixels", image(header(1<<31-1, 1<<31-1, 8, 6, 0)), cgbi.ErrTooLarge, "pixels"},
		{"many pixels", image(header(65537, 65537, 8, 6, 0)), cgbi.ErrTooLarge, "pixels"},
		{"unknown interlacing", image(header(1, 1, 8, 6, 2)), cgbi.ErrMalformed, "interlace"},
		{"16 bits", image(header(1, 1, 16, 6, 0)), cgbi.ErrMalformed, "16 bits"},
		{"palette", image(header(1, 1, 8, 3, 0)), cgbi.ErrMalformed, "colour type 3"},
		{"no data", image(header(1, 1, 8, 6, 0), chunk("IEND", nil)), cgbi.ErrMalformed, "end early"},
		{"no chunks", image(header(1, 1, 8, 6, 0)), cgbi.ErrMalformed, "end early"},
		{"endless empty chunks", image(header(1, 1, 8, 6, 0), bytes.Repeat(chunk("IDAT", nil), 70_000)), cgbi.ErrMalformed, "chunks"},
		{"no deflate", image(header(1, 1, 8, 6, 0), chunk("IDAT", []byte{0xff, 0xff})), cgbi.ErrMalformed, "end early"},
		{"unknown filter", image(header(1, 1, 8, 6, 0), chunk("IDAT", stored)), cgbi.ErrMalformed, "filter 9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			img, err := cgbi.Decode([]byte(tt.data), 1<<20)
			if img != nil || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v", err)
			}
		})
	}
}

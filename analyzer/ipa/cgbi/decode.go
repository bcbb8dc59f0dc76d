package cgbi

import (
	"image"
	"io"

	"github.com/klauspost/compress/flate"
)

// decode decodes Apple's form. Premultiplied colours are what image.RGBA holds,
// so nothing is lost.
func decode(h header) (image.Image, error) {
	channels, err := h.channels()
	if err != nil {
		return nil, err
	}
	data := &imageData{rest: h.rest}
	stream := flate.NewReader(data)
	defer stream.Close()
	img := image.NewRGBA(image.Rect(0, 0, h.Width, h.Height))
	for _, p := range h.passes() {
		columns, rows := p.count(h.Width, p.x, p.dx), p.count(h.Height, p.y, p.dy)
		if columns == 0 || rows == 0 {
			continue
		}
		r := &rowReader{stream: stream, channels: channels, line: make([]byte, 1+columns*channels), above: make([]byte, 1+columns*channels)}
		for row := range rows {
			line, err := r.next()
			if err != nil {
				return nil, err
			}
			for column := range columns {
				x, y := p.x+column*p.dx, p.y+row*p.dy
				setPixel(img.Pix[img.PixOffset(x, y):], line[column*channels:], channels, h.opaque)
			}
		}
	}
	return img, nil
}

// channels is 3 or 4: pngcrush turns only truecolour of 8 bits into this form.
func (h header) channels() (int, error) {
	switch {
	case h.depth == 8 && h.colour == 2:
		return 3, nil
	case h.depth == 8 && h.colour == 6:
		return 4, nil
	}
	return 0, malformed("Apple's form with colour type %d of %d bits", h.colour, h.depth)
}

// setPixel writes a premultiplied BGRA or a BGR sample as RGBA. A colour that
// exceeds its alpha can't be, and is cut to it.
func setPixel(to, from []byte, channels int, opaque bool) {
	alpha := byte(0xff)
	if channels == 4 && !opaque {
		alpha = from[3]
	}
	to[0], to[1], to[2], to[3] = min(from[2], alpha), min(from[1], alpha), min(from[0], alpha), alpha
}

// pass is one sweep over the image, all of it or one of Adam7's seven grids.
type pass struct{ x, y, dx, dy int }

func (h header) passes() []pass {
	if !h.interlaced {
		return []pass{{0, 0, 1, 1}}
	}
	return []pass{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}
}

func (pass) count(size, first, step int) int { return max(0, (size-first+step-1)/step) }

// rowReader undoes the filters row by row.
type rowReader struct {
	stream      io.Reader
	channels    int
	line, above []byte // filter byte and samples
}

func (r *rowReader) next() ([]byte, error) {
	r.line, r.above = r.above, r.line
	if _, err := io.ReadFull(r.stream, r.line); err != nil {
		return nil, malformed("pixels end early: %v", err)
	}
	line, above := r.line[1:], r.above[1:]
	for i := range line {
		var left, corner byte
		if i >= r.channels {
			left, corner = line[i-r.channels], above[i-r.channels]
		}
		switch r.line[0] {
		case 0:
		case 1:
			line[i] += left
		case 2:
			line[i] += above[i]
		case 3:
			line[i] += byte((int(left) + int(above[i])) / 2)
		case 4:
			line[i] += paeth(left, above[i], corner)
		default:
			return nil, malformed("unknown filter %d", r.line[0])
		}
	}
	return line, nil
}

// paeth picks the neighbour nearest to left + above - corner (PNG 9.4).
func paeth(left, above, corner byte) byte {
	a, b := distance(above, corner), distance(left, corner)
	c := int(left) + int(above) - 2*int(corner)
	if c < 0 {
		c = -c
	}
	switch {
	case a <= b && a <= c:
		return left
	case b <= c:
		return above
	}
	return corner
}

func distance(a, b byte) int {
	if a > b {
		return int(a) - int(b)
	}
	return int(b) - int(a)
}

// imageData reads the contents of the IDAT chunks as one stream.
type imageData struct {
	body, rest []byte
	seen       int
}

func (d *imageData) Read(p []byte) (int, error) {
	for len(d.body) == 0 {
		if d.seen++; d.seen > maxChunks {
			return 0, malformed("more than %d chunks", maxChunks)
		}
		kind, body, rest, err := chunk(d.rest)
		if err != nil {
			return 0, err
		}
		d.rest = rest
		switch kind {
		case "IDAT":
			d.body = body
		case "IEND":
			return 0, io.EOF
		}
	}
	n := copy(p, d.body)
	d.body = d.body[n:]
	return n, nil
}

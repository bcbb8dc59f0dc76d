// Package binxml reads from AndroidManifest.xml the few numbers apksig takes
// from it, in the way apksig reads it (AndroidBinXmlParser): what it refuses is
// refused here, so that the API levels a signature is judged for are the same.
// The manifest as devices read it is another package's work.
//
// It promises: time linear in the document, no allocation by stated sizes.
package binxml

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrFormat is a document apksig reports as malformed (XmlParserException).
var ErrFormat = errors.New("malformed binary XML")

// ErrException is one on which apksig stops with an unchecked exception.
var ErrException = errors.New("binary XML out of bounds")

const (
	chunkStringPool   = 0x0001
	chunkXML          = 0x0003
	chunkStartElement = 0x0102
	chunkEndElement   = 0x0103
	chunkResourceMap  = 0x0180
)

const noNamespace = 0xffffffff

// parser walks the elements of a document.
type parser struct {
	data []byte // the whole document: strings are checked against its end
	body slice  // chunks not yet read

	pool      *stringPool
	resources []byte
	hasMap    bool

	depth int
	ended bool // the last event was an end
	// Of the current start element:
	name      string
	namespace string
	attrs     []byte
	attrSize  int
	attrCount int
}

// slice is a part of the document that knows where it starts.
type slice struct {
	start int
	b     []byte
}

type chunk struct {
	kind         uint16
	header, body slice
}

func newParser(data []byte) (*parser, error) {
	p := &parser{data: data, body: slice{0, data}}
	for len(p.body.b) > 0 {
		c, ok, err := p.chunk()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if c.kind == chunkXML {
			p.body = c.body
			return p, nil
		}
	}
	return nil, format("no XML chunk")
}

// chunk takes the next chunk; one that does not fit ends the document, as on
// Android. (Chunk.get)
func (p *parser) chunk() (chunk, bool, error) {
	start, in := p.body.start, p.body.b
	if len(in) < 8 {
		p.body.b = nil
		return chunk{}, false, nil
	}
	le := binary.LittleEndian
	header, size := int(le.Uint16(in[2:])), int64(le.Uint32(in[4:]))
	switch {
	case size > int64(len(in)):
		p.body.b = nil
		return chunk{}, false, nil
	case header < 8:
		return chunk{}, false, format("chunk header of %d bytes", header)
	case int64(header) > size:
		return chunk{}, false, format("chunk of %d bytes with a header of %d", size, header)
	}
	p.body = slice{start + int(size), in[size:]}
	return chunk{
		kind:   le.Uint16(in),
		header: slice{start, in[:header:header]},
		body:   slice{start + header, in[header:size:size]},
	}, true, nil
}

// next goes to the next start of an element; false at the end.
func (p *parser) next() (bool, error) {
	for {
		if p.ended {
			p.depth--
			p.ended = false
		}
		if len(p.body.b) == 0 {
			return false, nil
		}
		c, ok, err := p.chunk()
		if err != nil || !ok {
			return false, err
		}
		switch c.kind {
		case chunkStringPool:
			if p.pool != nil {
				return false, format("two string pools")
			}
			if p.pool, err = p.newPool(c); err != nil {
				return false, err
			}
		case chunkResourceMap:
			if p.hasMap {
				return false, format("two resource maps")
			}
			p.resources, p.hasMap = c.body.b, true
		case chunkStartElement:
			return true, p.start(c.body.b)
		case chunkEndElement:
			if err := p.end(c.body.b); err != nil {
				return false, err
			}
		}
	}
}

func (p *parser) start(b []byte) error {
	if p.pool == nil || len(b) < 20 {
		return format("start of an element")
	}
	le := binary.LittleEndian
	first, size, count := int(le.Uint16(b[8:])), int(le.Uint16(b[10:])), int(le.Uint16(b[12:]))
	if first+count*size > len(b) || first > len(b) {
		return format("attributes out of bounds")
	}
	if err := p.names(b); err != nil {
		return err
	}
	p.attrs, p.attrSize, p.attrCount = b[first:first+count*size], size, count
	p.depth++
	return nil
}

func (p *parser) end(b []byte) error {
	if p.pool == nil || len(b) < 8 {
		return format("end of an element")
	}
	p.ended = true
	return p.names(b)
}

func (p *parser) names(b []byte) (err error) {
	le := binary.LittleEndian
	if p.name, err = p.pool.text(le.Uint32(b[4:])); err != nil {
		return err
	}
	p.namespace = ""
	if ns := le.Uint32(b); ns != noNamespace {
		p.namespace, err = p.pool.text(ns)
	}
	return err
}

// Types of attribute values (Res_value).
const (
	typeString = 0x03
	typeIntDec = 0x10
	typeIntHex = 0x11
)

type attribute struct {
	resource uint32
	kind     byte
	value    uint32
}

// attribute finds the first attribute with the resource id.
func (p *parser) attribute(resource uint32) (attribute, bool, error) {
	if p.attrCount > 0 && p.attrSize < 20 {
		return attribute{}, false, fmt.Errorf("%w: attributes of %d bytes", ErrException, p.attrSize)
	}
	le := binary.LittleEndian
	for i := range p.attrCount {
		b := p.attrs[i*p.attrSize:]
		if p.resource(le.Uint32(b[4:])) == resource {
			return attribute{resource: resource, kind: b[15], value: le.Uint32(b[16:])}, true, nil
		}
	}
	return attribute{}, false, nil
}

func (p *parser) resource(name uint32) uint32 {
	if uint64(name) >= uint64(len(p.resources)/4) {
		return 0
	}
	return binary.LittleEndian.Uint32(p.resources[4*name:])
}

func format(text string, args ...any) error {
	return fmt.Errorf("%w: "+text, append([]any{ErrFormat}, args...)...)
}

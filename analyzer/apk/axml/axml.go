// Package axml reads Android's binary XML as the platform does: the reader's
// answers on odd input are those of ResXMLParser (AOSP
// libs/androidfw/ResourceTypes.cpp) and of the attribute look-up by resource id
// that the package manager uses (AttributeResolution.cpp).
//
// What it promises:
//   - Input that Android reads is read, however odd; what is odd is said in Flaws.
//   - Input that Android would refuse or read differently, and that could still
//     be understood, is read with a flaw marked Guessed: nothing that hangs on it
//     may be taken as certain.
//   - Anything else is an error. A document is never silently cut short.
//   - Memory: the document is held by the caller; strings are decoded one at a
//     time and within Limits. A Reader is for one goroutine.
package axml

import (
	"errors"
	"fmt"
	"slices"

	"heyan/analyzer/apk/restype"
)

// AndroidNS is the namespace of the platform's attributes.
const AndroidNS = "http://schemas.android.com/apk/res/android"

// The classes of failure.
var (
	// ErrNotBinary: it is something else, e.g. XML in plain text.
	ErrNotBinary = errors.New("not binary xml")
	// ErrMalformed: Android can't read it and neither can we.
	ErrMalformed = errors.New("malformed binary xml")
	// ErrLimit: one of Limits was reached.
	ErrLimit = errors.New("binary xml limit exceeded")
)

// Limits bounds the work on one document. A zero field means its default.
type Limits struct {
	// Nodes is the number of events; 120,000.
	Nodes int
	// Depth is the number of open elements; 512.
	Depth int
	// Attributes is the number of attributes in the whole document; 1,000,000.
	Attributes int
	// Text is the number of bytes of text given out, a string that is asked for
	// twice counted twice; 4 MiB.
	Text int
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&l.Nodes, 120_000)
	set(&l.Depth, 512)
	set(&l.Attributes, 1_000_000)
	set(&l.Text, 4<<20)
	return l
}

// Flaw is something odd about the document.
type Flaw struct {
	// Code is stable: "string-pool", "attributes-order" and so on.
	Code   string
	Detail string
	// Offset is the byte it was seen at.
	Offset int
	// Guessed says that Android would not read it so.
	Guessed bool
}

// maxFlaws bounds the list; a repeated code is kept once for each Guessed value.
const maxFlaws = 32

// Event is what Next found.
type Event uint8

// The events. Namespace declarations are not reported: attributes carry the URI.
const (
	StartElement Event = iota + 1
	EndElement
	Text
)

// Reader gives out a document's events in order.
type Reader struct {
	data  []byte
	pool  pool
	ids   []byte // resource map: one id for each of the first strings
	limit Limits
	flaws []Flaw

	next   int // offset of the chunk to read
	node   int // offset of the current one
	ext    int // offset of what follows its header
	size   int // its size
	event  Event
	depth  int
	closed bool // the last event ended an element: depth drops at the next
	ended  bool // the first element has ended
	nodes  int
	attrs  int
	name   string
}

// Open reads the head of the document in data: chunk header, string pool and
// resource map. data must not change while the Reader is in use.
func Open(data []byte, limit Limits) (*Reader, error) {
	if len(data) < restype.ChunkSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrNotBinary, len(data))
	}
	if err := notText(data); err != nil {
		return nil, err
	}
	r := &Reader{limit: limit.withDefaults()}
	head := restype.ReadChunk(data)
	size := int64(head.Size)
	switch {
	case size > int64(len(data)):
		r.flaw("document-size", true, 0, "document claims %d bytes of %d", size, len(data))
		size = int64(len(data))
	case size < int64(len(data)):
		r.flaw("trailing-data", false, int(size), "%d bytes after the document", int64(len(data))-size)
	}
	if int64(head.HeaderSize) > size || size < restype.ChunkSize {
		return nil, fmt.Errorf("%w: header of %d bytes in a document of %d", ErrMalformed, head.HeaderSize, size)
	}
	if head.Type != restype.TypeXML {
		r.flaw("document-type", false, 0, "document has chunk type %#x", head.Type)
	}
	if head.HeaderSize != restype.ChunkSize {
		r.flaw("document-header", false, 0, "document header of %d bytes", head.HeaderSize)
	}
	r.data = data[:size]
	if err := r.findRoot(int(head.HeaderSize)); err != nil {
		return nil, err
	}
	return r, nil
}

// findRoot takes in the chunks before the first node.
func (r *Reader) findRoot(at int) error {
	havePool := false
	for at <= len(r.data)-restype.ChunkSize {
		c := restype.ReadChunk(r.data[at:])
		if !c.Valid(restype.ChunkSize, int64(len(r.data)-at)) {
			return fmt.Errorf("%w: chunk type %#x of %d bytes at %d", ErrMalformed, c.Type, c.Size, at)
		}
		body := r.data[at : at+int(c.Size)]
		switch {
		case c.Type == restype.TypeStringPool:
			if havePool {
				r.flaw("string-pool-again", false, at, "a second string pool takes the place of the first")
			}
			if err := r.openPool(body, at); err != nil {
				return err
			}
			havePool = true
		case c.Type == restype.TypeResourceMap:
			r.ids = body[c.HeaderSize:]
		case c.Type >= restype.TypeXMLFirst && c.Type <= restype.TypeXMLLast:
			if !havePool {
				return fmt.Errorf("%w: no string pool before the first node", ErrMalformed)
			}
			r.next = at
			return nil
		default:
			r.flaw("unknown-chunk", false, at, "chunk type %#x skipped", c.Type)
		}
		at += int(c.Size)
	}
	return fmt.Errorf("%w: no node", ErrMalformed)
}

// Flaws says what was odd about the document as far as it was read.
func (r *Reader) Flaws() []Flaw { return r.flaws }

// Guessed returns the first flaw that was read by guessing, or nil.
func (r *Reader) Guessed() *Flaw {
	for i := range r.flaws {
		if r.flaws[i].Guessed {
			return &r.flaws[i]
		}
	}
	return nil
}

func (r *Reader) flaw(code string, guessed bool, at int, format string, args ...any) {
	known := slices.ContainsFunc(r.flaws, func(f Flaw) bool { return f.Code == code && f.Guessed == guessed })
	if known || len(r.flaws) >= maxFlaws {
		return
	}
	r.flaws = append(r.flaws, Flaw{Code: code, Detail: fmt.Sprintf(format, args...), Offset: at, Guessed: guessed})
}

// notText tells plain XML and protocol buffers apart from a damaged document.
func notText(b []byte) error {
	text := b
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\n') {
		text = text[1:]
	}
	switch {
	case len(text) > 0 && text[0] == '<', len(b) > 3 && string(b[:4]) == "\xef\xbb\xbf<",
		string(b[:4]) == "\xff\xfe<\x00":
		return fmt.Errorf("%w: plain text xml", ErrNotBinary)
	case b[0] == 0x0a && restype.ReadChunk(b).Type != restype.TypeXML && restype.ReadChunk(b).HeaderSize != restype.ChunkSize:
		return fmt.Errorf("%w: protocol buffer xml", ErrNotBinary)
	}
	return nil
}

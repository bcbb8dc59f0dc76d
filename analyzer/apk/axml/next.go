package axml

import (
	"fmt"
	"io"

	"heyan/analyzer/apk/restype"
)

// Sizes of the parts of a node.
const (
	nodeSize      = 16 // ResXMLTree_node
	attrExtSize   = 20 // ResXMLTree_attrExt
	endExtSize    = 8  // ResXMLTree_endElementExt
	nsExtSize     = 8  // ResXMLTree_namespaceExt
	textExtSize   = 12 // ResXMLTree_cdataExt
	attributeSize = 20 // ResXMLTree_attribute
)

// Next goes to the next event, or ends with io.EOF. After the first element has
// ended, where Android stops reading, damage is a flaw and ends the document.
func (r *Reader) Next() (Event, error) {
	for {
		if r.pool.work > maxNameWork {
			return 0, fmt.Errorf("%w: names of more than %d bytes", ErrLimit, maxNameWork)
		}
		if r.next >= len(r.data) {
			return 0, r.end()
		}
		if err := r.step(); err != nil {
			if r.ended {
				r.flaw("trailing-damage", false, r.next, "after the document's element: %v", err)
				r.next = len(r.data)
				return 0, io.EOF
			}
			return 0, err
		}
		if r.event != 0 {
			return r.event, r.enter()
		}
	}
}

// end is the end of the data.
func (r *Reader) end() error {
	if !r.ended && (r.depth > 1 || r.depth == 1 && !r.closed) {
		r.flaw("open-elements", true, len(r.data), "the document ends inside %d elements", r.depth)
	}
	return io.EOF
}

// step takes in one chunk; r.event is 0 where it is none to report.
func (r *Reader) step() error {
	at := r.next
	r.event = 0
	if len(r.data)-at < nodeSize {
		return fmt.Errorf("%w: %d bytes left at %d are no node", ErrMalformed, len(r.data)-at, at)
	}
	c := restype.ReadChunk(r.data[at:])
	if !c.Valid(nodeSize, int64(len(r.data)-at)) {
		return fmt.Errorf("%w: node type %#x with header %d and size %d at %d of %d",
			ErrMalformed, c.Type, c.HeaderSize, c.Size, at, len(r.data))
	}
	r.nodes++
	if r.nodes > r.limit.Nodes {
		return fmt.Errorf("%w: more than %d nodes", ErrLimit, r.limit.Nodes)
	}
	if c.HeaderSize != nodeSize {
		r.flaw("node-header", false, at, "node header of %d bytes", c.HeaderSize)
	}
	r.node, r.ext, r.size = at, at+int(c.HeaderSize), int(c.Size)
	r.next = at + int(c.Size)
	var need int
	switch c.Type {
	case restype.TypeStartElement:
		r.event, need = StartElement, attrExtSize
	case restype.TypeEndElement:
		r.event, need = EndElement, endExtSize
	case restype.TypeCDATA:
		r.event, need = Text, textExtSize
	case restype.TypeStartNamespace, restype.TypeEndNamespace:
		need = nsExtSize
	default:
		r.flaw("unknown-chunk", false, at, "node type %#x skipped", c.Type)
		return nil
	}
	if r.next-r.ext < need {
		return fmt.Errorf("%w: node type %#x at %d holds %d bytes, not %d", ErrMalformed, c.Type, at, r.next-r.ext, need)
	}
	return nil
}

// enter keeps the depth as android.content.res.XmlBlock does: by counting tags,
// never by comparing names.
func (r *Reader) enter() error {
	if r.closed {
		r.closed = false
		r.depth--
	}
	switch r.event {
	case StartElement:
		r.depth++
		if r.depth > r.limit.Depth {
			return fmt.Errorf("%w: more than %d elements deep", ErrLimit, r.limit.Depth)
		}
		return r.openElement()
	case EndElement:
		r.closed = true
		if r.depth <= 1 {
			r.ended = true
		}
		r.readName()
	}
	return nil
}

func (r *Reader) openElement() error {
	start, size, count := r.attrLayout()
	if start+size*count > r.next-r.ext {
		return fmt.Errorf("%w: %d attributes of %d bytes from %d on do not fit the node at %d",
			ErrMalformed, count, size, start, r.node)
	}
	r.attrs += count
	if r.attrs > r.limit.Attributes {
		return fmt.Errorf("%w: more than %d attributes", ErrLimit, r.limit.Attributes)
	}
	if count > 0 && (size != attributeSize || start != attrExtSize) {
		r.flaw("attribute-layout", false, r.node, "attributes of %d bytes start at %d", size, start)
	}
	r.readName()
	return nil
}

func (r *Reader) readName() {
	name, ok := r.cached(restype.U32(r.data, r.ext+4))
	if !ok {
		r.flaw("element-name", true, r.node, "an element has no name")
	}
	r.name = name
}

// attrLayout is attributeStart, attributeSize and attributeCount.
func (r *Reader) attrLayout() (start, size, count int) {
	return int(restype.U16(r.data, r.ext+8)), int(restype.U16(r.data, r.ext+10)), int(restype.U16(r.data, r.ext+12))
}

// Name is the element's name at StartElement and EndElement.
func (r *Reader) Name() string { return r.name }

// Namespace is the element's namespace URI; Android does not look at it.
func (r *Reader) Namespace() string {
	if r.event != StartElement && r.event != EndElement {
		return ""
	}
	s, _ := r.cached(restype.U32(r.data, r.ext))
	return s
}

// Depth is the number of open elements, the one just started or ended included.
func (r *Reader) Depth() int { return r.depth }

// Line is the line of the source file, as the document has it.
func (r *Reader) Line() int { return int(restype.U32(r.data, r.node+8)) }

// Text is the text of a Text event.
func (r *Reader) Text() (string, error) {
	if r.event != Text {
		return "", nil
	}
	s, _ := r.decode(restype.U32(r.data, r.ext))
	return s, r.spend(len(s))
}

// Package apktest builds Android packages for tests: binary XML, resource
// tables and whole archives, well-formed or broken in the ways that are seen in
// the wild. It is for tests alone; it panics where a test asks for nonsense.
package apktest

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf16"

	"heyan/analyzer/apk/restype"
)

// AndroidNS is the namespace of the platform's attributes.
const AndroidNS = "http://schemas.android.com/apk/res/android"

// Element is one element of a document.
type Element struct {
	Name     string
	Attrs    []Attr
	Children []*Element
	Text     string
}

// E makes an element of attributes (Attr), elements and text (string).
func E(name string, parts ...any) *Element {
	e := &Element{Name: name}
	for _, p := range parts {
		switch p := p.(type) {
		case Attr:
			e.Attrs = append(e.Attrs, p)
		case *Element:
			e.Children = append(e.Children, p)
		case string:
			e.Text = p
		default:
			panic("apktest: an element is made of Attr, *Element and string")
		}
	}
	return e
}

// Attr is an attribute: a string where Value.Type is restype.ValueString.
type Attr struct {
	NS    string // "" is none
	Name  string
	ID    uint32 // 0 is none
	Text  string
	Value restype.Value
}

// A is an android: attribute of the platform. v is a string, an int, a bool, a
// Ref or a restype.Value.
func A(name string, v any) Attr {
	a := value(v)
	a.NS, a.Name, a.ID = AndroidNS, name, AttrID(name)
	return a
}

// P is an attribute without a namespace, such as package.
func P(name string, v any) Attr {
	a := value(v)
	a.Name = name
	return a
}

// Ref is a reference to a resource.
type Ref uint32

func value(v any) Attr {
	switch v := v.(type) {
	case string:
		return Attr{Text: v, Value: restype.Value{Type: restype.ValueString}}
	case int:
		return Attr{Value: restype.Value{Type: restype.ValueIntDec, Data: uint32(v)}}
	case bool:
		if v {
			return Attr{Value: restype.Value{Type: restype.ValueIntBoolean, Data: 0xffffffff}}
		}
		return Attr{Value: restype.Value{Type: restype.ValueIntBoolean}}
	case Ref:
		return Attr{Value: restype.Value{Type: restype.ValueReference, Data: uint32(v)}}
	case restype.Value:
		return Attr{Value: v}
	}
	panic("apktest: a value is a string, int, bool, Ref or restype.Value")
}

// XML says how a document is written. The zero value is what aapt2 writes.
type XML struct {
	UTF16         bool
	KeepOrder     bool // attributes as given, not sorted by id
	NoResourceMap bool
	// Garble replaces the spelling of every attribute that has an id.
	Garble string
	// AttrSize and AttrStart stand in for 20 where they are larger.
	AttrSize, AttrStart int
	// NodeHeader stands in for 16 where it is larger.
	NodeHeader int
	// DocumentType stands in for 3.
	DocumentType uint16
	// Unterminated leaves out the terminators of the strings.
	Unterminated bool
	// ExtraCount is added to the pool's string count.
	ExtraCount uint32
	// Unknown puts a chunk of an unknown type before the first node and after it.
	Unknown bool
	// TextFirst puts text before the first element.
	TextFirst bool
	// ZeroEnd makes the last end-namespace chunk claim no bytes.
	ZeroEnd bool
	// SurplusEnd writes an end tag too many after the first child of the root.
	SurplusEnd bool
	// ElementNS puts every element in this namespace.
	ElementNS string
	// Roots are written after the first one.
	Roots []*Element
	// Tail is written behind the document.
	Tail []byte
}

// Bytes writes the document with the given options.
func (o XML) Bytes(root *Element) []byte {
	w := &xmlWriter{opt: o, index: map[string]uint32{}}
	roots := append([]*Element{root}, o.Roots...)
	for _, r := range roots {
		w.collect(r)
	}
	w.string(AndroidNS)
	w.string("android")
	var nodes bytes.Buffer
	w.out = &nodes
	if o.Unknown {
		w.node(0x017e, 0, nil)
	}
	w.namespace(restype.TypeStartNamespace)
	if o.TextFirst {
		w.node(restype.TypeCDATA, 1, words(w.string("text"), 8, 0))
	}
	for _, r := range roots {
		w.element(r, 2)
	}
	w.namespace(restype.TypeEndNamespace)
	if o.ZeroEnd {
		copy(nodes.Bytes()[nodes.Len()-20:], make([]byte, 4))
	}
	return append(w.document(nodes.Bytes()), o.Tail...)
}

// Doc writes an ordinary document.
func Doc(root *Element) []byte { return XML{}.Bytes(root) }

type xmlWriter struct {
	opt     XML
	out     *bytes.Buffer
	strings []string
	ids     []uint32
	index   map[string]uint32
}

// collect gives the attribute names with ids the first places in the pool.
func (w *xmlWriter) collect(e *Element) {
	for _, a := range e.Attrs {
		if a.ID != 0 {
			w.attrName(a)
		}
	}
	for _, c := range e.Children {
		w.collect(c)
	}
}

func (w *xmlWriter) attrName(a Attr) uint32 {
	if a.ID == 0 {
		return w.string(a.Name)
	}
	if n := slices.Index(w.ids, a.ID); n >= 0 {
		return uint32(n)
	}
	name := a.Name
	if w.opt.Garble != "" {
		name = w.opt.Garble
	}
	w.ids = append(w.ids, a.ID)
	w.strings = append(w.strings, name)
	return uint32(len(w.ids) - 1)
}

func (w *xmlWriter) string(s string) uint32 {
	if i, ok := w.index[s]; ok {
		return i
	}
	w.strings = append(w.strings, s)
	w.index[s] = uint32(len(w.strings) - 1)
	return w.index[s]
}

func (w *xmlWriter) node(kind uint16, line uint32, ext []byte) {
	header := max(w.opt.NodeHeader, 16)
	b := make([]byte, header)
	binary.LittleEndian.PutUint16(b, kind)
	binary.LittleEndian.PutUint16(b[2:], uint16(header))
	binary.LittleEndian.PutUint32(b[4:], uint32(header+len(ext)))
	binary.LittleEndian.PutUint32(b[8:], line)
	binary.LittleEndian.PutUint32(b[12:], none)
	w.out.Write(b)
	w.out.Write(ext)
}

const none = 0xffffffff

func (w *xmlWriter) namespace(kind uint16) {
	w.node(kind, 1, words(w.string("android"), w.string(AndroidNS)))
}

func (w *xmlWriter) element(e *Element, line uint32) uint32 {
	start, size := max(w.opt.AttrStart, 20), max(w.opt.AttrSize, 20)
	ext := make([]byte, start+size*len(e.Attrs))
	copy(ext, words(w.elementNS(), w.string(e.Name), uint32(start)|uint32(size)<<16, uint32(len(e.Attrs)), 0))
	attrs := slices.Clone(e.Attrs)
	if !w.opt.KeepOrder {
		slices.SortStableFunc(attrs, func(a, b Attr) int { return int(int64(a.ID) - int64(b.ID)) })
		// aapt puts those without an id last
		cut := 0
		for cut < len(attrs) && attrs[cut].ID == 0 {
			cut++
		}
		attrs = append(slices.Clone(attrs[cut:]), attrs[:cut]...)
	}
	for i, a := range attrs {
		ns, raw := uint32(none), uint32(none)
		if a.NS != "" {
			ns = w.string(a.NS)
		}
		if a.Value.Type == restype.ValueString {
			raw = w.string(a.Text)
			a.Value.Data = raw
		}
		copy(ext[start+size*i:], words(ns, w.attrName(a), raw, 8|uint32(a.Value.Type)<<24, a.Value.Data))
	}
	w.node(restype.TypeStartElement, line, ext)
	if e.Text != "" {
		w.node(restype.TypeCDATA, line, words(w.string(e.Text), 8, 0))
	}
	for i, c := range e.Children {
		line = w.element(c, line+1)
		if i == 0 && w.opt.SurplusEnd {
			w.opt.SurplusEnd = false
			w.node(restype.TypeEndElement, line, words(none, w.string(e.Name)))
		}
	}
	w.node(restype.TypeEndElement, line, words(none, w.string(e.Name)))
	return line
}

func (w *xmlWriter) elementNS() uint32 {
	if w.opt.ElementNS == "" {
		return none
	}
	return w.string(w.opt.ElementNS)
}

func (w *xmlWriter) document(nodes []byte) []byte {
	pool := encodePool(w.strings, !w.opt.UTF16, w.opt.Unterminated)
	count := binary.LittleEndian.Uint32(pool[8:])
	binary.LittleEndian.PutUint32(pool[8:], count+w.opt.ExtraCount)
	body := pool
	if !w.opt.NoResourceMap {
		body = append(body, chunk(restype.TypeResourceMap, nil, words(w.ids...))...)
	}
	if w.opt.Unknown {
		body = append(body, chunk(0x7777, nil, make([]byte, 16))...)
	}
	kind := uint16(restype.TypeXML)
	if w.opt.DocumentType != 0 {
		kind = w.opt.DocumentType
	}
	return chunk(kind, nil, append(body, nodes...))
}

// chunk writes a chunk whose header is 8 bytes and extra.
func chunk(kind uint16, extra, body []byte) []byte {
	b := make([]byte, 8, 8+len(extra)+len(body))
	binary.LittleEndian.PutUint16(b, kind)
	binary.LittleEndian.PutUint16(b[2:], uint16(8+len(extra)))
	binary.LittleEndian.PutUint32(b[4:], uint32(8+len(extra)+len(body)))
	return append(append(b, extra...), body...)
}

func words(list ...uint32) []byte {
	var b []byte
	for _, n := range list {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// encodePool writes a string pool.
func encodePool(list []string, isUTF8, unterminated bool) []byte {
	var offsets, data []byte
	for _, s := range list {
		offsets = binary.LittleEndian.AppendUint32(offsets, uint32(len(data)))
		units := utf16.Encode([]rune(s))
		if isUTF8 {
			data = append(append(appendLength8(appendLength8(data, len(units)), len(s)), s...), 0)
		} else {
			data = appendLength16(data, len(units))
			for _, u := range append(units, 0) {
				data = binary.LittleEndian.AppendUint16(data, u)
			}
		}
		if unterminated {
			data[len(data)-1] = 'x'
		}
	}
	data = append(data, make([]byte, -len(data)&3)...)
	flags := uint32(0)
	if isUTF8 {
		flags = restype.PoolUTF8
	}
	head := words(uint32(len(list)), 0, flags, uint32(restype.PoolSize+len(offsets)), 0)
	return chunk(restype.TypeStringPool, head, append(offsets, data...))
}

func appendLength8(b []byte, n int) []byte {
	if n > 0x7f {
		b = append(b, byte(n>>8)|0x80)
	}
	return append(b, byte(n))
}

func appendLength16(b []byte, n int) []byte {
	if n > 0x7fff {
		b = binary.LittleEndian.AppendUint16(b, uint16(n>>16)|0x8000)
	}
	return binary.LittleEndian.AppendUint16(b, uint16(n))
}

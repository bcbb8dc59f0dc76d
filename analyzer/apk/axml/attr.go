package axml

import (
	"fmt"

	"heyan/analyzer/apk/restype"
)

// Attr is one attribute of the current element.
type Attr struct {
	// ID is the attribute's resource id, 0 where the resource map has none.
	ID uint32
	// Value is the typed value.
	Value restype.Value

	ns, name, raw uint32
}

// Seen says how an attribute was found.
type Seen uint8

// The ways: not at all; as Android finds it; only by guessing, since Android
// does not find it (it lies behind one with a higher id, or has no id at all).
const (
	Absent Seen = iota
	Plain
	Guess
)

// AttrCount is the number of attributes of the element at StartElement.
func (r *Reader) AttrCount() int {
	if r.event != StartElement {
		return 0
	}
	_, _, n := r.attrLayout()
	return n
}

// Attr is attribute i; ok is false where it lies outside the document.
func (r *Reader) Attr(i int) (a Attr, ok bool) {
	start, size, count := r.attrLayout()
	at := r.ext + start + size*i
	if i < 0 || i >= count || at+attributeSize > len(r.data) {
		return Attr{}, false
	}
	b := r.data[at : at+attributeSize]
	a = Attr{
		ns:    restype.U32(b, 0),
		name:  restype.U32(b, 4),
		raw:   restype.U32(b, 8),
		Value: restype.ReadValue(b[12:]),
	}
	if uint64(a.name)*4+4 <= uint64(len(r.ids)) {
		a.ID = restype.U32(r.ids, int(a.name)*4)
	}
	return a, true
}

// ByID finds the attribute with a resource id. Android walks the attributes and
// the sorted ids it looks for side by side, so an attribute is found only if
// all before it have lower ids. Where that fails but the attribute is there, it
// is a Guess; so is one of the platform's namespace with no resource id whose
// name is fallback. A name without namespace or id is an author's mistake that
// Android ignores, unless the whole document has no ids.
func (r *Reader) ByID(id uint32, fallback string) (Attr, Seen) {
	highest := uint32(0)
	guess, haveGuess := Attr{}, false
	for i := range r.AttrCount() {
		a, ok := r.Attr(i)
		if !ok {
			r.flaw("attribute-outside", true, r.node, "attribute %d lies outside the document", i)
			break
		}
		switch {
		case a.ID == id && highest < id:
			return a, Plain
		case a.ID == id:
			if !haveGuess {
				guess, haveGuess = a, true
				r.flaw("attribute-order", true, r.node, "attribute %#08x comes after %#08x", id, highest)
			}
		case a.ID == 0 && !haveGuess && r.named(a, fallback):
			guess, haveGuess = a, true
			r.flaw("attribute-without-id", true, r.node, "attribute %q has no resource id", fallback)
		}
		highest = max(highest, a.ID)
	}
	if haveGuess {
		return guess, Guess
	}
	return Attr{}, Absent
}

// named says whether a is an id-less attribute called name.
func (r *Reader) named(a Attr, name string) bool {
	have, ok := r.cached(a.name)
	if !ok || have != name && have != "android:"+name {
		return false
	}
	if ns, _ := r.cached(a.ns); ns == AndroidNS || len(r.ids) == 0 && ns == "" {
		return true
	}
	if !a.HasNamespace() {
		r.flaw("attribute-without-namespace", false, r.node, "attribute %q has no namespace and is ignored", have)
	}
	return false
}

// HasNamespace reports whether the document gives the attribute a namespace.
func (a Attr) HasNamespace() bool { return a.ns != noString }

// ByName finds the first attribute with this name and no namespace, the way
// Android asks for package, split and the like.
func (r *Reader) ByName(name string) (Attr, bool) {
	for i := range r.AttrCount() {
		a, ok := r.Attr(i)
		if !ok {
			break
		}
		if have, ok := r.cached(a.name); !ok || have != name {
			continue
		}
		if _, ok := r.cached(a.ns); !ok {
			return a, true
		}
	}
	return Attr{}, false
}

// NameOf is the attribute's name as the document spells it.
func (r *Reader) NameOf(a Attr) string {
	s, _ := r.cached(a.name)
	return s
}

// String is the attribute's text: the string of a string value, else what
// Android prints for the typed value. ok is false for a null value and for a
// string that can't be read.
func (r *Reader) String(a Attr) (s string, ok bool, err error) {
	switch a.Value.Type {
	case restype.ValueString:
		s, ok = r.decode(a.Value.Data)
		if a.raw != a.Value.Data && a.raw != noString {
			r.flaw("attribute-raw", false, r.node, "an attribute's source text is not its value")
		}
	case restype.ValueNull:
		return "", false, nil
	default:
		s, ok = a.Value.String(), true
	}
	if err := r.spend(len(s)); err != nil {
		return "", false, fmt.Errorf("%w: %w", ErrLimit, err)
	}
	return s, ok, nil
}

// Raw is the attribute's source text where it has one, else String: what
// XmlPullParser.getAttributeValue gives.
func (r *Reader) Raw(a Attr) (s string, ok bool, err error) {
	if a.raw == noString {
		return r.String(a)
	}
	s, ok = r.decode(a.raw)
	if err := r.spend(len(s)); err != nil {
		return "", false, fmt.Errorf("%w: %w", ErrLimit, err)
	}
	return s, ok, nil
}

// HasOwnSource reports whether the attribute's source text is another string
// than its value, so that readers that take the one or the other differ.
func (a Attr) HasOwnSource() bool {
	return a.Value.Type == restype.ValueString && a.raw != a.Value.Data
}

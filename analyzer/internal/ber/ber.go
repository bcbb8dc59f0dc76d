// Package ber reads ASN.1 values in BER, as leniently as apksig does (indefinite
// lengths, non-minimal lengths) but never further than its limits.
//
// It promises: no value is copied, every slice lies inside the input, nesting of
// indefinite lengths is bounded by MaxDepth, and reading is linear in the input.
package ber

import (
	"errors"
	"fmt"
)

// MaxDepth bounds values of indefinite length inside one another. apksig has no
// bound of its own; the Java stack ends it.
const MaxDepth = 64

// Classes of a tag.
const (
	Universal = 0
	Context   = 2
)

// Universal tag numbers.
const (
	Boolean         = 1
	Integer         = 2
	BitString       = 3
	OctetString     = 4
	Null            = 5
	OID             = 6
	UTF8String      = 12
	Sequence        = 16
	Set             = 17
	PrintableString = 19
	T61String       = 20
	IA5String       = 22
	UTCTime         = 23
	GeneralizedTime = 24
	UniversalString = 28
	BMPString       = 30
)

// ErrMalformed is behind every error of this package.
var ErrMalformed = errors.New("malformed ASN.1")

// Value is one data value. Full is its whole encoding, Body its contents.
type Value struct {
	Class       int
	Tag         int
	Constructed bool
	// Minimal is false where the length is indefinite or not in its shortest form.
	Minimal bool
	Full    []byte
	Body    []byte
}

// Is reports whether v has the universal tag.
func (v Value) Is(tag int) bool { return v.Class == Universal && v.Tag == tag }

// Read takes the first value off b. At the end of b it returns ok == false.
// (ByteBufferBerDataValueReader.readDataValue)
func Read(b []byte) (v Value, rest []byte, ok bool, err error) {
	if len(b) == 0 {
		return Value{}, nil, false, nil
	}
	v, err = read(b, 0)
	if err != nil {
		return Value{}, nil, false, err
	}
	return v, b[len(v.Full):], true, nil
}

// One reads the first value of b and ignores what follows it.
func One(b []byte) (Value, error) {
	v, _, ok, err := Read(b)
	if err == nil && !ok {
		err = malformed("empty input")
	}
	return v, err
}

// Children reads all values inside v, at most limit of them.
func (v Value) Children(limit int) ([]Value, error) {
	var out []Value
	for rest := v.Body; ; {
		child, next, ok, err := Read(rest)
		if err != nil || !ok {
			return out, err
		}
		if len(out) == limit {
			return nil, malformed("more than %d values", limit)
		}
		out, rest = append(out, child), next
	}
}

func read(b []byte, depth int) (Value, error) {
	if depth > MaxDepth {
		return Value{}, malformed("nested too deep")
	}
	v := Value{Class: int(b[0] >> 6), Constructed: b[0]&0x20 != 0, Tag: int(b[0] & 0x1f)}
	pos := 1
	if v.Tag == 0x1f {
		n, err := highTag(b[1:], &v.Tag)
		if err != nil {
			return Value{}, err
		}
		pos += n
	}
	if pos >= len(b) {
		return Value{}, malformed("missing length")
	}
	first := b[pos]
	pos++
	if first == 0x80 {
		body, end, err := indefinite(b[pos:], v.Constructed, depth)
		if err != nil {
			return Value{}, err
		}
		v.Body, v.Full = b[pos:pos+body:pos+body], b[:pos+end:pos+end]
		return v, nil
	}
	size, n, err := length(first, b[pos:])
	if err != nil {
		return Value{}, err
	}
	pos += n
	if size > len(b)-pos {
		return Value{}, malformed("truncated contents: need %d bytes, have %d", size, len(b)-pos)
	}
	v.Minimal = minimal(first, n, size)
	v.Body, v.Full = b[pos:pos+size:pos+size], b[:pos+size:pos+size]
	return v, nil
}

func minimal(first byte, n, size int) bool {
	if first < 0x80 {
		return true
	}
	return size >= 0x80 && size>>(8*(n-1)) != 0
}

func highTag(b []byte, tag *int) (int, error) {
	result := 0
	for i, c := range b {
		if result > 0x7fffffff>>7 {
			return 0, malformed("tag number too large")
		}
		result = result<<7 | int(c&0x7f)
		if c&0x80 == 0 {
			*tag = result
			return i + 1, nil
		}
	}
	return 0, malformed("truncated tag number")
}

func length(first byte, b []byte) (size, n int, err error) {
	if first < 0x80 {
		return int(first), 0, nil
	}
	n = int(first & 0x7f)
	if n > 4 {
		return 0, 0, malformed("length of %d bytes", n)
	}
	if n > len(b) {
		return 0, 0, malformed("truncated length")
	}
	for _, c := range b[:n] {
		if size > 0x7fffffff>>8 {
			return 0, 0, malformed("length too large")
		}
		size = size<<8 | int(c)
	}
	return size, n, nil
}

// indefinite finds the two zero bytes that end a value of indefinite length: the
// size of the contents, and of contents with terminator.
func indefinite(b []byte, constructed bool, depth int) (body, end int, err error) {
	for pos := 0; pos < len(b); {
		if pos+1 < len(b) && b[pos] == 0 && b[pos+1] == 0 {
			return pos, pos + 2, nil
		}
		if !constructed {
			pos++
			continue
		}
		child, err := read(b[pos:], depth+1)
		if err != nil {
			return 0, 0, err
		}
		pos += len(child.Full)
	}
	return 0, 0, malformed("truncated contents of indefinite length")
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}

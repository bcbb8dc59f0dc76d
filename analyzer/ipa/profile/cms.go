package profile

import "bytes"

// First bytes of the values on the way to the content (RFC 5652, 5.1).
const (
	tagInteger     = 0x02
	tagOctets      = 0x04
	tagOID         = 0x06
	tagConstructed = 0x20
	tagSequence    = 0x30
	tagSet         = 0x31
	tagContext0    = 0xa0
)

// maxNesting bounds values of indefinite length inside one another.
const maxNesting = 16

// Content types, as encoded: 1.2.840.113549.1.7.1 and .2.
const (
	oidData       = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
	oidSignedData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
)

// unwrap returns the content of a CMS SignedData message. Apple's tools write
// DER as well as BER with indefinite lengths and contents in pieces.
func unwrap(data []byte) ([]byte, error) {
	if bytes.HasPrefix(bytes.TrimLeft(data, "\xef\xbb\xbf \t\r\n"), []byte("<")) {
		return nil, malformed("a bare property list without a signature")
	}
	r := &berReader{rest: data}
	r.enter(tagSequence)
	r.oid(oidSignedData)
	r.enter(tagContext0)
	r.enter(tagSequence)
	r.take(tagInteger)
	r.take(tagSet)
	r.enter(tagSequence)
	r.oid(oidData)
	r.enter(tagContext0)
	content := r.octets(0)
	if r.err != nil {
		return nil, r.err
	}
	return content, nil
}

// berReader walks a message from its start; the first error stays.
type berReader struct {
	rest []byte
	err  error
}

// enter goes into a constructed value and forgets what follows it.
func (r *berReader) enter(tag byte) { r.rest = r.take(tag) }

// take reads one value of the wanted kind and returns its contents.
func (r *berReader) take(tag byte) []byte {
	if r.err != nil {
		return nil
	}
	got, body, rest, err := value(r.rest, 0)
	if err == nil && got != tag {
		err = malformed("CMS: a value of kind %#x where %#x belongs", got, tag)
	}
	if err != nil {
		r.err, r.rest = err, nil
		return nil
	}
	r.rest = rest
	return body
}

func (r *berReader) oid(want string) {
	if got := r.take(tagOID); r.err == nil && string(got) != want {
		r.err = malformed("CMS: content type %x", got[:min(len(got), 16)])
	}
}

// octets reads an octet string, whole or in pieces.
func (r *berReader) octets(depth int) []byte {
	if r.err != nil {
		return nil
	}
	tag, body, rest, err := value(r.rest, 0)
	switch {
	case err != nil:
		r.err = err
	case tag == tagOctets:
		r.rest = rest
		return body
	case tag != tagOctets|tagConstructed || depth > maxNesting:
		r.err = malformed("CMS: content of kind %#x", tag)
	default:
		r.rest = rest
		pieces := &berReader{rest: body}
		var out []byte
		for len(pieces.rest) > 0 && pieces.err == nil {
			out = append(out, pieces.octets(depth+1)...)
		}
		r.err = pieces.err
		return out
	}
	return nil
}

// value takes one BER value off b.
func value(b []byte, depth int) (tag byte, body, rest []byte, err error) {
	if len(b) < 2 {
		return 0, nil, nil, malformed("CMS: cut short")
	}
	if depth > maxNesting {
		return 0, nil, nil, malformed("CMS: nested deeper than %d", maxNesting)
	}
	tag, first := b[0], b[1]
	if tag&0x1f == 0x1f {
		return 0, nil, nil, malformed("CMS: a tag of several bytes")
	}
	b = b[2:]
	if first == 0x80 {
		body, rest, err = indefinite(tag, b, depth)
		return tag, body, rest, err
	}
	size := int(first)
	if first > 0x80 {
		n := int(first & 0x7f)
		if n > 4 || n > len(b) {
			return 0, nil, nil, malformed("CMS: a length of %d bytes", n)
		}
		size = 0
		for _, c := range b[:n] {
			size = size<<8 | int(c)
		}
		b = b[n:]
	}
	if size < 0 || size > len(b) {
		return 0, nil, nil, malformed("CMS: %d bytes announced, %d left", size, len(b))
	}
	return tag, b[:size], b[size:], nil
}

// indefinite finds the two zero bytes that end a constructed value.
func indefinite(tag byte, b []byte, depth int) (body, rest []byte, err error) {
	if tag&tagConstructed == 0 {
		return nil, nil, malformed("CMS: indefinite length of a primitive value")
	}
	for inner := b; ; {
		if len(inner) >= 2 && inner[0] == 0 && inner[1] == 0 {
			return b[:len(b)-len(inner)], inner[2:], nil
		}
		if _, _, inner, err = value(inner, depth+1); err != nil {
			return nil, nil, err
		}
	}
}

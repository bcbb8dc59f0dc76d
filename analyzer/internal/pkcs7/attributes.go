package pkcs7

import (
	"errors"
	"fmt"

	"heyan/analyzer/internal/ber"
)

// ErrAttribute is an attribute that is there twice, has several values, or one
// of the wrong kind (Pkcs7DecodingException).
var ErrAttribute = errors.New("malformed signed attribute")

// Attributes are signed attributes by type.
type Attributes map[string][]ber.Value

type attr struct {
	kind   string
	values []ber.Value
	set    bool // there is a set of values, maybe empty
}

func attribute(v ber.Value) (attr, error) {
	if !v.Is(ber.Sequence) {
		return attr{}, ber.ErrTag
	}
	var a attr
	err := v.Fields([]ber.Field{
		{Tag: ber.OID, Set: ber.Oid(&a.kind)},
		{Tag: ber.Set, Set: func(v ber.Value) (err error) {
			a.set = true
			a.values, err = v.Children(maxAttributes)
			return err
		}},
	})
	return a, err
}

// ParseAttributes reads the encoding of signed attributes, whatever its tag.
func ParseAttributes(encoded []byte) (Attributes, error) {
	set, err := ber.One(encoded)
	if err != nil {
		return nil, err
	}
	values, err := set.Children(maxAttributes)
	if err != nil {
		return nil, err
	}
	list := make([]attr, len(values))
	for i, v := range values {
		if list[i], err = attribute(v); err != nil {
			return nil, err
		}
	}
	out := make(Attributes, len(list))
	for _, a := range list {
		if _, twice := out[a.kind]; twice {
			return nil, fmt.Errorf("%w: %s twice", ErrAttribute, a.kind)
		}
		if a.set {
			out[a.kind] = a.values
		}
	}
	return out, nil
}

// single returns an attribute's only value; ok is false where it has none.
func (a Attributes) single(kind string, tag int) (v ber.Value, ok bool, err error) {
	values := a[kind]
	switch {
	case len(values) == 0:
		return v, false, nil
	case len(values) > 1:
		return v, false, fmt.Errorf("%w: %s has %d values", ErrAttribute, kind, len(values))
	case !values[0].Is(tag):
		return v, false, fmt.Errorf("%w: %s is of the wrong kind", ErrAttribute, kind)
	}
	return values[0], true, nil
}

// ContentType is the attribute of that name.
func (a Attributes) ContentType() (oid string, ok bool, err error) {
	v, ok, err := a.single(OIDContentType, ber.OID)
	if err != nil || !ok {
		return "", false, err
	}
	oid, err = ber.ParseOID(v.Body)
	if err != nil {
		return "", false, fmt.Errorf("%w: %w", ErrAttribute, err)
	}
	return oid, true, nil
}

// MessageDigest is the attribute of that name.
func (a Attributes) MessageDigest() (digest []byte, ok bool, err error) {
	v, ok, err := a.single(OIDMessageDigest, ber.OctetString)
	return v.Body, ok, err
}

package entitlement

import (
	"encoding/asn1"
	"fmt"
	"unicode/utf8"
)

// Context tag of a dictionary and application tag of the whole in the form that
// Xcode 13 and later write; before that both were a SET.
const (
	tagDictionary = 16
	tagWhole      = 16
)

// derReader counts the values it has read.
type derReader struct{ values int }

// readDER reads either form:
//
//	SET OF SEQUENCE { UTF8String, value }
//	[APPLICATION 16] { INTEGER 1, [16] { SEQUENCE { UTF8String, value } … } }
func readDER(data []byte) (map[string]any, error) {
	r := &derReader{}
	whole, rest, err := r.next(data)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, malformed("%d bytes behind the DER", len(rest))
	}
	if whole.Class == asn1.ClassApplication && whole.Tag == tagWhole && whole.IsCompound {
		version, rest, err := r.next(whole.Bytes)
		if err != nil {
			return nil, err
		}
		if n, err := integer(version); err != nil || n != int64(1) {
			return nil, malformed("DER of another version than 1")
		}
		if whole, rest, err = r.next(rest); err != nil {
			return nil, err
		}
		if len(rest) > 0 {
			return nil, malformed("%d bytes behind the dictionary", len(rest))
		}
	}
	if !isDictionary(whole) {
		return nil, malformed("the DER is not a dictionary")
	}
	return r.dictionary(whole, 1)
}

func isDictionary(v asn1.RawValue) bool {
	if !v.IsCompound {
		return false
	}
	return v.Class == asn1.ClassUniversal && v.Tag == asn1.TagSet || v.Class == asn1.ClassContextSpecific && v.Tag == tagDictionary
}

// next takes one value off data; asn1.RawValue does not descend into it.
func (r *derReader) next(data []byte) (v asn1.RawValue, rest []byte, err error) {
	if r.values++; r.values > maxValues {
		return v, nil, malformed("more than %d values", maxValues)
	}
	rest, err = asn1.Unmarshal(data, &v)
	if err != nil {
		return v, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return v, rest, nil
}

func (r *derReader) dictionary(v asn1.RawValue, depth int) (map[string]any, error) {
	out := map[string]any{}
	for rest := v.Bytes; len(rest) > 0; {
		var pair, key, value asn1.RawValue
		var err error
		if pair, rest, err = r.next(rest); err != nil {
			return nil, err
		}
		if pair.Class != asn1.ClassUniversal || pair.Tag != asn1.TagSequence || !pair.IsCompound {
			return nil, malformed("the DER dictionary has an entry that is no pair")
		}
		if key, value, err = r.pair(pair.Bytes); err != nil {
			return nil, err
		}
		name, err := utf8String(key)
		if err != nil {
			return nil, err
		}
		if _, twice := out[name]; twice {
			return nil, malformed("key %q twice in the DER", shorten(name))
		}
		if out[name], err = r.value(value, depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *derReader) pair(data []byte) (key, value asn1.RawValue, err error) {
	key, rest, err := r.next(data)
	if err != nil {
		return key, value, err
	}
	value, rest, err = r.next(rest)
	if err == nil && len(rest) > 0 {
		err = malformed("an entry of the DER has more than two values")
	}
	return key, value, err
}

func (r *derReader) value(v asn1.RawValue, depth int) (any, error) {
	if depth > maxDepth {
		return nil, malformed("nested deeper than %d", maxDepth)
	}
	if isDictionary(v) {
		return r.dictionary(v, depth+1)
	}
	if v.Class == asn1.ClassUniversal {
		switch {
		case v.Tag == asn1.TagSequence && v.IsCompound:
			return r.array(v, depth+1)
		case v.Tag == asn1.TagBoolean && len(v.Bytes) == 1:
			return v.Bytes[0] != 0, nil
		case v.Tag == asn1.TagInteger:
			return integer(v)
		case v.Tag == asn1.TagUTF8String:
			return utf8String(v)
		case v.Tag == asn1.TagOctetString && !v.IsCompound:
			return v.Bytes, nil
		}
	}
	return nil, malformed("unknown kind of value %x", v.FullBytes[:1])
}

func (r *derReader) array(v asn1.RawValue, depth int) (any, error) {
	out := []any{}
	for rest := v.Bytes; len(rest) > 0; {
		var item asn1.RawValue
		var err error
		if item, rest, err = r.next(rest); err != nil {
			return nil, err
		}
		one, err := r.value(item, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func integer(v asn1.RawValue) (any, error) {
	var n int64
	if v.Class != asn1.ClassUniversal || v.Tag != asn1.TagInteger {
		return nil, malformed("not an integer")
	}
	if _, err := asn1.Unmarshal(v.FullBytes, &n); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return n, nil
}

func utf8String(v asn1.RawValue) (string, error) {
	if v.Class != asn1.ClassUniversal || v.Tag != asn1.TagUTF8String || v.IsCompound || !utf8.Valid(v.Bytes) {
		return "", malformed("not a UTF-8 string")
	}
	return string(v.Bytes), nil
}

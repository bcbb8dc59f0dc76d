package ber

import (
	"errors"
	"fmt"
	"math"
)

// Field is a member of a SEQUENCE.
type Field struct {
	Class, Tag int // Tag -1 is any
	Explicit   bool
	Optional   bool
	// Set takes the value, inside an explicit tag the value in it.
	Set func(Value) error
}

// ErrTag is a value with another tag than a field wants.
var ErrTag = errors.New("unexpected tag")

// ErrNull is a value that is missing where apksig takes it for granted; it stops
// there with an exception.
var ErrNull = errors.New("missing value")

// Fields matches the values inside v with fields in order, as apksig does: an
// optional field that does not fit is passed over, mandatory ones may be missing
// at the end, values after the last field are ignored.
// (Asn1BerParser.parseSequence)
func (v Value) Fields(fields []Field) error {
	rest := v.Body
	for next := 0; next < len(fields); {
		child, after, ok, err := Read(rest)
		if err != nil {
			return err
		}
		if !ok {
			return nil
		}
		rest = after
		for i := next; i < len(fields); i++ {
			err := fields[i].take(child)
			if err == nil {
				next = i + 1
				break
			}
			if !fields[i].Optional || !errors.Is(err, ErrTag) {
				return untagged(err)
			}
		}
	}
	return nil
}

// untagged keeps an enclosing optional field from taking the error for its own.
func untagged(err error) error {
	if errors.Is(err, ErrTag) {
		return malformed("%v", err)
	}
	return err
}

func (f Field) take(v Value) error {
	if v.Class != f.Class || f.Tag >= 0 && v.Tag != f.Tag {
		return fmt.Errorf("%w: class %d number %d", ErrTag, v.Class, v.Tag)
	}
	if f.Explicit {
		inner, _, ok, err := Read(v.Body)
		if err != nil {
			return err
		}
		if !ok {
			return ErrNull
		}
		v = inner
	}
	return f.Set(v)
}

// Oid is a field setter that stores an OBJECT IDENTIFIER.
func Oid(place *string) func(Value) error {
	return func(v Value) (err error) {
		*place, err = ParseOID(v.Body)
		return err
	}
}

// Small checks that an INTEGER fits into 32 bits.
func Small(v Value) error {
	n := BigInt(v.Body)
	if !n.IsInt64() || n.Int64() < math.MinInt32 || n.Int64() > math.MaxInt32 {
		return malformed("number of %d bits", n.BitLen())
	}
	return nil
}

// Each is a field setter that calls fn for every value of a SET OF.
func Each(limit int, fn func(Value) error) func(Value) error {
	return func(v Value) error {
		values, err := v.Children(limit)
		if err != nil {
			return err
		}
		for _, child := range values {
			if err := fn(child); err != nil {
				return err
			}
		}
		return nil
	}
}

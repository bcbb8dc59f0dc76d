// Package plist reads property lists as iOS does: binary (bplist00), XML and
// the old text form (OpenStep) that strings files are written in.
//
// It promises to survive any bytes: no allocation from a length that was not
// checked against the data, a bound on nesting, on objects and on what shared
// objects unfold to, no entities, no recursion deeper than Limits.Depth. What it
// returns is a tree that may be walked without a bound of its own. Equal bytes
// give equal values.
//
// Where a key stands twice in one dictionary readers differ. CoreFoundation
// keeps the first value of a binary dictionary (CFDictionaryCreate adds, it does
// not replace) and the last of an XML or text one (CFDictionarySetValue), and so
// does this package; Document.Anomalies tells.
package plist

import (
	"bytes"
	"errors"
	"fmt"

	"heyan/analyzer/facts"
)

// Limits bounds what one property list may cost. A zero field means its default.
type Limits struct {
	// Bytes is the length of the data; 16 MiB.
	Bytes int
	// Objects is how many values there are, each counted as often as it is referred
	// to; 200,000.
	Objects int
	// Depth is how deep containers nest; 64.
	Depth int
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 16 << 20
	}
	if l.Objects <= 0 {
		l.Objects = 200_000
	}
	if l.Depth <= 0 {
		l.Depth = 64
	}
	return l
}

// What an error of Read is, by errors.Is.
var (
	// ErrMalformed: not a property list, or a broken one.
	ErrMalformed = errors.New("malformed property list")
	// ErrTooLarge: beyond the limits.
	ErrTooLarge = errors.New("property list beyond the limits")
)

// Format is how a property list is written.
type Format string

// The formats that are read.
const (
	FormatBinary   Format = "binary"
	FormatXML      Format = "xml"
	FormatOpenStep Format = "openstep"
)

// UID is a reference of a keyed archive.
type UID uint64

// Document is a property list that was read.
type Document struct {
	// Value is a map[string]any, []any, string, bool, int64, uint64 (only from 2^63
	// up), float64, []byte, time.Time, UID, or nil (the null of binary lists).
	Value  any
	Format Format
	// Anomalies are in the order found, without Where.
	Anomalies []facts.Anomaly
}

// Codes of anomalies.
const (
	// CodeDuplicateKey: a key stands twice in one dictionary.
	CodeDuplicateKey = "plist-duplicate-key"
	// CodeTrailingData: something follows the value.
	CodeTrailingData = "plist-trailing-data"
	// CodeEncoding: text in another encoding than it says, or guessed.
	CodeEncoding = "plist-encoding"
)

// Decode is Read for those who want the value alone.
func Decode(data []byte, limits Limits) (any, error) {
	doc, err := Read(data, limits)
	if err != nil {
		return nil, err
	}
	return doc.Value, nil
}

// Read reads a property list of any format. The error is ErrMalformed or
// ErrTooLarge.
func Read(data []byte, limits Limits) (*Document, error) {
	limits = limits.withDefaults()
	if len(data) > limits.Bytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrTooLarge, len(data), limits.Bytes)
	}
	if bytes.HasPrefix(data, []byte("bplist")) {
		return readBinary(data, limits)
	}
	doc := &Document{}
	text, err := decodeText(data, doc)
	if err != nil {
		return nil, err
	}
	if looksLikeXML(text) {
		err = readXML(text, limits, doc)
	} else {
		err = readOpenStep(text, limits, doc)
	}
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// maxAnomalies is how many a document keeps.
const maxAnomalies = 32

func (d *Document) note(code, format string, args ...any) {
	if len(d.Anomalies) < maxAnomalies {
		d.Anomalies = append(d.Anomalies, facts.Anomaly{Code: code, Detail: fmt.Sprintf(format, args...)})
	}
}

// budget counts what was made of a property list.
type budget struct {
	objects int // left
	depth   int // left
}

// dictCost is what a dictionary counts, since even a small one takes some 300
// bytes.
const dictCost = 8

func (b *budget) spend(n int) error {
	if b.objects -= n; b.objects < 0 {
		return fmt.Errorf("%w: too many objects, shared ones counted each time", ErrTooLarge)
	}
	return nil
}

// enter goes into a container; leave must follow.
func (b *budget) enter(cost int) error {
	if b.depth--; b.depth < 0 {
		return fmt.Errorf("%w: nested too deep", ErrTooLarge)
	}
	return b.spend(cost)
}

func (b *budget) leave() { b.depth++ }

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// maxShown is how much of a key or a word an anomaly or error repeats.
const maxShown = 100

func shorten(s string) string {
	if len(s) > maxShown {
		return s[:maxShown] + "..."
	}
	return s
}

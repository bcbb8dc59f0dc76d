// Package entitlement reads the entitlements of a code signature in both forms
// they are kept in, an XML property list and DER, and compares them.
//
// It promises: input, nesting, number of values and length of the output are
// bounded, equal bytes give equal results, and where one form can't be read or
// the two differ nothing that either says is lost.
package entitlement

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/plist"
)

// Limits; real entitlements have under 100 values in under 20 KB.
const (
	maxBytes  = 256 << 10
	maxValues = 20_000
	maxDepth  = 32
	maxJSON   = 1 << 20
)

// ErrMalformed is behind every error of this package.
var ErrMalformed = errors.New("malformed entitlements")

// CodeDiffer: the two forms say different things. Systems before iOS 15 go by
// the XML, later ones by the DER.
const CodeDiffer = "entitlements-differ"

// maxAnomalies is how many differences are told.
const maxAnomalies = 32

// Value is one entitlement, its value as compact JSON (data as base64).
type Value struct {
	Key   string
	Value string
}

// Parse reads one or both forms; an empty one is absent. The values are sorted
// by key; a key with two different values stands there twice, the XML's first.
// The anomalies are those of the property list and the differences, without
// Where. With an error comes what the other form says.
func Parse(xml, der []byte) ([]Value, []facts.Anomaly, error) {
	fromXML, anomalies, errXML := parseXML(xml)
	fromDER, errDER := parseDER(der)
	err := errors.Join(errXML, errDER)
	if err == nil && len(der) > 0 { // signatures made before 2020 have no DER
		anomalies = append(anomalies, compare(fromXML, fromDER)...)
	}
	return merge(fromXML, fromDER), anomalies, err
}

// FromPlist is the entitlements of a dictionary that was read from a property
// list, sorted by key.
func FromPlist(dict map[string]any) ([]Value, error) {
	texts, err := encodeAll(dict)
	return merge(texts, nil), err
}

// parseXML takes XML alone: the kernel reads no other form of property list here.
func parseXML(data []byte) (map[string]string, []facts.Anomaly, error) {
	if len(data) == 0 {
		return nil, nil, nil
	}
	doc, err := plist.Read(data, plist.Limits{Bytes: maxBytes, Objects: maxValues, Depth: maxDepth})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	dict, ok := doc.Value.(map[string]any)
	if !ok || doc.Format != plist.FormatXML {
		return nil, nil, malformed("not a dictionary in XML")
	}
	values, err := encodeAll(dict)
	return values, doc.Anomalies, err
}

func parseDER(data []byte) (map[string]string, error) {
	if len(data) == 0 {
		return nil, nil
	}
	if len(data) > maxBytes {
		return nil, malformed("%d bytes of DER", len(data))
	}
	dict, err := readDER(data)
	if err != nil {
		return nil, err
	}
	return encodeAll(dict)
}

func merge(a, b map[string]string) []Value {
	var out []Value
	for key, value := range a {
		out = append(out, Value{key, value})
	}
	slices.SortFunc(out, byKey)
	n := len(out)
	for _, key := range slices.Sorted(maps.Keys(b)) {
		if value, ok := a[key]; !ok || value != b[key] {
			out = append(out, Value{key, b[key]})
		}
	}
	if len(out) > n {
		slices.SortStableFunc(out, byKey)
	}
	return out
}

func byKey(a, b Value) int { return cmp.Compare(a.Key, b.Key) }

func compare(xml, der map[string]string) []facts.Anomaly {
	keys := map[string]bool{}
	for key := range xml {
		keys[key] = true
	}
	for key := range der {
		keys[key] = true
	}
	var out []facts.Anomaly
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		inXML, okXML := xml[key]
		inDER, okDER := der[key]
		var detail string
		switch {
		case !okDER:
			detail = "in the XML alone"
		case !okXML:
			detail = "in the DER alone"
		case inXML != inDER:
			detail = fmt.Sprintf("%s in the XML, %s in the DER", shorten(inXML), shorten(inDER))
		default:
			continue
		}
		if len(out) == maxAnomalies {
			break
		}
		out = append(out, facts.Anomaly{Code: CodeDiffer, Detail: fmt.Sprintf("%q: %s", shorten(key), detail)})
	}
	return out
}

func shorten(text string) string {
	runes := []rune(text[:min(len(text), 400)])
	if len(runes) <= 100 && len(text) <= 400 {
		return text
	}
	return string(runes[:min(len(runes), 100)]) + "…"
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}

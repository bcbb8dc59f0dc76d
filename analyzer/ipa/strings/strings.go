// Package strings reads strings files (InfoPlist.strings): the texts of a
// bundle in one language, as a binary, XML or text property list, in UTF-8 or
// UTF-16 with and without a byte order mark.
//
// It promises to read what people write, too: a second ";", a missing one, words
// without quotes, GBK. Whatever a device would refuse or read differently is an
// anomaly. It is bounded by plist.Limits and gives equal tables for equal bytes.
package strings

import (
	"maps"
	"slices"

	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/plist"
)

// MaxBytes is the length of the longest file that is read.
const MaxBytes = 2 << 20

// CodeValue: a value that is no text and was left out.
const CodeValue = "strings-value"

// Table is the texts of one file by key.
type Table map[string]string

// Keys are the table's keys in order.
func (t Table) Keys() []string { return slices.Sorted(maps.Keys(t)) }

// Decode reads a file. The anomalies have no Where. An error is
// plist.ErrMalformed or plist.ErrTooLarge: nothing of the file can be read.
func Decode(data []byte) (Table, []facts.Anomaly, error) {
	doc, err := plist.Read(data, plist.Limits{Bytes: MaxBytes})
	if err != nil {
		return nil, nil, err
	}
	found := doc.Anomalies
	values, ok := doc.Value.(map[string]any)
	if !ok {
		return nil, append(found, facts.Anomaly{Code: CodeValue, Detail: "the file holds no dictionary"}), nil
	}
	t := make(Table, len(values))
	others := 0
	for key, value := range values {
		if text, ok := value.(string); ok {
			t[key] = text
		} else {
			others++
		}
	}
	if others > 0 {
		found = append(found, facts.Anomaly{Code: CodeValue, Detail: "values that are no text are left out"})
	}
	return t, found, nil
}

package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/gowebpki/jcs"
)

// ErrNotReport is what every document that cannot be a signed report of heyan gives;
// the error's text says why.
var ErrNotReport = errors.New("not a report of heyan")

const (
	// maxDepth is far more than a report nests.
	maxDepth = 100
	// maxInteger is the largest whole number that every reader of JSON holds exactly.
	maxInteger = 1<<53 - 1
)

func notReport(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrNotReport, fmt.Errorf(format, args...))
}

// canonical returns the JCS form of a report, checked to have one meaning only.
func canonical(data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // as editors put it
	if err := checkTokens(data); err != nil {
		return nil, err
	}
	// Two readers must agree on the grammar: neither is trusted alone.
	if !json.Valid(data) {
		return nil, notReport("it is not JSON")
	}
	out, err := jcs.Transform(data)
	if err != nil {
		return nil, notReport("%w", err)
	}
	if len(out) == 0 || out[0] != '{' {
		return nil, notReport("it is no JSON object")
	}
	return out, nil
}

// checkTokens refuses nesting that no report has, and numbers that the canonical form
// would change. It runs before anything recursive.
func checkTokens(data []byte) error {
	depth := 0
	for i := 0; i < len(data); {
		switch c := data[i]; {
		case c == '"':
			i = stringEnd(data, i)
			continue
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return notReport("it nests deeper than %d", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		case c == '-' || c >= '0' && c <= '9':
			end := numberEnd(data, i)
			if !exact(data[i:end]) {
				return notReport("the number %q is not whole, or too large to be exact", clip(data[i:end]))
			}
			i = end
			continue
		}
		i++
	}
	return nil
}

// stringEnd returns the position behind the string that begins at i.
func stringEnd(data []byte, i int) int {
	for i++; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

func numberEnd(data []byte, i int) int {
	for i < len(data) && bytes.IndexByte([]byte("+-.0123456789eE"), data[i]) >= 0 {
		i++
	}
	return i
}

// exact reports whether a number is written as a whole number within maxInteger, in
// the one way that its canonical form has.
func exact(number []byte) bool {
	if len(number) > len("-9007199254740991") {
		return false
	}
	n, err := strconv.ParseInt(string(number), 10, 64)
	return err == nil && n >= -maxInteger && n <= maxInteger && strconv.FormatInt(n, 10) == string(number)
}

func clip(b []byte) []byte { return b[:min(len(b), 32)] }

// withoutMember takes the named member out of a canonical object and returns the rest,
// still canonical, and the member's value, nil where there is none.
func withoutMember(object []byte, name string) (rest, value []byte, err error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil {
		return nil, nil, err
	}
	for dec.More() {
		start := dec.InputOffset() // behind "{" or the value before
		key, err := dec.Token()
		if err != nil {
			return nil, nil, err
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, nil, err
		}
		if key == name {
			return cut(object, start, dec.InputOffset()), raw, nil
		}
	}
	return object, nil, nil
}

// cut removes a member and the one comma that went with it.
func cut(object []byte, start, end int64) []byte {
	if object[start] != ',' && object[end] == ',' { // it is the first
		end++
	}
	return append(bytes.Clone(object[:start]), object[end:]...)
}

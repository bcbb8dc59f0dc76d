package entitlement

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"heyan/analyzer/ipa/plist"
)

// encoder writes values as compact JSON, up to maxJSON bytes of all of them.
type encoder struct {
	out  strings.Builder
	left int
}

// encodeAll encodes every value of a dictionary by its key.
func encodeAll(dict map[string]any) (map[string]string, error) {
	e := &encoder{left: maxJSON}
	texts := make(map[string]string, len(dict))
	for _, key := range slices.Sorted(maps.Keys(dict)) {
		e.out.Reset()
		if err := e.value(dict[key], 1); err != nil {
			return nil, err
		}
		texts[key] = e.out.String()
	}
	return texts, nil
}

func (e *encoder) write(text string) error {
	if e.left -= len(text); e.left < 0 {
		return malformed("more than %d bytes of values", maxJSON)
	}
	e.out.WriteString(text)
	return nil
}

func (e *encoder) value(v any, depth int) error {
	if depth > maxDepth {
		return malformed("nested deeper than %d", maxDepth)
	}
	switch v := v.(type) {
	case map[string]any:
		return e.dictionary(v, depth)
	case []any:
		return e.array(v, depth)
	case string:
		return e.text(v)
	case []byte:
		if base64.StdEncoding.EncodedLen(len(v)) > e.left {
			return malformed("more than %d bytes of values", maxJSON)
		}
		return e.text(base64.StdEncoding.EncodeToString(v))
	case bool:
		return e.write(strconv.FormatBool(v))
	case int64:
		return e.write(strconv.FormatInt(v, 10))
	case uint64:
		return e.write(strconv.FormatUint(v, 10))
	case plist.UID:
		return e.write(strconv.FormatUint(uint64(v), 10))
	case float64:
		return e.float(v)
	case time.Time:
		return e.text(v.UTC().Format(time.RFC3339))
	}
	return e.write("null")
}

func (e *encoder) dictionary(dict map[string]any, depth int) error {
	separator := "{"
	for _, key := range slices.Sorted(maps.Keys(dict)) {
		if err := e.write(separator); err != nil {
			return err
		}
		if err := e.text(key); err != nil {
			return err
		}
		if err := e.write(":"); err != nil {
			return err
		}
		if err := e.value(dict[key], depth+1); err != nil {
			return err
		}
		separator = ","
	}
	if len(dict) == 0 {
		return e.write("{}")
	}
	return e.write("}")
}

func (e *encoder) array(items []any, depth int) error {
	separator := "["
	for _, item := range items {
		if err := e.write(separator); err != nil {
			return err
		}
		if err := e.value(item, depth+1); err != nil {
			return err
		}
		separator = ","
	}
	if len(items) == 0 {
		return e.write("[]")
	}
	return e.write("]")
}

func (e *encoder) text(s string) error {
	if len(s) > e.left {
		return malformed("more than %d bytes of values", maxJSON)
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return malformed("%v", err)
	}
	return e.write(strings.TrimSuffix(out.String(), "\n"))
}

// float writes what JSON has no number for as text.
func (e *encoder) float(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return e.text(strconv.FormatFloat(f, 'g', -1, 64))
	}
	return e.write(strconv.FormatFloat(f, 'g', -1, 64))
}

package sqlstore

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// bind turns arguments into what both drivers take: times into microseconds, yes
// and no into 1 and 0, absent bytes into none, and texts into valid UTF-8 without
// NUL, which PostgreSQL refuses. Texts come from packages: one that cannot be
// stored must not keep a judgement from being written.
func bind(args []any) []any {
	bound := make([]any, len(args))
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			bound[i] = clean(v)
		case time.Time:
			bound[i] = micros(v)
		case bool:
			bound[i] = int64(0)
			if v {
				bound[i] = int64(1)
			}
		case int:
			bound[i] = int64(v)
		case int64:
			bound[i] = v
		case []byte:
			bound[i] = v
			if v == nil {
				bound[i] = []byte{}
			}
		default: // the contract's kinds of texts
			bound[i] = clean(reflect.ValueOf(arg).String())
		}
	}
	return bound
}

func clean(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// longestKey is how long a text of an index may be: PostgreSQL's index rows hold
// less than 2700 bytes.
const longestKey = 512

// indexed shortens a text that comes from a package and is part of an index.
// Different ones stay different.
func indexed(s string) string {
	s = clean(s)
	if len(s) <= longestKey {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return strings.ToValidUTF8(s[:longestKey-70], "") + "… " + hex.EncodeToString(sum[:])
}

// micros are the microseconds since 1970, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// utc scans microseconds into a time.
type utc struct{ t *time.Time }

func (u utc) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T", v)
	}
	*u.t = time.Time{}
	if n != 0 {
		*u.t = time.UnixMicro(n).UTC()
	}
	return nil
}

// words scans a list of words.
type words[T ~string] struct{ list *[]T }

func (w words[T]) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("a list is stored as %T", v)
	}
	*w.list = nil
	for word := range strings.FieldsSeq(s) {
		*w.list = append(*w.list, T(word))
	}
	return nil
}

// joined is how a list of words is stored.
func joined[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, word := range list {
		texts[i] = string(word)
	}
	return strings.Join(texts, " ")
}

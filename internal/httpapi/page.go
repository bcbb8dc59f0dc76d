package httpapi

import (
	"encoding/base64"
	"strings"
)

// cursorPrefix names the form of a cursor, so that another can follow.
const cursorPrefix = "1:"

// after reads a cursor: the id of the last one seen. To clients it is opaque.
func (p PageInput) after() (string, error) {
	if p.Cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	id, ok := strings.CutPrefix(string(raw), cursorPrefix)
	if err != nil || !ok || id == "" || !plainID(id) {
		return "", errParameter("query.cursor", "应为上一页给出的 next", "expected the next of the page before")
	}
	return id, nil
}

func plainID(id string) bool {
	for _, c := range []byte(id) {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

func cursor(id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorPrefix + id))
}

// pageOf makes a page of a list that was read with one more than the limit.
func pageOf[From, To any](list []From, limit int, view func(From) To, id func(From) string) Page[To] {
	more := len(list) > limit
	if more {
		list = list[:limit]
	}
	p := Page[To]{Items: views(list, view)}
	if more {
		p.Next = cursor(id(list[len(list)-1]))
	}
	return p
}

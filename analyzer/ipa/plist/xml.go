package plist

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// xmlReader reads the XML form as CoreFoundation's own parser does
// (CFPropertyList.c): tags by name with their attributes passed over, the five
// predefined entities and character numbers, nothing else of XML.
type xmlReader struct {
	doc    *Document
	text   []byte
	pos    int
	budget budget
}

func readXML(text []byte, limits Limits, doc *Document) error {
	doc.Format = FormatXML
	r := &xmlReader{doc: doc, text: text, budget: budget{objects: limits.Objects, depth: limits.Depth}}
	t, err := r.next()
	if err != nil {
		return err
	}
	wrapped := t.name == "plist" && !t.closing
	if wrapped {
		if t.empty {
			return malformed("an empty <plist>")
		}
		if t, err = r.next(); err != nil {
			return err
		}
	}
	if doc.Value, err = r.value(t); err != nil {
		return err
	}
	if wrapped {
		if t, err = r.next(); err != nil {
			return err
		}
		if t.name != "plist" || !t.closing {
			return malformed("%s where </plist> should be", t)
		}
	}
	r.trailing()
	return nil
}

// trailing notes what follows the list.
func (r *xmlReader) trailing() {
	if err := r.skip(); err != nil || len(bytes.Trim(r.text[r.pos:], "\x00 \t\r\n")) > 0 {
		r.doc.note(CodeTrailingData, "%d bytes follow the property list", len(r.text)-r.pos)
	}
}

// tag is one tag; empty is <name/>.
type tag struct {
	name           string
	closing, empty bool
}

func (t tag) String() string {
	if t.closing {
		return "</" + shorten(t.name) + ">"
	}
	return "<" + shorten(t.name) + ">"
}

// skip passes over blanks, comments, declarations.
func (r *xmlReader) skip() error {
	for {
		r.pos += len(r.text[r.pos:]) - len(bytes.TrimLeft(r.text[r.pos:], " \t\r\n"))
		rest := r.text[r.pos:]
		var end int
		switch {
		case bytes.HasPrefix(rest, []byte("<?")):
			end = after(rest, 2, "?>")
		case bytes.HasPrefix(rest, []byte("<!--")):
			end = after(rest, 4, "-->") // readers differ on <!-->, so it is no comment's end
		case bytes.HasPrefix(rest, []byte("<!DOCTYPE")):
			end = doctypeEnd(rest)
		default:
			return nil
		}
		if end < 0 {
			return malformed("a comment or declaration at offset %d does not end", r.pos)
		}
		r.pos += end
	}
}

// after is the offset behind the first end mark that begins at from or later.
func after(b []byte, from int, mark string) int {
	at := bytes.Index(b[from:], []byte(mark))
	if at < 0 {
		return -1
	}
	return from + at + len(mark)
}

// doctypeEnd is the offset behind a document type. One that declares entities
// ends nowhere: nothing here is replaced by what the file says.
func doctypeEnd(b []byte) int {
	end := after(b, 0, ">")
	if end < 0 || bytes.IndexByte(b[:end], '[') >= 0 {
		return -1
	}
	return end
}

// next reads the next tag; only blanks and comments may stand before it.
func (r *xmlReader) next() (tag, error) {
	if err := r.skip(); err != nil {
		return tag{}, err
	}
	rest := r.text[r.pos:]
	if len(rest) == 0 {
		return tag{}, malformed("the XML ends too early")
	}
	end := bytes.IndexByte(rest, '>')
	if rest[0] != '<' || end < 0 {
		return tag{}, malformed("no tag at offset %d", r.pos)
	}
	inner := rest[1:end]
	r.pos += end + 1
	var t tag
	if inner, t.closing = bytes.CutPrefix(inner, []byte("/")); !t.closing {
		inner, t.empty = bytes.CutSuffix(inner, []byte("/"))
	}
	if at := bytes.IndexAny(inner, " \t\r\n"); at >= 0 {
		inner = inner[:at]
	}
	t.name = string(inner[:min(len(inner), 2*maxShown)])
	return t, nil
}

// value reads what begins with the tag t.
func (r *xmlReader) value(t tag) (any, error) {
	if t.closing {
		return nil, malformed("%s where a value should be", t)
	}
	switch t.name {
	case "dict":
		return r.dict(t)
	case "array":
		return r.array(t)
	}
	if err := r.budget.spend(1); err != nil {
		return nil, err
	}
	var text string
	if !t.empty {
		var err error
		if text, err = r.content(t.name); err != nil {
			return nil, err
		}
	}
	return scalar(t, text)
}

func scalar(t tag, text string) (any, error) {
	switch t.name {
	case "string", "ustring":
		return text, nil
	case "true", "false":
		return t.name == "true", nil
	case "integer":
		return parseInteger(strings.TrimSpace(text))
	case "real":
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return nil, malformed("real %q", shorten(text))
		}
		return f, nil
	case "date":
		d, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
		if err != nil {
			return nil, malformed("date %q", shorten(text))
		}
		return d.UTC(), nil
	case "data":
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			return nil, malformed("data that is no base64")
		}
		return b, nil
	}
	return nil, malformed("unknown element %s", t)
}

// parseInteger reads a number that may have a sign and may be hexadecimal.
func parseInteger(s string) (any, error) {
	digits, base := s, 10
	sign := ""
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		sign, digits = s[:1], s[1:]
	}
	if len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x' {
		digits, base = digits[2:], 16
	}
	if n, err := strconv.ParseInt(sign+digits, base, 64); err == nil {
		return n, nil
	}
	if n, err := strconv.ParseUint(digits, base, 64); err == nil && sign != "-" {
		return n, nil
	}
	return nil, malformed("integer %q", shorten(s))
}

func (r *xmlReader) array(t tag) (any, error) {
	list := []any{}
	if err := r.budget.enter(1); err != nil {
		return nil, err
	}
	defer r.budget.leave()
	if t.empty {
		return list, nil
	}
	for {
		t, err := r.next()
		if err != nil {
			return nil, err
		}
		if t.closing && t.name == "array" {
			return list, nil
		}
		v, err := r.value(t)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

func (r *xmlReader) dict(t tag) (any, error) {
	m := map[string]any{}
	if err := r.budget.enter(dictCost); err != nil {
		return nil, err
	}
	defer r.budget.leave()
	if t.empty {
		return m, nil
	}
	for {
		t, err := r.next()
		if err != nil {
			return nil, err
		}
		if t.closing && t.name == "dict" {
			return m, nil
		}
		if t.closing || t.name != "key" {
			return nil, malformed("%s where a key should be", t)
		}
		if err := r.pair(m, t); err != nil {
			return nil, err
		}
	}
}

// pair reads a key, whose tag is t, and its value.
func (r *xmlReader) pair(m map[string]any, t tag) error {
	key := ""
	if err := r.budget.spend(1); err != nil {
		return err
	}
	if !t.empty {
		var err error
		if key, err = r.content("key"); err != nil {
			return err
		}
	}
	t, err := r.next()
	if err != nil {
		return err
	}
	v, err := r.value(t)
	if err != nil {
		return err
	}
	if _, seen := m[key]; seen {
		r.doc.note(CodeDuplicateKey, "%q stands twice in one dictionary, the last is taken", shorten(key))
	}
	m[key] = v
	return nil
}

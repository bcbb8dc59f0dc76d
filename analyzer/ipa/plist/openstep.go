package plist

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// CodeLenient: text that a device refuses and that was read all the same.
const CodeLenient = "strings-lenient"

// openStepReader reads the old text form: { key = value; }, ( a, b ), <hex>,
// "quoted" and plain words; without braces it is a strings file. What is
// commonly written wrong (";;", a missing ";", an unknown escape) is read and
// noted.
type openStepReader struct {
	doc    *Document
	text   []byte
	pos    int
	budget budget
}

func readOpenStep(text []byte, limits Limits, doc *Document) error {
	doc.Format = FormatOpenStep
	r := &openStepReader{doc: doc, text: text, budget: budget{objects: limits.Objects, depth: limits.Depth}}
	if err := r.skip(); err != nil {
		return err
	}
	if r.pos == len(text) {
		doc.Value = map[string]any{}
		return nil
	}
	var err error
	if c := text[r.pos]; c == '{' || c == '(' || c == '<' {
		doc.Value, err = r.value()
	} else {
		doc.Value, err = r.pairs(0)
	}
	if err != nil {
		return err
	}
	if err := r.skip(); err != nil || r.pos < len(text) {
		doc.note(CodeTrailingData, "%d bytes follow the property list", len(text)-r.pos)
	}
	return nil
}

// peek is the next byte, 0 at the end.
func (r *openStepReader) peek() byte {
	if r.pos < len(r.text) {
		return r.text[r.pos]
	}
	return 0
}

// skip passes over blanks and comments. A zero is taken for a blank: strings
// files padded with them are met.
func (r *openStepReader) skip() error {
	for r.pos < len(r.text) {
		rest := r.text[r.pos:]
		switch {
		case rest[0] <= ' ':
			r.pos++
		case rest[0] == '/' && len(rest) > 1 && rest[1] == '/':
			for r.pos < len(r.text) && r.text[r.pos] != '\n' && r.text[r.pos] != '\r' {
				r.pos++
			}
		case rest[0] == '/' && len(rest) > 1 && rest[1] == '*':
			end := after(rest, 2, "*/")
			if end < 0 {
				return malformed("the comment at offset %d does not end", r.pos)
			}
			r.pos += end
		default:
			c, size := utf8.DecodeRune(rest)
			if !unicode.IsSpace(c) && c != 0xfeff {
				return nil
			}
			r.pos += size
		}
	}
	return nil
}

func (r *openStepReader) value() (any, error) {
	if err := r.skip(); err != nil {
		return nil, err
	}
	switch r.peek() {
	case '{':
		r.pos++
		return r.pairs('}')
	case '(':
		return r.array()
	case '<':
		return r.hexData()
	}
	return r.word()
}

// pairs reads "key = value;" up to the byte end, 0 being the end of the text.
func (r *openStepReader) pairs(end byte) (any, error) {
	if err := r.budget.enter(dictCost); err != nil {
		return nil, err
	}
	defer r.budget.leave()
	m := map[string]any{}
	for {
		if err := r.skip(); err != nil {
			return nil, err
		}
		switch {
		case r.pos == len(r.text) && end == 0:
			return m, nil
		case r.pos == len(r.text):
			return nil, malformed("a dictionary does not end")
		case end != 0 && r.peek() == end:
			r.pos++
			return m, nil
		case r.peek() == ';':
			r.doc.note(CodeLenient, "a second \";\" at offset %d", r.pos)
			r.pos++
			continue
		}
		if err := r.pair(m); err != nil {
			return nil, err
		}
	}
}

// pair reads one key and its value; "key;" stands for a value that equals it.
func (r *openStepReader) pair(m map[string]any) error {
	key, err := r.word()
	if err != nil {
		return err
	}
	if err := r.skip(); err != nil {
		return err
	}
	var v any = key
	if r.peek() == '=' {
		r.pos++
		if v, err = r.value(); err != nil {
			return err
		}
		if err := r.skip(); err != nil {
			return err
		}
	} else if r.peek() != ';' {
		return malformed("%q at offset %d is followed by neither \"=\" nor \";\"", shorten(key), r.pos)
	}
	if r.peek() == ';' {
		r.pos++
	} else {
		r.doc.note(CodeLenient, "no \";\" behind %q", shorten(key))
	}
	if _, seen := m[key]; seen {
		r.doc.note(CodeDuplicateKey, "%q stands twice in one dictionary, the last is taken", shorten(key))
	}
	m[key] = v
	return nil
}

func (r *openStepReader) array() (any, error) {
	if err := r.budget.enter(1); err != nil {
		return nil, err
	}
	defer r.budget.leave()
	r.pos++
	list := []any{}
	for {
		if err := r.skip(); err != nil {
			return nil, err
		}
		if r.peek() == ')' {
			r.pos++
			return list, nil
		}
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if err := r.skip(); err != nil {
			return nil, err
		}
		switch r.peek() {
		case ',':
			r.pos++
		case ')':
		default:
			return nil, malformed("no \",\" in an array at offset %d", r.pos)
		}
	}
}

func (r *openStepReader) hexData() (any, error) {
	rest := r.text[r.pos:]
	end := after(rest, 1, ">")
	if end < 0 {
		return nil, malformed("data at offset %d does not end", r.pos)
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(rest[1:end-1])), ""))
	if err != nil {
		return nil, malformed("data at offset %d is not hexadecimal", r.pos)
	}
	r.pos += end
	return b, r.budget.spend(1)
}

// word reads a quoted or a plain word.
func (r *openStepReader) word() (string, error) {
	if err := r.budget.spend(1); err != nil {
		return "", err
	}
	if c := r.peek(); c == '"' || c == '\'' {
		r.pos++
		return r.quoted(c)
	}
	start := r.pos
	for r.pos < len(r.text) && plainByte(r.text[r.pos]) {
		if r.text[r.pos] == '/' && r.pos+1 < len(r.text) && (r.text[r.pos+1] == '/' || r.text[r.pos+1] == '*') {
			break
		}
		r.pos++
	}
	if r.pos == start {
		return "", malformed("a word should be at offset %d", start)
	}
	word := string(r.text[start:r.pos])
	if strings.IndexFunc(word, func(c rune) bool { return c >= utf8.RuneSelf }) >= 0 {
		r.doc.note(CodeLenient, "%q stands without quotes", shorten(word))
	}
	return word, nil
}

// plainByte: what a word may hold without quotes, and bytes of other than ASCII.
func plainByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c >= utf8.RuneSelf:
		return true
	}
	return strings.IndexByte("_$/:.-", c) >= 0
}

// quoted reads up to the closing quote, which is q.
func (r *openStepReader) quoted(q byte) (string, error) {
	var out []byte
	start := r.pos
	for r.pos < len(r.text) {
		c := r.text[r.pos]
		r.pos++
		switch c {
		case q:
			return string(out), nil
		case '\\':
			out = r.escape(out)
		default:
			out = append(out, c)
		}
	}
	return "", malformed("the quoted text at offset %d does not end", start-1)
}

// escape reads what follows a backslash: a letter, three octal digits, or U and
// four hexadecimal ones, of which two can make a pair.
func (r *openStepReader) escape(out []byte) []byte {
	if r.pos == len(r.text) {
		return out
	}
	c := r.text[r.pos]
	r.pos++
	if at := strings.IndexByte("abfnrtv", c); at >= 0 {
		return append(out, "\a\b\f\n\r\t\v"[at])
	}
	switch {
	case c == 'U' || c == 'u':
		first, ok := r.hexUnit(0)
		if !ok {
			break
		}
		r.pos += 4
		if utf16.IsSurrogate(first) && r.pos+2 <= len(r.text) && r.text[r.pos] == '\\' && r.text[r.pos+1]|0x20 == 'u' {
			if second, ok := r.hexUnit(2); ok {
				r.pos += 6
				first = utf16.DecodeRune(first, second)
			}
		}
		return utf8.AppendRune(out, first)
	case c >= '0' && c <= '7':
		n := rune(c - '0')
		for i := 0; i < 2 && r.peek() >= '0' && r.peek() <= '7'; i++ {
			n = n*8 + rune(r.peek()-'0')
			r.pos++
		}
		return utf8.AppendRune(out, n&0xff)
	case c == '"' || c == '\'' || c == '\\' || c == '\n':
		return append(out, c)
	}
	r.doc.note(CodeLenient, "unknown escape \\%c", c)
	return append(out, c)
}

// hexUnit reads four hexadecimal digits at an offset from here.
func (r *openStepReader) hexUnit(from int) (rune, bool) {
	at := r.pos + from
	if at+4 > len(r.text) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(r.text[at:at+4]), 16, 16)
	return rune(n), err == nil
}

package plist

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// content reads text up to the closing tag of name.
func (r *xmlReader) content(name string) (string, error) {
	var out []byte
	for {
		rest := r.text[r.pos:]
		at := bytes.IndexAny(rest, "<&")
		if at < 0 {
			return "", malformed("<%s> does not end", name)
		}
		out = append(out, rest[:at]...)
		r.pos += at
		rest = rest[at:]
		switch {
		case rest[0] == '&':
			c, size := entity(rest)
			if size == 0 {
				return "", malformed("unknown entity at offset %d", r.pos)
			}
			out = utf8.AppendRune(out, c)
			r.pos += size
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			end := after(rest, 9, "]]>")
			if end < 0 {
				return "", malformed("CDATA at offset %d does not end", r.pos)
			}
			out = append(out, rest[9:end-3]...)
			r.pos += end
		default:
			return string(out), r.end(name)
		}
	}
}

// end reads the closing tag of name.
func (r *xmlReader) end(name string) error {
	if !bytes.HasPrefix(r.text[r.pos:], []byte("</")) {
		return malformed("no closing </%s> at offset %d", name, r.pos)
	}
	t, err := r.next()
	if err != nil {
		return err
	}
	if t.name != name {
		return malformed("%s where </%s> should be", t, name)
	}
	return nil
}

// entity reads a reference to a character; size 0 is none that is known.
func entity(b []byte) (c rune, size int) {
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 0 {
		return 0, 0
	}
	name := string(b[1:end])
	switch name {
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "amp":
		return '&', end + 1
	case "quot":
		return '"', end + 1
	case "apos":
		return '\'', end + 1
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, 0
	}
	digits, base := name[1:], 10
	if digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return 0, 0
	}
	return rune(n), end + 1
}

// Package filingnumber finds filing numbers (教APP备, seven digits, 号) in the
// texts of a package.
//
// It promises a bounded search: so many bytes and files and no more, what was
// left out counted; a file that can't be read is counted and passed over; equal
// packages give equal lists.
package filingnumber

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Find finds the numbers in bytes of unknown encoding: UTF-8, UTF-16 of either
// order, and escaped as in JavaScript (\u6559) or HTML (&#25945; &#x6559;).
// Full-width letters and digits, small letters and blanks between the parts are
// accepted; the result is spelt the usual way.
func Find(b []byte) []string {
	var out []string
	for _, lead := range []struct {
		mark string
		next func([]byte) (rune, int)
	}{
		{"教", nextUTF8},
		{"\x59\x65", nextUTF16LE},
		{"\x65\x59", nextUTF16BE},
		{`\u6559`, nextUTF8},
		{"&#25945;", nextUTF8},
		{"&#x6559;", nextUTF8},
	} {
		for rest := b; ; {
			at := bytes.Index(rest, []byte(lead.mark))
			if at < 0 {
				break
			}
			rest = rest[at+len(lead.mark):]
			if number, ok := matchNumber(rest, lead.next); ok {
				out = append(out, number)
			}
		}
	}
	return out
}

// matchNumber matches what follows 教.
func matchNumber(b []byte, next func([]byte) (rune, int)) (string, bool) {
	s := numberScanner{b: b, next: next}
	for _, want := range []string{"Aa", "Pp", "Pp", "备備"} {
		if !strings.ContainsRune(want, s.rune()) {
			return "", false
		}
	}
	digits := make([]byte, 0, 8)
	r := s.rune()
	for ; r >= '0' && r <= '9' && len(digits) < 8; r = s.rune() {
		digits = append(digits, byte(r))
	}
	if len(digits) != 7 || r != '号' && r != '號' {
		return "", false
	}
	return "教APP备" + string(digits) + "号", true
}

// numberScanner gives out characters, blanks left out and wide forms narrowed.
type numberScanner struct {
	b    []byte
	next func([]byte) (rune, int)
}

// maxBlanks is how many blanks may stand between two characters.
const maxBlanks = 4

func (s *numberScanner) rune() rune {
	for range maxBlanks + 1 {
		r, size := s.next(s.b)
		if size == 0 {
			return -1
		}
		s.b = s.b[size:]
		switch {
		case r == ' ' || r == 0x3000 || r == 0xa0 || r == '\t' || r == 0x200b:
		case r >= 0xff01 && r <= 0xff5e:
			return r - 0xff01 + '!'
		default:
			return r
		}
	}
	return -1
}

func nextUTF16LE(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	return rune(b[0]) | rune(b[1])<<8, 2
}

func nextUTF16BE(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	return rune(b[0])<<8 | rune(b[1]), 2
}

// nextUTF8 decodes a character that may be escaped.
func nextUTF8(b []byte) (rune, int) {
	switch {
	case len(b) >= 6 && b[0] == '\\' && b[1] == 'u':
		if n, err := strconv.ParseUint(string(b[2:6]), 16, 16); err == nil {
			return rune(n), 6
		}
	case len(b) >= 4 && b[0] == '&' && b[1] == '#':
		end := bytes.IndexByte(b[:min(len(b), 10)], ';')
		if end < 0 {
			break
		}
		digits, base := string(b[2:end]), 10
		if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
			digits, base = digits[1:], 16
		}
		if n, err := strconv.ParseUint(digits, base, 16); err == nil {
			return rune(n), end + 1
		}
	}
	r, size := utf8.DecodeRune(b)
	return r, size
}

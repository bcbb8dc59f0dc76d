package restype

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Flaw is why Android would not give out a string.
type Flaw string

// The flaws of a string; FlawNone is a good one.
const (
	FlawNone         Flaw = ""
	FlawPastEnd      Flaw = "string runs past the pool"
	FlawUnterminated Flaw = "string is not terminated"
	FlawLength       Flaw = "string's two lengths differ"
)

// Decode reads the pool string at the start of b, which reaches to the pool's
// end or as far as was read of it. need is the number of bytes it takes with
// its terminator; where that is more than len(b), s is what there is of it.
// A flawed string is given as far as it can be read.
func Decode(b []byte, isUTF8 bool) (s string, need int, flaw Flaw) {
	if isUTF8 {
		return decode8(b)
	}
	return decode16(b)
}

func decode8(b []byte) (string, int, Flaw) {
	units, n, ok := length8(b)
	if !ok {
		return "", 6, FlawPastEnd
	}
	size, m, ok := length8(b[n:])
	if !ok {
		return "", 6, FlawPastEnd
	}
	b = b[n+m:]
	head := n + m
	if size >= len(b) {
		return text8(upToNUL(b)), head + size + 1, FlawPastEnd
	}
	// aapt cut lengths over 0x7fff to 15 bits, so Android looks for the end at
	// every multiple (ResStringPool::stringDecodeAt).
	end, flaw := size, FlawUnterminated
	for ; end < len(b); end += 1 << 15 {
		if b[end] == 0 {
			flaw = FlawNone
			break
		}
	}
	if flaw != FlawNone {
		return text8(b[:size]), head + end + 1, flaw
	}
	if units16(b[:end])&0x7fff != units {
		// The first of the two ends is the one that other readers stop at.
		return text8(b[:end]), head + end + 1, FlawLength
	}
	return text8(b[:end]), head + end + 1, FlawNone
}

func decode16(b []byte) (string, int, Flaw) {
	if len(b) < 2 {
		return "", 4, FlawPastEnd
	}
	n, head := int(U16(b, 0)), 2
	if n&0x8000 != 0 {
		if len(b) < 4 {
			return "", 4, FlawPastEnd
		}
		n, head = (n&0x7fff)<<16|int(U16(b, 2)), 4
	}
	b = b[head:]
	need := head + 2*n + 2
	if 2*n+2 > len(b) {
		return text16(b[:len(b)&^1], true), need, FlawPastEnd
	}
	if U16(b, 2*n) != 0 {
		return text16(b[:2*n], false), need, FlawUnterminated
	}
	return text16(b[:2*n], false), need, FlawNone
}

// length8 reads a length of one or two bytes.
func length8(b []byte) (n, size int, ok bool) {
	switch {
	case len(b) == 0:
		return 0, 0, false
	case b[0]&0x80 == 0:
		return int(b[0]), 1, true
	case len(b) == 1:
		return 0, 0, false
	}
	return int(b[0]&0x7f)<<8 | int(b[1]), 2, true
}

func upToNUL(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

// units16 counts the UTF-16 units of b the way Android does: by lead bytes.
func units16(b []byte) int {
	n := 0
	for i := 0; i < len(b); {
		size := leadSize(b[i])
		n++
		if size == 4 {
			n++
		}
		i += size
	}
	return n
}

func leadSize(c byte) int {
	switch {
	case c < 0xc0:
		return 1
	case c < 0xe0:
		return 2
	case c < 0xf0:
		return 3
	}
	return 4
}

// text8 makes valid UTF-8 of b, joining surrogates that were encoded apart.
func text8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var units []uint16
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 && i+3 <= len(b) && b[i] == 0xed && b[i+1]&0xe0 == 0xa0 && b[i+2]&0xc0 == 0x80 {
			r, size = rune(b[i]&0xf)<<12|rune(b[i+1]&0x3f)<<6|rune(b[i+2]&0x3f), 3
			units = append(units, uint16(r))
		} else {
			units = utf16.AppendRune(units, r)
		}
		i += size
	}
	return string(utf16.Decode(units))
}

// text16 decodes UTF-16; toNUL stops at the first NUL.
func text16(b []byte, toNUL bool) string {
	var out []byte
	if ascii16(b) {
		out = make([]byte, 0, len(b)/2)
	} else {
		out = make([]byte, 0, len(b)/2*3)
	}
	for i := 0; i+1 < len(b); i += 2 {
		r := rune(U16(b, i))
		if r == 0 && toNUL {
			break
		}
		if utf16.IsSurrogate(r) {
			if i+3 < len(b) {
				if both := utf16.DecodeRune(r, rune(U16(b, i+2))); both != utf8.RuneError {
					out = utf8.AppendRune(out, both)
					i += 2
					continue
				}
			}
			r = utf8.RuneError
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}

func ascii16(b []byte) bool {
	for i := 0; i+1 < len(b); i += 2 {
		if b[i+1] != 0 || b[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Measure is the number of bytes that the string at the start of b takes
// without its lengths and terminator; ok is false where it does not lie in b.
func Measure(b []byte, isUTF8 bool) (size int, ok bool) {
	if !isUTF8 {
		if len(b) < 4 {
			return 0, len(b) >= 2 && U16(b, 0) == 0
		}
		n, head := int(U16(b, 0)), 2
		if n&0x8000 != 0 {
			n, head = (n&0x7fff)<<16|int(U16(b, 2)), 4
		}
		return 2 * n, head+2*n+2 <= len(b)
	}
	_, n, ok := length8(b)
	if !ok {
		return 0, false
	}
	size, m, ok := length8(b[n:])
	return size, ok && n+m+size < len(b)
}

package plist

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// decodeText turns XML or text into UTF-8: by its byte order mark, by what the
// XML declaration says, and where bytes are neither by a guess, which is noted.
func decodeText(data []byte, doc *Document) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return fromUTF16(data[2:], 1, doc), nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return fromUTF16(data[2:], 0, doc), nil
	default:
		if low, ok := guessUTF16(data); ok {
			doc.note(CodeEncoding, "UTF-16 without a byte order mark")
			return fromUTF16(data, low, doc), nil
		}
	}
	if gbk(declaredEncoding(data)) {
		return fromGBK(data, doc, "GBK, as the XML declaration says")
	}
	if utf8.Valid(data) {
		return data, nil
	}
	if out, err := fromGBK(data, doc, "not UTF-8; read as GBK, by a guess"); err == nil {
		return out, nil
	}
	if looksLikeXML(data) {
		return nil, malformed("neither UTF-8 nor GBK")
	}
	doc.note(CodeEncoding, "neither UTF-8 nor GBK; what can't be read is replaced")
	return bytes.ToValidUTF8(data, []byte("\ufffd")), nil
}

// guessUTF16 tells UTF-16 without a mark by the zero beside its first
// character, which is ASCII in every form of a property list. low is where the
// low half of a unit stands.
func guessUTF16(data []byte) (low int, ok bool) {
	switch {
	case len(data) < 4:
		return 0, false
	case data[0] != 0 && data[1] == 0 && data[2] != 0 && data[3] == 0:
		return 0, true
	case data[0] == 0 && data[1] != 0 && data[2] == 0 && data[3] != 0:
		return 1, true
	}
	return 0, false
}

// fromUTF16 decodes; half a unit at the end is left out and half a pair
// replaced, both noted.
func fromUTF16(data []byte, low int, doc *Document) []byte {
	out := make([]byte, 0, len(data))
	unit := func(i int) rune { return rune(data[i+low]) | rune(data[i+1-low])<<8 }
	broken := len(data)%2 != 0
	for i := 0; i+1 < len(data); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if i+3 < len(data) {
				pair = utf16.DecodeRune(r, unit(i+2))
			}
			if pair == utf8.RuneError {
				broken = true
			} else {
				i += 2
			}
			r = pair
		}
		out = utf8.AppendRune(out, r)
	}
	if broken {
		doc.note(CodeEncoding, "broken UTF-16")
	}
	return out
}

// fromGBK decodes GB18030, of which GBK and GB2312 are a part.
func fromGBK(data []byte, doc *Document, note string) ([]byte, error) {
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return nil, malformed("broken GBK")
	}
	doc.note(CodeEncoding, "%s", note)
	return out, nil
}

func gbk(name string) bool {
	switch strings.ToLower(name) {
	case "gbk", "gb2312", "gb18030", "cp936":
		return true
	}
	return false
}

// declaredEncoding is the encoding in the XML declaration, or empty.
func declaredEncoding(data []byte) string {
	if !bytes.HasPrefix(data, []byte("<?xml")) {
		return ""
	}
	line, _, found := bytes.Cut(data[:min(len(data), 256)], []byte("?>"))
	if !found {
		return ""
	}
	_, value, found := bytes.Cut(line, []byte("encoding"))
	value = bytes.TrimLeft(value, " \t\r\n=")
	if !found || len(value) == 0 {
		return ""
	}
	name, _, _ := bytes.Cut(value[1:], value[:1])
	return string(name)
}

// looksLikeXML: text that begins with a tag, a declaration or a comment, not
// with the data of the old form (<0fbd77>).
func looksLikeXML(text []byte) bool {
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) < 2 || text[0] != '<' {
		return false
	}
	for _, start := range []string{"<?", "<!", "<plist", "<dict", "<array", "<string", "<integer", "<real", "<true", "<false", "<data", "<date"} {
		if bytes.HasPrefix(text, []byte(start)) {
			return true
		}
	}
	return false
}

package cert

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"heyan/analyzer/internal/ber"
)

// Bounds of a name's text; a name beyond them is cut, which its text says.
const (
	maxRDNs     = 64
	maxNameText = 4096
)

// NameText writes a name in the order and with the escapes of RFC 2253, keywords
// also for the types people use; control and other unprintable characters are
// escaped as \u00XX.
func NameText(name []byte) string {
	seq, err := ber.One(name)
	if err != nil {
		return "#" + hex.EncodeToString(name[:min(len(name), 64)])
	}
	rdns, err := seq.Children(maxRDNs)
	if err != nil {
		return "#" + hex.EncodeToString(name[:min(len(name), 64)])
	}
	texts := make([]string, 0, len(rdns))
	for i := len(rdns) - 1; i >= 0; i-- {
		texts = append(texts, rdnText(rdns[i]))
	}
	text := strings.Join(texts, ",")
	if len(text) <= maxNameText {
		return text
	}
	cut := maxNameText
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

func rdnText(rdn ber.Value) string {
	pairs, err := rdn.Children(maxRDNs)
	if err != nil {
		return "#" + hex.EncodeToString(rdn.Body[:min(len(rdn.Body), 64)])
	}
	texts := make([]string, 0, len(pairs))
	for _, pair := range pairs {
		oid, value, _, err := attribute(pair)
		if err != nil {
			texts = append(texts, "#"+hex.EncodeToString(pair.Full[:min(len(pair.Full), 64)]))
			continue
		}
		texts = append(texts, keyword(oid)+"="+valueText(value))
	}
	return strings.Join(texts, "+")
}

func keyword(oid string) string {
	switch oid {
	case "2.5.4.3":
		return "CN"
	case "2.5.4.5":
		return "SERIALNUMBER"
	case "2.5.4.6":
		return "C"
	case "2.5.4.7":
		return "L"
	case "2.5.4.8":
		return "ST"
	case "2.5.4.9":
		return "STREET"
	case "2.5.4.10":
		return "O"
	case "2.5.4.11":
		return "OU"
	case "0.9.2342.19200300.100.1.1":
		return "UID"
	case "0.9.2342.19200300.100.1.25":
		return "DC"
	case "1.2.840.113549.1.9.1":
		return "EMAILADDRESS"
	}
	return oid
}

func valueText(v ber.Value) string {
	text, ok := decode(v)
	if !ok {
		return "#" + hex.EncodeToString(v.Full[:min(len(v.Full), 256)])
	}
	return escape(text)
}

func decode(v ber.Value) (string, bool) {
	if v.Class != ber.Universal {
		return "", false
	}
	switch v.Tag {
	case ber.UTF8String, ber.PrintableString, ber.IA5String:
		return strings.ToValidUTF8(string(v.Body), string(utf8.RuneError)), true
	case ber.T61String:
		runes := make([]rune, len(v.Body))
		for i, b := range v.Body {
			runes[i] = rune(b)
		}
		return string(runes), true
	case ber.BMPString:
		units := make([]uint16, len(v.Body)/2)
		for i := range units {
			units[i] = uint16(v.Body[2*i])<<8 | uint16(v.Body[2*i+1])
		}
		return string(utf16.Decode(units)), true
	}
	return "", false
}

func escape(text string) string {
	var out strings.Builder
	last := len(text) - 1
	for i, r := range text {
		switch {
		case strings.ContainsRune(`,+"\<>;`, r), r == '#' && i == 0, r == ' ' && (i == 0 || i == last):
			out.WriteByte('\\')
			out.WriteRune(r)
		case !unicode.IsPrint(r) && r != utf8.RuneError:
			fmt.Fprintf(&out, `\u%04X`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// NameValues are the texts of a name's attributes of one keyword (CN, OU, ...), in
// the order of the name.
func NameValues(name []byte, key string) []string {
	seq, err := ber.One(name)
	if err != nil {
		return nil
	}
	rdns, err := seq.Children(maxRDNs)
	if err != nil {
		return nil
	}
	var out []string
	for _, rdn := range rdns {
		pairs, err := rdn.Children(maxRDNs)
		if err != nil {
			return nil
		}
		for _, pair := range pairs {
			oid, value, _, err := attribute(pair)
			if err != nil || keyword(oid) != key {
				continue
			}
			if text, ok := decode(value); ok {
				out = append(out, text)
			}
		}
	}
	return out
}

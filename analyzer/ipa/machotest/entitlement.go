package machotest

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
	"time"
)

// Plist writes a property list in XML: map[string]any, []any, []string, string,
// bool, int, float64, []byte and time.Time.
func Plist(value any) []byte {
	var out strings.Builder
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n" +
		`<plist version="1.0">` + "\n")
	writeXML(&out, value)
	out.WriteString("</plist>\n")
	return []byte(out.String())
}

func writeXML(out *strings.Builder, value any) {
	switch v := value.(type) {
	case map[string]any:
		out.WriteString("<dict>\n")
		for _, key := range slices.Sorted(maps.Keys(v)) {
			fmt.Fprintf(out, "<key>%s</key>\n", html.EscapeString(key))
			writeXML(out, v[key])
		}
		out.WriteString("</dict>\n")
	case []any:
		out.WriteString("<array>\n")
		for _, item := range v {
			writeXML(out, item)
		}
		out.WriteString("</array>\n")
	case []string:
		writeXML(out, anys(v))
	case string:
		fmt.Fprintf(out, "<string>%s</string>\n", html.EscapeString(v))
	case bool:
		fmt.Fprintf(out, "<%t/>\n", v)
	case int:
		fmt.Fprintf(out, "<integer>%d</integer>\n", v)
	case float64:
		fmt.Fprintf(out, "<real>%g</real>\n", v)
	case []byte:
		fmt.Fprintf(out, "<data>%s</data>\n", base64.StdEncoding.EncodeToString(v))
	case time.Time:
		fmt.Fprintf(out, "<date>%s</date>\n", v.UTC().Format(time.RFC3339))
	default:
		panic(fmt.Sprintf("no property list value: %T", v))
	}
}

// DER writes entitlements as Xcode 13 and later do.
func DER(values map[string]any) []byte {
	return tlv(0x70, append([]byte{2, 1, 1}, derValue(values, 0xb0)...))
}

// OldDER writes entitlements as the first tools that wrote DER did.
func OldDER(values map[string]any) []byte { return derValue(values, 0x31) }

// derValue writes one value; dictionary is the tag dictionaries have.
func derValue(value any, dictionary byte) []byte {
	switch v := value.(type) {
	case map[string]any:
		var body []byte
		for _, key := range slices.Sorted(maps.Keys(v)) {
			body = append(body, tlv(0x30, append(derValue(key, dictionary), derValue(v[key], dictionary)...))...)
		}
		return tlv(dictionary, body)
	case []any:
		var body []byte
		for _, item := range v {
			body = append(body, derValue(item, dictionary)...)
		}
		return tlv(0x30, body)
	case []string:
		return derValue(anys(v), dictionary)
	case string:
		return tlv(0x0c, []byte(v))
	case bool:
		if v {
			return []byte{1, 1, 0xff}
		}
		return []byte{1, 1, 0}
	case int:
		return derInteger(int64(v))
	case int64:
		return derInteger(v)
	case []byte:
		return tlv(0x04, v)
	}
	panic(fmt.Sprintf("no entitlement value: %T", value))
}

func derInteger(n int64) []byte {
	body := binary.BigEndian.AppendUint64(nil, uint64(n))
	for len(body) > 1 && (body[0] == 0 && body[1] < 0x80 || body[0] == 0xff && body[1] >= 0x80) {
		body = body[1:]
	}
	return tlv(2, body)
}

func tlv(tag byte, body []byte) []byte {
	out := []byte{tag}
	switch n := len(body); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	case n < 0x10000:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, body...)
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

package archive

import (
	"bytes"
	"strings"
)

// magicLength is how much of a file Magic wants to see.
const magicLength = 512

const (
	magicZIP = "ZIP"
	magicDEX = "DEX"
)

// magics are told by their first bytes.
var magics = [...]struct{ prefix, kind string }{
	{"PK\x03\x04", magicZIP},
	{"PK\x05\x06", magicZIP},
	{"PK\x07\x08", "split ZIP"},
	{"dex\n", magicDEX},
	{"cdex", "compact DEX"},
	{"dey\n", "ODEX"},
	{"\x7fELF", "ELF"},
	{"MZ", "Windows program (PE)"},
	{"\xfe\xed\xfa\xce", "Mach-O"},
	{"\xfe\xed\xfa\xcf", "Mach-O"},
	{"\xce\xfa\xed\xfe", "Mach-O"},
	{"\xcf\xfa\xed\xfe", "Mach-O"},
	{"Rar!\x1a\x07", "RAR"},
	{"7z\xbc\xaf\x27\x1c", "7z"},
	{"\x1f\x8b", "gzip"},
	{"BZh", "bzip2"},
	{"\xfd7zXZ\x00", "xz"},
	{"\x28\xb5\x2f\xfd", "zstd"},
	{"xar!", "xar (pkg)"},
	{"%PDF-", "PDF"},
	{"bplist00", "binary property list"},
	{"\x03\x00\x08\x00", "binary XML (a lone AndroidManifest.xml)"},
	{"\x89PNG\r\n\x1a\n", "PNG"},
	{"\xff\xd8\xff", "JPEG"},
	{"GIF8", "GIF"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "OLE document"},
	{"SQLite format 3\x00", "SQLite"},
	{"ANDROID BACKUP\n", "Android backup"},
	{"!<arch>\n", "ar"},
}

// Magic names what data begins as, or is empty. head is the first 512 bytes or
// as many as there are.
func Magic(head []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			return m.kind
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xca\xfe\xba\xbe")):
		// A universal Mach-O counts its slices where a class has its version.
		if len(head) >= 8 && head[7] < 20 {
			return "Mach-O (universal)"
		}
		return "Java class"
	case len(head) >= 262 && string(head[257:262]) == "ustar":
		return "tar"
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return "MP4 or HEIF"
	}
	return text(head)
}

// text tells the texts that stand in for a package when a download went wrong.
func text(head []byte) string {
	s := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(head), "\xef\xbb\xbf"), " \t\r\n"))
	switch {
	case strings.HasPrefix(s, "<!doctype html"), strings.HasPrefix(s, "<html"), strings.HasPrefix(s, "<head"):
		return "HTML page"
	case strings.HasPrefix(s, "<?xml"), strings.HasPrefix(s, "<error"), strings.HasPrefix(s, "<plist"), strings.HasPrefix(s, "<manifest"):
		return "XML text"
	case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "["):
		if strings.ContainsAny(s, `":`) {
			return "JSON text"
		}
	case strings.HasPrefix(s, "version https://git-lfs"):
		return "Git LFS pointer"
	}
	return ""
}

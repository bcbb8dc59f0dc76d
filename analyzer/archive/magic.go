package archive

import (
	"bytes"
	"strings"
	"unicode/utf8"
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
	{"\x02\x00\x00\x00\x2d\x00\x00\x00", "APK signature file (.idsig)"},
	{"-----BEGIN ", "PEM text"},
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
	if cmsSignedData(head) {
		return "CMS signed data (as a provisioning profile is)"
	}
	return text(head)
}

// cmsSignedData tells a DER or BER ContentInfo of type signed-data (RFC 5652).
func cmsSignedData(head []byte) bool {
	oid := []byte("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")
	return len(head) > 16 && head[0] == 0x30 && bytes.Contains(head[:16], oid)
}

// text tells the texts that stand in for a package when a download went wrong.
func text(head []byte) string {
	s := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(head), "\xef\xbb\xbf"), " \t\r\n"))
	switch {
	case strings.HasPrefix(s, "<!doctype html"), strings.HasPrefix(s, "<html"), strings.HasPrefix(s, "<head"):
		return "HTML page"
	case strings.HasPrefix(s, "<?xml"), strings.HasPrefix(s, "<!doctype"), strings.HasPrefix(s, "<error"), strings.HasPrefix(s, "<plist"), strings.HasPrefix(s, "<manifest"):
		return "XML text"
	case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "["):
		if strings.ContainsAny(s, `":`) {
			return "JSON text"
		}
	case strings.HasPrefix(s, "version https://git-lfs"):
		return "Git LFS pointer"
	case printable(s):
		return "plain text"
	}
	return ""
}

// printable reports whether data is text; a character cut off at the end is
// forgiven.
func printable(s string) bool {
	for i, r := range s {
		if r == utf8.RuneError && len(s)-i >= utf8.UTFMax || r < ' ' && !strings.ContainsRune("\t\r\n\f", r) || r == 0x7f {
			return false
		}
	}
	return len(s) > 0
}

package rules

import (
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"heyan/analyzer/facts"
)

// Digits of the digests in hex.
const (
	md5Digits    = 32
	sha1Digits   = 40
	sha256Digits = 64
)

var (
	digestLabel = pattern(`^(?:安装包|签名|证书)?(?:md5|sha-?1|sha-?256)(?:码|值|指纹)?\s*(?:\([^)]*\))?\s*[:=]?\s*`)
	hexOnly     = pattern(`^[0-9a-f]*$`)
)

// plainDigest is a digest as it would be printed: full-width letters, case, a
// label in front, 0x, blanks, colons and hyphens do not count.
func plainDigest(s string) string {
	s = strings.ToLower(strings.TrimSpace(norm.NFKC.String(s)))
	s = s[len(digestLabel().FindString(s)):]
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n:-\u200b\ufeff\"'", r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimPrefix(s, "0x")
}

// digestName is the algorithm a hex digest of this length is of, "" for none.
func digestName(hex string) string {
	if !hexOnly().MatchString(hex) {
		return ""
	}
	switch len(hex) {
	case md5Digits:
		return "MD5"
	case sha1Digits:
		return "SHA-1"
	case sha256Digits:
		return "SHA-256"
	}
	return ""
}

// digestOf is the certificate's digest of the algorithm.
func digestOf(c facts.Certificate, name string) string {
	switch name {
	case "MD5":
		return c.MD5
	case "SHA-1":
		return c.SHA1
	case "SHA-256":
		return c.SHA256
	}
	return ""
}

func fileDigest(f facts.File, name string) string {
	switch name {
	case "MD5":
		return f.MD5
	case "SHA-1":
		return f.SHA1
	case "SHA-256":
		return f.SHA256
	}
	return ""
}

// hasDigest reports whether one of the certificates has the digest.
func hasDigest(list []facts.Certificate, name, digest string) bool {
	for _, c := range list {
		if digest != "" && digestOf(c, name) == digest {
			return true
		}
	}
	return false
}

// wrongDigits says in both languages why a text is no hex digest.
func (a args) wrongDigits(hex string) args {
	if !hexOnly().MatchString(hex) {
		return a.both("how", "含有 0–9、a–f 以外的字符", "it has characters other than 0 to 9 and a to f")
	}
	return a.both("how", fmt.Sprintf("有 %d 位", len(hex)), fmt.Sprintf("it has %d digits", len(hex)))
}

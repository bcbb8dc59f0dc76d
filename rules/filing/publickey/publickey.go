// Package publickey reads a public key as people put it into a form: the
// modulus in hex or decimal, a DER structure in hex or base64, PEM, a point of
// an elliptic curve, each with the labels, blanks and colons of the program it
// was copied from.
//
// Read never fails: what can't be a key has no reading. It works on 16 KiB at
// most and does no arithmetic on what it is given.
package publickey

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// Form is how a key was written.
type Form string

// The forms told apart.
const (
	FormHex         Form = "hex"     // of the modulus, or of a curve's point
	FormDecimal     Form = "decimal" // of the modulus
	FormBase64      Form = "base64"  // of the modulus' bytes
	FormSPKI        Form = "SubjectPublicKeyInfo"
	FormPKCS1       Form = "PKCS#1"
	FormCertificate Form = "X.509"
)

// Reading is one thing that the text can mean; digits alone can be hex as well
// as decimal.
type Reading struct {
	Form Form
	// Hex is the modulus or point, lower case without leading zeros; Decimal the
	// modulus. One of them is set, or neither.
	Hex     string
	Decimal string
	// DER is the whole structure of FormSPKI, FormPKCS1 and FormCertificate.
	DER []byte
	// Exponent is what stands behind a label for it, "" without one.
	Exponent string
}

// maxText is the longest text that is read; a 16384-bit modulus has 4096 digits.
const maxText = 16 << 10

var (
	pemBlock      = pattern(`(?s)-----\s*BEGIN [A-Z0-9 ]+-----(.*?)-----\s*END`)
	exponentLabel = pattern(`(?is)(?:public\s*)?(?:exponent|指数|\be\s*=)\s*[:=]?(.*)$`)
	modulusLabel  = pattern(`(?is)^.*(?:modulus|模数|公钥|公共密钥|public[ -]?key|\bkey|\bn|\d+\s*(?:字节|bytes))\s*(?:\([^)]*\))?\s*[:=]`)
	hexDigits     = pattern(`^[0-9a-f]+$`)
	decDigits     = pattern(`^[0-9]+$`)
)

// pattern compiles an expression when it is first needed.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// Read returns every reading of s, the most specific first.
func Read(s string) []Reading {
	if len(s) > maxText {
		return nil
	}
	s = norm.NFKC.String(s)
	if block := pemBlock().FindStringSubmatch(s); block != nil {
		der, err := base64.StdEncoding.DecodeString(squeeze(block[1]))
		if err != nil {
			return nil
		}
		return readDER(der)
	}
	exponent := ""
	if at := exponentLabel().FindStringSubmatchIndex(s); at != nil && at[0] > 0 {
		exponent = clip(strings.TrimSpace(s[at[2]:at[3]]))
		s = s[:at[0]]
	}
	s = s[len(modulusLabel().FindString(s)):]
	list := readBody(s)
	for i := range list {
		list[i].Exponent = exponent
	}
	return list
}

func readBody(s string) []Reading {
	digits := strings.TrimPrefix(strings.ToLower(bare(s)), "0x")
	if hexDigits().MatchString(digits) {
		return readDigits(digits)
	}
	data := fromBase64(s)
	if data == nil {
		return nil
	}
	if list := readDER(data); len(list) > 0 {
		return list
	}
	return []Reading{{Form: FormBase64, Hex: trimZeros(hex.EncodeToString(data))}}
}

func readDigits(digits string) []Reading {
	var list []Reading
	if der, err := hex.DecodeString(digits); err == nil {
		list = readDER(der)
	}
	list = append(list, Reading{Form: FormHex, Hex: trimZeros(digits)})
	if decDigits().MatchString(digits) {
		list = append(list, Reading{Form: FormDecimal, Decimal: trimZeros(digits)})
	}
	return list
}

// leastKey is the fewest bytes that base64 text must hold to be taken for a key:
// short text of letters alone would decode to something too.
const leastKey = 32

func fromBase64(s string) []byte {
	s = strings.TrimRight(squeeze(s), "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if data, err := encoding.DecodeString(s); err == nil && len(data) >= leastKey {
			return data
		}
	}
	return nil
}

// squeeze drops blanks and quotes.
func squeeze(s string) string { return drop(s, " \t\r\n\"'\u200b\ufeff") }

// bare drops all that people write between digits.
func bare(s string) string { return drop(s, " \t\r\n\"'\u200b\ufeff:-,;._\\[]{}()") }

func drop(s, set string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(set, r) {
			return -1
		}
		return r
	}, s)
}

func trimZeros(s string) string { return strings.TrimLeft(s, "0") }

func clip(s string) string {
	const limit = 40
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}

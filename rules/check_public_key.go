package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/filing/publickey"
)

// leastKeyDigits is the fewest digits that may be a part of a key; fewer are
// none, whatever they begin with.
const leastKeyDigits = 64

func judgePublicKey(in Input) Check {
	const id = "public-key"
	if strings.TrimSpace(in.Filing.PublicKey) == "" {
		return newCheck(id, "not-filed", nil)
	}
	a := args{"filed": in.Filing.PublicKey}
	readings := publickey.Read(in.Filing.PublicKey)
	if reason := noSigner(in.Facts); reason != "" {
		if storeCopy(in.Facts) && ownKey(readings, in.Facts.Signature.Signers) {
			reason = "apple-key"
		}
		return newCheck(id, reason, a)
	}
	signers := trustedSigners(in.Facts)
	a["actual"] = keyDigits(signers[0].Key)
	for _, c := range signers {
		if reason := keyReason(readings, c, a); reason != "" {
			a["actual"] = keyDigits(c.Key)
			return newCheck(id, reason, a)
		}
	}
	switch {
	case ownKey(readings, olderSigners(in.Facts)):
		return newCheck(id, "older-signer", a)
	case ownKey(readings, profileCertificates(in.Facts)):
		return newCheck(id, "profile-certificate", a)
	}
	if !anyKey(readings) {
		return newCheck(id, "malformed", a)
	}
	return newCheck(id, "mismatch", a)
}

// ownKey reports whether the filed key is that of one of the certificates.
func ownKey(readings []publickey.Reading, list []facts.Certificate) bool {
	return slices.ContainsFunc(list, func(c facts.Certificate) bool {
		reason := keyReason(readings, c, args{})
		return reason != "" && reason != "truncated"
	})
}

// keyDigits is the key as 工信部's form takes it: the modulus in hex, or the
// point of a curve.
func keyDigits(k facts.Key) string {
	if k.ModulusHex != "" {
		return k.ModulusHex
	}
	if point := publickey.Point(k.SPKI); point != "" {
		return point
	}
	return k.SPKI
}

// keyReason is how a filed key is that of the certificate, "" where it is not.
func keyReason(readings []publickey.Reading, c facts.Certificate, a args) string {
	for _, match := range []func(publickey.Reading, facts.Certificate, args) string{sameKey, appendedKey, otherValue, partOfKey} {
		for _, r := range readings {
			if reason := match(r, c, a); reason != "" {
				return reason
			}
		}
	}
	return ""
}

func sameKey(r publickey.Reading, c facts.Certificate, a args) string {
	want := strings.TrimLeft(keyDigits(c.Key), "0")
	same := r.Hex != "" && r.Hex == want || r.Decimal != "" && r.Decimal == c.Key.ModulusDec ||
		len(r.DER) > 0 && hex.EncodeToString(r.DER) == c.Key.SPKI
	switch {
	case !same:
		return ""
	case r.Exponent != "":
		a["exponent"] = r.Exponent
		return "exponent-appended"
	case r.Form == publickey.FormHex, r.Form == publickey.FormDecimal:
		return "equal"
	}
	a["form"] = string(r.Form)
	return "equal-encoded"
}

// appendedKey finds an exponent behind the modulus, in any of its spellings.
func appendedKey(r publickey.Reading, c facts.Certificate, a args) string {
	m, d := c.Key.ModulusHex, c.Key.ModulusDec
	if m == "" {
		return ""
	}
	for _, e := range exponents(c.Key.Exponent) {
		if r.Form == publickey.FormHex && r.Hex == m+e || r.Decimal != "" && d != "" && r.Decimal == d+e {
			a["exponent"] = e
			return "exponent-appended"
		}
	}
	// "模数 10001" with the modulus in decimal reads as hex too; labelled ones are
	// told by sameKey.
	return ""
}

// exponents are the spellings of the usual exponent and of the key's own.
func exponents(own string) []string {
	list := []string{"010001", "10001", "65537"}
	if e, err := strconv.ParseUint(own, 10, 64); err == nil && own != "65537" {
		h := strconv.FormatUint(e, 16)
		list = append(list, own, h, "0"+h)
	}
	return list
}

// otherValue finds something else of the same certificate.
func otherValue(r publickey.Reading, c facts.Certificate, a args) string {
	if r.Form == publickey.FormCertificate {
		sum := sha256.Sum256(r.DER)
		if hex.EncodeToString(sum[:]) == c.SHA256 {
			return "certificate-filed"
		}
		return ""
	}
	for _, name := range []string{"MD5", "SHA-1", "SHA-256"} {
		if digest := digestOf(c, name); r.Form == publickey.FormHex && digest != "" && r.Hex == strings.TrimLeft(digest, "0") {
			a["algorithm"] = name
			return "digest-filed"
		}
	}
	return ""
}

func partOfKey(r publickey.Reading, c facts.Certificate, _ args) string {
	if partOf(r.Hex, strings.TrimLeft(keyDigits(c.Key), "0")) || partOf(r.Decimal, c.Key.ModulusDec) {
		return "truncated"
	}
	return ""
}

func partOf(part, whole string) bool {
	return len(part) >= leastKeyDigits && (strings.HasPrefix(whole, part) || strings.HasSuffix(whole, part))
}

// anyKey reports whether the filed text can be a key at all.
func anyKey(readings []publickey.Reading) bool {
	for _, r := range readings {
		if len(r.DER) > 0 || max(len(r.Hex), len(r.Decimal)) >= leastKeyDigits {
			return true
		}
	}
	return false
}

package rules

import (
	"fmt"
	"slices"
	"strings"

	"heyan/analyzer/facts"
)

// lastJanusAPI is the last platform version that takes a DEX in front of an APK
// for code without a security patch (CVE-2017-13156).
const lastJanusAPI = 25

func judgeJanus(in Input) Check {
	const id = "security.janus"
	f := in.Facts
	if lines := dexInFront(f); len(lines) > 0 {
		return newCheck(id, "dex-prefix", nil).with(lines...)
	}
	switch {
	case !signatureRead(f):
		return newCheck(id, "signature-unreadable", nil)
	case f.Signature.Status != facts.SignatureValid:
		return newCheck(id, "no-signer", nil)
	case !f.OK(facts.AnalyzerManifest):
		return newCheck(id, "manifest-unreadable", nil)
	}
	low, ok := minAPI(f)
	if v1Only(f.Signature) && (!ok || low <= lastJanusAPI) {
		return newCheck(id, "v1-only", nil)
	}
	return newCheck(id, "covered", nil)
}

// dexInFront lists what says that a DEX stands before the archive.
func dexInFront(f *facts.Facts) []string {
	var lines []string
	for _, a := range f.Anomalies {
		if a.Code == "zip-invalid-prefix-dex" || a.Code == "dex-before-zip" {
			lines = append(lines, describeAnomaly(a))
		}
	}
	for _, p := range slices.Concat(f.Signature.Problems, f.Signature.Warnings) {
		if p.Code == "dex-before-zip" {
			lines = append(lines, describeProblems([]facts.SignatureProblem{p})...)
		}
	}
	return lines
}

func v1Only(s facts.Signature) bool {
	return len(s.Schemes) > 0 && !slices.ContainsFunc(s.Schemes, func(scheme string) bool { return scheme != "v1" })
}

// Bits under which a signing key is weak or can be broken, by algorithm.
const (
	weakRSA   = 2048
	brokenRSA = 1024
	weakDSA   = 2048
	weakEC    = 224
)

// keyReasons in the order of their weight.
var keyReasons = [...]string{"very-weak", "weak", "weak-digest", "strong"}

func judgeWeakKey(in Input) Check {
	const id = "security.weak-key"
	if reason := noCertificate(in.Facts); reason != "" {
		return newCheck(id, reason, nil)
	}
	found := map[string][]string{}
	for _, c := range in.Facts.Signature.Signers {
		reason, value := certificateStrength(c)
		found[reason] = append(found[reason], value)
	}
	for _, reason := range keyReasons {
		if len(found[reason]) > 0 {
			return newCheck(id, reason, args{"actual": strings.Join(found[reason], ", ")})
		}
	}
	return newCheck(id, "signature-unreadable", nil)
}

func certificateStrength(c facts.Certificate) (reason, value string) {
	key := fmt.Sprintf("%s %d", c.Key.Algorithm, c.Key.Bits)
	switch bits := c.Key.Bits; {
	case bits <= 0:
	case c.Key.Algorithm == "RSA" && bits < brokenRSA:
		return "very-weak", key
	case c.Key.Algorithm == "RSA" && bits < weakRSA, c.Key.Algorithm == "DSA" && bits < weakDSA, c.Key.Algorithm == "EC" && bits < weakEC:
		return "weak", key
	}
	if oldDigest(c.SignatureAlgorithm) {
		return "weak-digest", c.SignatureAlgorithm
	}
	return "strong", key
}

// oldDigest reports whether a signature algorithm's name tells of MD2, MD5 or
// SHA-1, in any of the usual spellings.
func oldDigest(algorithm string) bool {
	plain := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToUpper(algorithm))
	for _, digest := range []string{"MD2", "MD5", "SHA1"} {
		if strings.Contains(plain, digest) {
			return true
		}
	}
	return false
}

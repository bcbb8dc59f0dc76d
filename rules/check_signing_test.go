package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"heyan/analyzer/facts"
	"heyan/rules/filing"
)

// rotate makes b the older signer of the package.
func rotate(in *Input) {
	in.Facts.Signature.Lineage = []facts.LineageNode{
		{Certificate: signer("b"), Capabilities: []string{"installed-data"}},
		{Certificate: signer("a"), Capabilities: []string{"installed-data"}},
	}
}

func digest(s string, edits ...func(*Input)) func(*Input) {
	return func(in *Input) {
		in.Filing.CertificateDigest = s
		for _, edit := range edits {
			edit(in)
		}
	}
}

func status(s facts.SignatureStatus) func(*Input) {
	return func(in *Input) {
		in.Facts.Signature = facts.Signature{Status: s}
	}
}

func subject(s string) func(*Input) {
	return func(in *Input) { in.Facts.Signature.Signers[0].Subject = s }
}

var a32, a40, a64 = strings.Repeat("a", 32), strings.Repeat("a", 40), strings.Repeat("a", 64)

var signingTests = []checkTest{
	{"certificate-digest", "not-filed", "", nil},
	{"certificate-digest", "equal", "", digest(a32)},
	{"certificate-digest", "equal", "colons and case", digest("AA:" + strings.Repeat("AA:", 14) + "AA")},
	{"certificate-digest", "equal", "label", digest("MD5：" + a32)},
	{"certificate-digest", "equal", "second signer", digest(strings.Repeat("c", 32), func(in *Input) {
		in.Facts.Signature.Signers = append(in.Facts.Signature.Signers, signer("c"))
	})},
	{"certificate-digest", "equal", "ios", digest("SHA1:"+a40, asIPA)},
	{"certificate-digest", "wrong-algorithm", "SHA-1", digest(a40)},
	{"certificate-digest", "wrong-algorithm", "SHA-256", digest(a64)},
	{"certificate-digest", "wrong-algorithm", "ios MD5", digest(a32, asIPA)},
	{"certificate-digest", "package-md5", "", digest("0123456789abcdeffedcba9876543210")},
	{"certificate-digest", "package-digest", "", digest(strings.Repeat("5a", 32))},
	{"certificate-digest", "older-signer", "", digest(strings.Repeat("b", 32), rotate)},
	{"certificate-digest", "older-signer", "SHA-1", digest(strings.Repeat("b", 40), rotate)},
	{"certificate-digest", "chain-certificate", "", digest(strings.Repeat("d", 32), func(in *Input) {
		in.Facts.Signature.Certificates = []facts.Certificate{signer("d")}
	})},
	{"certificate-digest", "debug-certificate", "", digest(a32, subject("C=US,O=Android,CN=Android Debug"))},
	{"certificate-digest", "malformed", "", digest("abc")},
	{"certificate-digest", "malformed", "letters", digest("签名见附件")},
	{"certificate-digest", "mismatch", "", digest(strings.Repeat("e", 32))},
	{"certificate-digest", "no-signer", "unsigned", digest(a32, status(facts.SignatureUnsigned))},
	{"certificate-digest", "no-signer", "a signature that does not hold", digest(a32, func(in *Input) { in.Facts.Signature.Status = facts.SignatureInvalid })},
	{"certificate-digest", "signature-unreadable", "", digest(a32, unread(facts.AnalyzerSignature))},
	{"certificate-digest", "no-signer", "ios", digest(a40, asIPA, status(facts.SignatureUnknown))},

	{"signature", "valid", "", nil},
	{"signature", "invalid", "", status(facts.SignatureInvalid)},
	{"signature", "unsigned", "", status(facts.SignatureUnsigned)},
	{"signature", "unknown", "", status(facts.SignatureUnknown)},
	{"signature", "signature-unreadable", "", unread(facts.AnalyzerSignature)},
	{"signature", "invalid", "today's devices refuse it", func(in *Input) {
		in.Facts.Signature.Status = facts.SignatureInvalid
		in.Facts.Signature.Ranges = []facts.SignatureRange{
			{MinAPI: 23, MaxAPI: 23, Scheme: "v1", Status: facts.SignatureValid}, {MinAPI: 24, Scheme: "v2", Status: facts.SignatureInvalid}}
	}},
	{"signature", "invalid", "the ranges know better", func(in *Input) { in.Facts.Signature.Ranges[0].Status = facts.SignatureInvalid }},
	{"signature", "other-signer", "", func(in *Input) {
		in.Facts.Signature.Warnings = []facts.SignatureProblem{{Code: "other-signer", Scheme: "v1", Detail: "v1 names CN=Somebody"}}
	}},
	{"signature", "other-signer", "a block that stands twice", func(in *Input) {
		in.Facts.Signature.Warnings = []facts.SignatureProblem{{Code: "repeated-signature-block", Scheme: "v2"}}
	}},
	{"signature", "partial-range", "", func(in *Input) {
		in.Facts.Signature.Status = facts.SignatureInvalid
		in.Facts.Signature.Ranges = []facts.SignatureRange{
			{MinAPI: 24, MaxAPI: 27, Scheme: "v2", Status: facts.SignatureInvalid, Problems: []facts.SignatureProblem{{Code: "v2-sig-did-not-verify"}}},
			{MinAPI: 28, Scheme: "v3", Status: facts.SignatureValid},
		}
	}},
}

func key(s string, edits ...func(*Input)) func(*Input) {
	return func(in *Input) {
		in.Filing.PublicKey = s
		for _, edit := range edits {
			edit(in)
		}
	}
}

// p256 is the generator of P-256 as a key.
const (
	p256Point = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
	p256SPKI  = "3059301306072a8648ce3d020106082a8648ce3d030107034200" + p256Point
)

func curve(in *Input) {
	in.Facts.Signature.Signers[0].Key = facts.Key{Algorithm: "EC", Bits: 256, Curve: "P-256", SPKI: p256SPKI}
}

// certificateDER is the outermost layer of a certificate.
const certificateDER = "300f3003020101300406022a0303020011"

func ownCertificate(in *Input) {
	der, _ := hex.DecodeString(certificateDER)
	sum := sha256.Sum256(der)
	in.Facts.Signature.Signers[0].SHA256 = hex.EncodeToString(sum[:])
}

var (
	modulus    = strings.Repeat("a", 512)
	modulusDec = signer("a").Key.ModulusDec
)

var keyTests = []checkTest{
	{"public-key", "not-filed", "", nil},
	{"public-key", "equal", "hex", key(modulus)},
	{"public-key", "equal", "upper case and colons", key(strings.Repeat("AA:", 255) + "AA")},
	{"public-key", "equal", "0x00", key("0x00" + modulus)},
	{"public-key", "equal", "decimal", key(modulusDec)},
	{"public-key", "equal", "label", key("Modulus=" + modulus)},
	{"public-key", "equal", "curve point", key(p256Point, curve)},
	{"public-key", "equal-encoded", "curve SPKI", key(p256SPKI, curve)},
	{"public-key", "equal-encoded", "PKCS#1", key("3082010a0282010100" + modulus + "0203010001")},
	{"public-key", "exponent-appended", "010001", key(modulus + "010001")},
	{"public-key", "exponent-appended", "10001", key("00 " + modulus + " 10001")},
	{"public-key", "exponent-appended", "65537", key(modulus + "65537")},
	{"public-key", "exponent-appended", "decimal", key(modulusDec + "65537")},
	{"public-key", "exponent-appended", "decimal modulus and hex exponent", key(modulusDec + " 10001")},
	{"public-key", "exponent-appended", "labelled", key("模数：" + modulus + "，指数：65537")},
	{"public-key", "exponent-appended", "decimal, labelled", key("modulus: " + modulusDec + "\npublic exponent: 65537")},
	{"public-key", "exponent-appended", "3", key(modulus+"3", func(in *Input) { in.Facts.Signature.Signers[0].Key.Exponent = "3" })},
	{"public-key", "truncated", "half", key(modulus[:255])},
	{"public-key", "truncated", "decimal", key(modulusDec[:100])},
	{"public-key", "certificate-filed", "", key(certificateDER, ownCertificate)},
	{"public-key", "digest-filed", "MD5", key(a32)},
	{"public-key", "older-signer", "", key(strings.Repeat("b", 512), rotate)},
	{"public-key", "malformed", "words", key("见附件")},
	{"public-key", "malformed", "the exponent alone", key("65537")},
	{"public-key", "mismatch", "", key(strings.Repeat("c", 512))},
	{"public-key", "mismatch", "certificate of another", key(certificateDER)},
	{"public-key", "no-signer", "", key(modulus, status(facts.SignatureUnsigned))},
	{"public-key", "signature-unreadable", "", key(modulus, unread(facts.AnalyzerSignature))},
	{"public-key", "no-signer", "ios", key(modulus, asIPA, status(facts.SignatureUnknown))},
}

// What the remedy tells people to file must itself pass.
func TestRemedyIsRight(t *testing.T) {
	t.Parallel()
	for _, tt := range append(append([]checkTest{}, signingTests...), append(keyTests, fieldTests...)...) {
		in := ordinary()
		if tt.edit != nil {
			tt.edit(&in)
		}
		c := find(Judge(in), tt.id)
		if c.Outcome != OutcomeFail || c.Actual == "" || strings.HasSuffix(tt.reason, "-certificate") && tt.reason != "chain-certificate" && tt.reason != "profile-certificate" || tt.reason == "other-number" || strings.HasPrefix(tt.id, "s") {
			continue
		}
		if !strings.Contains(c.Remedy.ZH, c.Actual) || !strings.Contains(c.Remedy.EN, c.Actual) {
			t.Errorf("%s/%s %s: the remedy does not name %q", tt.id, tt.reason, tt.name, c.Actual)
		}
		switch tt.id {
		case "md5":
			in.Filing.MD5 = c.Actual
		case "package-id":
			in.Filing.PackageID = c.Actual
		case "certificate-digest":
			in.Filing.CertificateDigest = c.Actual
		case "public-key":
			in.Filing.PublicKey = c.Actual
		}
		if again := find(Judge(in), tt.id); again.Reason != "equal" {
			t.Errorf("%s/%s %s: what the remedy says ends %s", tt.id, tt.reason, tt.name, again.Reason)
		}
	}
}

var releaseTests = []checkTest{
	{"release.debuggable", "release", "", nil},
	{"release.debuggable", "debuggable", "", func(in *Input) { in.Facts.App.Debuggable = true }},
	{"release.debuggable", "debuggable", "seen in half a manifest", func(in *Input) { in.Facts.App.Debuggable = true; unread(facts.AnalyzerManifest)(in) }},
	{"release.debuggable", "manifest-unreadable", "", unread(facts.AnalyzerManifest)},
	{"release.test-only", "release", "", nil},
	{"release.test-only", "test-only", "", func(in *Input) { in.Facts.App.TestOnly = true }},
	{"release.test-only", "manifest-unreadable", "", unread(facts.AnalyzerManifest)},
	{"release.debug-certificate", "release", "", nil},
	{"release.debug-certificate", "release", "a name that holds it", subject("CN=Not Android Debug")},
	{"release.debug-certificate", "debug-certificate", "", subject("CN=Android Debug, O=Android, C=US")},
	{"release.debug-certificate", "self-use", "", func(in *Input) { subject("CN=Android Debug")(in); in.Filing.Kind = filing.KindSelfUse }},
	{"release.debug-certificate", "test-key", "", func(in *Input) { in.Facts.Signature.Signers[0].SHA256 = testKeys[0] }},
	{"release.debug-certificate", "no-signer", "", status(facts.SignatureUnsigned)},
	{"release.debug-certificate", "signature-unreadable", "", unread(facts.AnalyzerSignature)},
	{"release.split", "whole", "", nil},
	{"release.split", "split", "", func(in *Input) { in.Facts.App.Split = "config.arm64_v8a" }},
	{"release.split", "split", "feature", func(in *Input) { in.Facts.App.IsFeatureSplit = true }},
	{"release.split", "needs-splits", "", func(in *Input) { in.Facts.App.IsSplitRequired = true }},
	{"release.split", "needs-splits", "types", func(in *Input) { in.Facts.App.RequiredSplits = []string{"base__abi"} }},
	{"release.split", "manifest-unreadable", "", unread(facts.AnalyzerManifest)},
}

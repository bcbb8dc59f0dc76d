package rules

import (
	"strings"

	"heyan/analyzer/facts"
)

func judgeCertificateDigest(in Input) Check {
	const id = "certificate-digest"
	filed := plainDigest(in.Filing.CertificateDigest)
	if filed == "" {
		return newCheck(id, "not-filed", nil)
	}
	a := args{"filed": in.Filing.CertificateDigest, "wanted": wantedDigest(in.Facts), "algorithm": digestName(filed)}
	if unverified(in.Facts) {
		return judgeProfileDigest(in.Facts, filed, a)
	}
	if reason := noSigner(in.Facts); reason != "" {
		return newCheck(id, reason, a)
	}
	signers := trustedSigners(in.Facts)
	a["actual"] = digestOf(signers[0], a["wanted"])
	if a["algorithm"] == "" {
		return newCheck(id, "malformed", a.wrongDigits(filed))
	}
	return newCheck(id, certificateReason(in.Facts, signers, filed, a), a)
}

// wantedDigest is what 工信部's form takes: the certificate's MD5 for Android,
// its SHA-1 for iOS, both under the name 签名MD5值.
func wantedDigest(f *facts.Facts) string {
	if f.Format == facts.FormatIPA {
		return "SHA-1"
	}
	return "MD5"
}

// noSigner is why there is no signer to compare with, "" where there is one.
func noSigner(f *facts.Facts) string {
	switch {
	case f.Format == facts.FormatIPA && (!signatureRead(f) || len(trustedSigners(f)) == 0):
		return "ios-unknown"
	case !signatureRead(f):
		return "signature-unreadable"
	case len(trustedSigners(f)) == 0:
		return "no-signer"
	}
	return ""
}

func certificateReason(f *facts.Facts, signers []facts.Certificate, filed string, a args) string {
	algorithm := a["algorithm"]
	switch {
	case hasDigest(signers, algorithm, filed):
		a["actual"] = signerDigest(signers, algorithm, filed, a["wanted"])
		switch {
		case algorithm != a["wanted"]:
			return "wrong-algorithm"
		case f.Format == facts.FormatAPK && debugSigner(signers) != nil:
			return "debug-certificate"
		}
		return "equal"
	case filed == f.File.MD5:
		return "package-md5"
	case filed == fileDigest(f.File, algorithm):
		return "package-digest"
	case hasDigest(olderSigners(f), algorithm, filed):
		return "older-signer"
	case hasDigest(f.Signature.Certificates, algorithm, filed):
		return "chain-certificate"
	}
	return "mismatch"
}

// signerDigest is the wanted digest of the signer whose other digest was filed.
func signerDigest(signers []facts.Certificate, algorithm, filed, wanted string) string {
	for _, c := range signers {
		if digestOf(c, algorithm) == filed {
			return digestOf(c, wanted)
		}
	}
	return ""
}

// debugSigner returns a signer that is a debug certificate, or nil. The Android
// tools give every one the same name.
func debugSigner(signers []facts.Certificate) *facts.Certificate {
	for i := range signers {
		for part := range strings.SplitSeq(signers[i].Subject, ",") {
			if strings.EqualFold(strings.TrimSpace(part), "CN=Android Debug") {
				return &signers[i]
			}
		}
	}
	return nil
}

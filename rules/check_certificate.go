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
	if storeCopy(in.Facts) {
		return judgeStoreDigest(in.Facts, filed, a)
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

// judgeStoreDigest judges what is filed with a copy from the App Store, in which
// the developer's certificate can't be seen: whether it can be one at all.
func judgeStoreDigest(f *facts.Facts, filed string, a args) Check {
	const id = "certificate-digest"
	switch {
	case !signatureRead(f):
		return newCheck(id, "signature-unreadable", a)
	case hasDigest(f.Signature.Signers, a["algorithm"], filed):
		return newCheck(id, "apple-certificate", a)
	case a["algorithm"] != a["wanted"]:
		return newCheck(id, "not-sha1", a.notSHA1(f, filed))
	}
	return newCheck(id, "ios-unknown", a)
}

// notSHA1 says in both languages what was filed in place of a SHA-1.
func (a args) notSHA1(f *facts.Facts, filed string) args {
	if a["algorithm"] != "" && filed == fileDigest(f.File, a["algorithm"]) {
		return a.both("how", "是安装包文件的 "+a["algorithm"], "it is the "+a["algorithm"]+" of the package file")
	}
	return a.wrongDigits(filed)
}

// profileCertificates are those that may sign, as the app's profile has them.
func profileCertificates(f *facts.Facts) []facts.Certificate {
	if p := f.Signature.Profile; p != nil && p.Status == facts.SignatureValid {
		return p.Certificates
	}
	return nil
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
	case !signatureRead(f):
		return "signature-unreadable"
	case storeCopy(f):
		return "ios-unknown"
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
		case f.Signature.Kind == facts.KindDevelopment:
			return "development-certificate"
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
	case hasDigest(profileCertificates(f), algorithm, filed):
		return "profile-certificate"
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

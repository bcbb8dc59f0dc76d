package rules

import (
	"strconv"
	"strings"

	"heyan/analyzer/facts"
)

// judgeCodeSignature says of a code signature that was not verified whether it is
// there at all. Code for the simulator need not be signed.
func judgeCodeSignature(f *facts.Facts) Check {
	const id = "signature"
	if missing := unsigned(mainSlices(f)); len(missing) > 0 {
		return newCheck(id, "code-unsigned", args{"actual": strings.Join(missing, ", ")})
	}
	var nested []string
	for _, x := range f.Executables {
		if missing := unsigned(x.Slices); len(missing) > 0 {
			nested = append(nested, x.Path+" ("+strings.Join(missing, ", ")+")")
		}
	}
	if len(nested) > 0 {
		return newCheck(id, "nested-unsigned", args{"count": strconv.Itoa(len(nested))}).with(nested...)
	}
	return newCheck(id, "not-examined", nil)
}

// unsigned are the architectures for devices without a code signature.
func unsigned(list []facts.Slice) []string {
	var arch []string
	for _, s := range list {
		if !s.Signed && !simulatorSlice(s) {
			arch = append(arch, s.Arch)
		}
	}
	return arch
}

// profileCertificates are the certificates one of which signed the app, if devices
// take it: those of its profile. A copy from the App Store has none.
func profileCertificates(f *facts.Facts) []facts.Certificate {
	if f.Signature.Profile == nil {
		return nil
	}
	return f.Signature.Profile.Certificates
}

func describeCertificates(list []facts.Certificate) []string {
	var lines []string
	for _, c := range list {
		lines = append(lines, "SHA-1 "+c.SHA1+": "+c.Subject)
	}
	return lines
}

// judgeProfileDigest compares a filed fingerprint with the profile's certificates.
// With several it can't be told which one signed.
func judgeProfileDigest(f *facts.Facts, filed string, a args) Check {
	const id = "certificate-digest"
	list := profileCertificates(f)
	switch {
	case len(list) == 1:
		return judgeOnlyDigest(f, filed, a)
	case a["algorithm"] == a["wanted"] && len(list) == 0:
		return newCheck(id, "ios-unknown", a)
	case a["algorithm"] == a["wanted"] && hasDigest(list, a["wanted"], filed):
		a["count"] = strconv.Itoa(len(list))
		return newCheck(id, "among-profile", a).with(describeCertificates(list)...)
	case a["algorithm"] == a["wanted"]:
		return newCheck(id, "profile-mismatch", a).with(describeCertificates(list)...)
	case hasDigest(list, a["algorithm"], filed):
		a["actual"] = signerDigest(list, a["algorithm"], filed, a["wanted"])
		return newCheck(id, "wrong-algorithm", a).with(describeCertificates(list)...)
	}
	return newCheck(id, "not-sha1", a.notSHA1(f, filed)).with(describeCertificates(list)...)
}

// judgeOnlyDigest compares it with the profile's only certificate.
func judgeOnlyDigest(f *facts.Facts, filed string, a args) Check {
	const id = "certificate-digest"
	list := profileCertificates(f)
	a["actual"] = digestOf(list[0], a["wanted"])
	reason := "malformed"
	if a["algorithm"] == "" {
		a.wrongDigits(filed)
	} else {
		reason = certificateReason(f, list, filed, a)
	}
	switch {
	case reason == "equal":
		reason = "equal-profile"
	case reason == "mismatch" && a["algorithm"] != a["wanted"]:
		reason, a = "not-sha1", a.notSHA1(f, filed)
	case reason == "mismatch":
		reason = "profile-mismatch"
	}
	return newCheck(id, reason, a).with(describeCertificates(list)...)
}

// notSHA1 says in both languages what was filed in place of a SHA-1.
func (a args) notSHA1(f *facts.Facts, filed string) args {
	if a["algorithm"] != "" && filed == fileDigest(f.File, a["algorithm"]) {
		return a.both("how", "是安装包文件的 "+a["algorithm"], "it is the "+a["algorithm"]+" of the package file")
	}
	return a.wrongDigits(filed)
}

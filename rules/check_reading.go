package rules

import (
	"heyan/analyzer/facts"
	"heyan/rules/filing"
)

// platformOf is the platform a format is for, "" where it is no package.
func platformOf(f facts.Format) filing.Platform {
	switch f {
	case facts.FormatAPK:
		return filing.PlatformAndroid
	case facts.FormatIPA:
		return filing.PlatformIOS
	}
	return ""
}

// platformWord is what the form calls a platform.
func platformWord(p filing.Platform) string {
	switch p {
	case filing.PlatformAndroid:
		return "安卓"
	case filing.PlatformIOS:
		return "IOS"
	}
	return string(p)
}

// Readers of an IPA have names of their own: ipaReaders in front, and one of
// them for the signature.
const (
	ipaReaders   = "ipa/"
	ipaSignature = facts.AnalyzerIPASigning
)

// manifestRead reports whether the app's manifest, or its Info.plist, was read in
// full. A reader that did not run read nothing.
func manifestRead(f *facts.Facts) bool { return f.OK(manifestAnalyzer(f.Format)) }

// resourcesRead reports whether the names in every language were read.
func resourcesRead(f *facts.Facts) bool {
	if f.Format == facts.FormatAPK {
		return f.OK(facts.AnalyzerResources)
	}
	return f.OK(facts.AnalyzerBundle) && f.OK(facts.AnalyzerStrings)
}

// textRead reports whether the texts were searched for filing numbers.
func textRead(f *facts.Facts) bool {
	if f.Format == facts.FormatAPK {
		return f.OK(facts.AnalyzerText)
	}
	return f.OK(facts.AnalyzerIPAText)
}

func signatureRead(f *facts.Facts) bool {
	if f.Format == facts.FormatAPK {
		return f.OK(facts.AnalyzerSignature)
	}
	return f.OK(ipaSignature)
}

// trustedSigners are the signers of a signature that holds, none of any other. The
// App Store's own is nobody's.
func trustedSigners(f *facts.Facts) []facts.Certificate {
	if f.Signature.Status != facts.SignatureValid || storeCopy(f) {
		return nil
	}
	return f.Signature.Signers
}

// olderSigners are the certificates from which a rotation led to the signers.
func olderSigners(f *facts.Facts) []facts.Certificate {
	var list []facts.Certificate
	for _, node := range f.Signature.Lineage {
		if !signs(trustedSigners(f), node.Certificate.SHA256) {
			list = append(list, node.Certificate)
		}
	}
	return list
}

func signs(signers []facts.Certificate, sha256 string) bool {
	for _, c := range signers {
		if c.SHA256 == sha256 {
			return true
		}
	}
	return false
}

// minAPI and targetAPI are the levels the platform goes by where the manifest
// says nothing: 1, and the lowest supported one.
func minAPI(f *facts.Facts) (int, bool) {
	if f.App.MinOS == "" {
		return 1, true
	}
	return facts.APILevel(f.App.MinOS)
}

func targetAPI(f *facts.Facts) (int, bool) {
	if f.App.TargetOS == "" {
		return minAPI(f)
	}
	return facts.APILevel(f.App.TargetOS)
}

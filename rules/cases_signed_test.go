package rules_test

import (
	"strings"
	"testing"

	"heyan/analyzer/facts"
)

// profileKinds are the kinds a developer's signature has by its profile.
var profileKinds = map[string]facts.CodeKind{
	"store": facts.KindStoreUpload, "ad-hoc": facts.KindAdHoc, "development": facts.KindDevelopment,
	"enterprise": facts.KindEnterprise, "unknown": facts.KindUnknown,
}

// signAs makes the IPA's signature one of the kind, as the analyzer would say it.
func signAs(t *testing.T, f *facts.Facts, kind facts.CodeKind) {
	t.Helper()
	s := &f.Signature
	s.Kind, s.Status = kind, facts.SignatureValid
	switch kind {
	case facts.KindStoreUpload:
	case facts.KindDevelopment, facts.KindAdHoc, facts.KindEnterprise:
		s.Profile.Kind, s.Profile.Name = string(kind), "示例学堂 "+string(kind)
		if kind != facts.KindEnterprise {
			s.Profile.Devices = 29
		}
		if kind == facts.KindDevelopment {
			s.Profile.GetTaskAllow, f.App.Debuggable = true, true
			f.Entitlements[0].Value = "true"
		}
	case facts.KindStore, facts.KindStoreDecrypted:
		appleSigned(t, f)
		if kind == facts.KindStoreDecrypted {
			s.Status, f.Executables[0].Slices[0].Encrypted = facts.SignatureInvalid, false
			addFinding(t, f, "code page-decrypted errSecCSSignatureFailed")
		}
	case facts.KindUnsigned, facts.KindAdHocSigned:
		s.Status = facts.SignatureUnsigned
		s.Signers, s.Profile, s.Validity, s.Seals = nil, nil, nil, nil
		f.Executables[0].Slices[0].Signed = kind == facts.KindAdHocSigned
		if kind == facts.KindUnsigned {
			addFinding(t, f, "code unsigned errSecCSUnsigned")
		}
	case facts.KindSimulator:
		s.Status = facts.SignatureUnsigned
		s.Signers, s.Profile, s.Validity, s.Seals = nil, nil, nil, nil
		f.Executables[0].Slices[0].Platform, f.App.SupportedOSNames = "ios-simulator", []string{"iPhoneSimulator"}
	case facts.KindNotApple:
		s.Status, s.Validity = facts.SignatureInvalid, nil
		s.Profile.Status = facts.SignatureInvalid
		addFinding(t, f, "code chain-untrusted CSSMERR_TP_NOT_TRUSTED noted")
		addFinding(t, f, "profile profile-not-apple 0xe8008015")
	case facts.KindBroken:
		s.Status = facts.SignatureInvalid
	case facts.KindUnknown:
		s.Status = facts.SignatureUnknown
	default:
		t.Fatalf("signed.txt: no kind %q", kind)
	}
	s.Code[0].Kind, s.Code[0].Status = kind, s.Status
}

// appleSha1 is the SHA-1 of the certificate that signs the App Store's copies here.
const appleSha1 = "a99ea99ea99ea99ea99ea99ea99ea99ea99ea99e"

func appleSigned(t *testing.T, f *facts.Facts) {
	t.Helper()
	s := &f.Signature
	apple := defaultCertificate(t)
	apple.Subject, apple.SHA1, apple.MD5, apple.SHA256 = "CN=Apple iPhone OS Application Signing", appleSha1, strings.Repeat("a9", 16), strings.Repeat("a9", 32)
	apple.Key.ModulusHex, apple.Key.ModulusDec, apple.Key.SPKI = strings.Repeat("a9", 256), strings.Repeat("19", 300), ""
	s.Signers, s.Profile, s.Validity = []facts.Certificate{apple}, nil, &facts.Validity{Until: "2027-01-05T02:00:00Z"}
	s.Code[0].Signer, s.Code[0].Role, s.Code[0].SigningTime = apple.SHA256, "store", ""
	f.Executables[0].Slices[0].Encrypted = true
}

// addFinding adds a finding from "PLACE CODE [APPLE] [noted] [WHERE]": the place is
// whole, code, seal or profile; it is fatal unless it is only noted.
func addFinding(t *testing.T, f *facts.Facts, line string) {
	t.Helper()
	words := strings.Fields(line)
	if len(words) < 2 {
		t.Fatalf("findings.txt: %q", line)
	}
	x := facts.Finding{Code: words[1], Fatal: true}
	for _, word := range words[2:] {
		switch {
		case word == "noted":
			x.Fatal = false
		case strings.Contains(word, "/"):
			x.Where = word
		default:
			x.Apple = word
		}
	}
	s := &f.Signature
	switch words[0] {
	case "whole":
		s.Findings = append(s.Findings, x)
	case "code":
		s.Code[0].Findings = append(s.Code[0].Findings, x)
	case "seal":
		s.Seals[0].Findings = append(s.Seals[0].Findings, x)
	case "profile":
		s.Profile.Findings = append(s.Profile.Findings, x)
	default:
		t.Fatalf("findings.txt: no place %q", words[0])
	}
}

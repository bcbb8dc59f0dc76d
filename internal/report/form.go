package report

import (
	"heyan/analyzer/facts"
	"heyan/rules"
	"heyan/rules/box"
	"heyan/rules/filing"
)

// Form is 填表参考: the values for the filing form, each as the form takes it.
// A value that could not be read is empty, never guessed.
type Form struct {
	Platform filing.Platform `json:"platform,omitempty"`
	AppName  string          `json:"app_name"`
	Version  string          `json:"version"`
	MD5      string          `json:"md5"`
	// PermissionsKnown is false where the manifest could not be read whole: then
	// Boxes may lack some, and no box means nothing.
	PermissionsKnown bool              `json:"permissions_known"`
	Boxes            []rules.BoxAdvice `json:"permissions"`
	// FilingNumbers are 教APP备 numbers the package shows.
	FilingNumbers []string `json:"filing_numbers,omitempty"`
	// MIIT is for 工信部 App 备案.
	MIIT MIIT `json:"miit"`
}

// MIIT is what 工信部's App 备案 asks of a platform. CertificateDigest is the
// certificate's MD5 for Android and its SHA-1 for iOS, as that portal takes it.
type MIIT struct {
	PackageID         string `json:"package_id"`
	CertificateDigest string `json:"certificate_digest"`
	DigestAlgorithm   string `json:"digest_algorithm"`
	PublicKeyHex      string `json:"public_key_hex"`
	PublicKeyDec      string `json:"public_key_dec"`
	// Note says why a value is missing, or which of several signers it is.
	Note rules.Text `json:"note,omitzero"`
}

// NewForm fills the form from facts.
func NewForm(f *facts.Facts, readings []rules.Reading) Form {
	form := Form{
		Platform:         PlatformOf(f.Format),
		AppName:          f.App.Name,
		Version:          f.App.Version,
		MD5:              f.File.MD5,
		PermissionsKnown: f.OK(facts.AnalyzerManifest) || f.OK(facts.AnalyzerBundle),
		Boxes:            append([]rules.BoxAdvice{}, rules.FormBoxes(f, readings)...),
		MIIT:             newMIIT(f),
	}
	for _, n := range f.FilingNumbers {
		form.FilingNumbers = append(form.FilingNumbers, n.Number)
	}
	return form
}

func newMIIT(f *facts.Facts) MIIT {
	m := MIIT{PackageID: f.App.ID, DigestAlgorithm: "MD5"}
	if f.Format == facts.FormatIPA {
		m.DigestAlgorithm = "SHA-1"
	}
	if m.Note = noFingerprint(f); m.Note != (rules.Text{}) {
		return m
	}
	c := f.Signature.Signers[0]
	m.CertificateDigest = c.MD5
	if f.Format == facts.FormatIPA {
		m.CertificateDigest = c.SHA1
	}
	m.PublicKeyHex, m.PublicKeyDec = c.Key.ModulusHex, c.Key.ModulusDec
	switch {
	case f.Signature.Kind == facts.KindDevelopment:
		m.Note = rules.Text{
			ZH: "这是开发证书的值，备案应填发布证书（Apple Distribution）的：请用发布证书签名后再取",
			EN: "these are a development certificate's; file the distribution certificate's (Apple Distribution): sign with that and look again",
		}
	case f.Signature.Kind == facts.KindEnterprise:
		m.Note = rules.Text{
			ZH: "这是企业证书的值；上架 App Store 的应用用的是另一张发布证书",
			EN: "these are an enterprise certificate's; the app in the App Store has another",
		}
	case c.Key.ModulusHex == "":
		m.Note = rules.Text{
			ZH: "密钥算法为 " + c.Key.Algorithm + "，没有 RSA 模数：公钥栏请按平台说明填写",
			EN: "the key is " + c.Key.Algorithm + " and has no RSA modulus: ask the portal what to enter as the key",
		}
	case len(f.Signature.Signers) > 1:
		m.Note = rules.Text{ZH: "有多个签名者，此处为第一个", EN: "there are several signers; this is the first"}
	}
	return m
}

// noFingerprint is why no fingerprint and no key can be given, empty where they can.
func noFingerprint(f *facts.Facts) rules.Text {
	switch {
	case rules.FromStore(f):
		return rules.Text{
			ZH: "从 App Store 取得的副本由苹果签名，取不到开发者的签名指纹和公钥：请用 Xcode 导出的 IPA",
			EN: "not available from a store copy, which Apple signed: take the IPA exported with Xcode",
		}
	case f.Signature.Status == facts.SignatureUnknown:
		return rules.Text{
			ZH: "签名未能核验，无法给出签名指纹和公钥",
			EN: "the signature could not be examined, so no fingerprint or key can be given",
		}
	case f.Signature.Status != facts.SignatureValid || len(f.Signature.Signers) == 0:
		return rules.Text{
			ZH: "签名未通过验证，不提供签名指纹和公钥：请先用正式证书签名",
			EN: "the signature does not verify, so no fingerprint or key is given: sign the package first",
		}
	}
	return rules.Text{}
}

// Ticks are the boxes that must be ticked, for a filing made from the package;
// nil, which is "not filed", where that is not known.
func (f Form) Ticks() []box.Box {
	if !f.PermissionsKnown {
		return nil
	}
	ticks := []box.Box{}
	for _, b := range f.Boxes {
		if b.Need == rules.Must {
			ticks = append(ticks, b.Box)
		}
	}
	return ticks
}

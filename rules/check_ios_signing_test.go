package rules

import (
	"strings"
	"testing"

	"heyan/analyzer/facts"
)

func kind(k facts.CodeKind, s facts.SignatureStatus) func(*Input) {
	return func(in *Input) { in.Facts.Signature.Kind, in.Facts.Signature.Status = k, s }
}

// fromStore makes it a copy from the App Store, signed with Apple's certificate "e".
func fromStore(in *Input) {
	s := &in.Facts.Signature
	s.Kind, s.Profile, s.Signers = facts.KindStore, nil, []facts.Certificate{signer("e")}
	s.Validity, s.Code[0].SigningTime = &facts.Validity{Until: "2027-01-05T02:00:00Z"}, ""
	in.Facts.Executables[0].Slices[0].Encrypted = true
	in.Facts.Anomalies = append(in.Facts.Anomalies, facts.Anomaly{Code: "store-sc-info", Where: iosApp + "/SC_Info"})
}

func found(list ...facts.Finding) func(*Input) {
	return func(in *Input) { in.Facts.Signature.Findings = append(in.Facts.Signature.Findings, list...) }
}

func sealed(list ...facts.Finding) func(*Input) {
	return func(in *Input) { in.Facts.Signature.Seals[0].Findings = list }
}

// provisions makes the profile name one certificate more.
func provisions(in *Input) {
	p := in.Facts.Signature.Profile
	p.Certificates = append(p.Certificates, signer("b"))
}

var iosSigningTests = []checkTest{
	{"signature", "code-valid", "", onIOS()},
	{"signature", "code-valid", "store copy", onIOS(fromStore)},
	{"signature", "code-valid", "ad hoc", onIOS(kind(facts.KindAdHoc, facts.SignatureValid))},
	{"signature", "code-valid", "development", onIOS(kind(facts.KindDevelopment, facts.SignatureValid))},
	{"signature", "code-valid", "enterprise", onIOS(kind(facts.KindEnterprise, facts.SignatureValid))},
	{"signature", "code-valid", "what is of no weight", onIOS(found(facts.Finding{Code: "architecture-simulator", Apple: "ITMS-90087"}, facts.Finding{Code: "requirement-unexamined"}))},
	{"signature", "code-weak", "seal", onIOS(sealed(facts.Finding{Code: "seal-version-1"}))},
	{"signature", "code-weak", "time", onIOS(found(facts.Finding{Code: "signed-outside-validity"}))},
	{"signature", "code-suspicious", "", onIOS(found(facts.Finding{Code: "signed-outside-validity"}, facts.Finding{Code: "resigned-extension"}))},
	{"signature", "code-suspicious", "of a later analyzer", onIOS(found(facts.Finding{Code: "not-known-yet"}))},
	{"signature", "code-broken", "", onIOS(kind(facts.KindBroken, facts.SignatureInvalid), sealed(facts.Finding{Code: "resource-added", Fatal: true, Count: 2}))},
	{"signature", "code-broken", "nothing says why", onIOS(kind(facts.KindBroken, facts.SignatureInvalid))},
	{"signature", "code-broken", "the findings know better", onIOS(found(facts.Finding{Code: "nested-broken", Fatal: true}))},
	{"signature", "store-decrypted", "", onIOS(fromStore, kind(facts.KindStoreDecrypted, facts.SignatureInvalid))},
	{"signature", "not-apple", "", onIOS(kind(facts.KindNotApple, facts.SignatureInvalid))},
	{"signature", "ad-hoc-signed", "", onIOS(kind(facts.KindAdHocSigned, facts.SignatureUnsigned))},
	{"signature", "code-unsigned", "", onIOS(kind(facts.KindUnsigned, facts.SignatureUnsigned))},
	{"signature", "code-unsigned", "and not read in full", onIOS(kind(facts.KindUnsigned, facts.SignatureUnsigned), unread(facts.AnalyzerIPASigning))},
	{"signature", "simulator", "", onIOS(kind(facts.KindSimulator, facts.SignatureUnsigned), mainSlice(macSlice))},
	{"signature", "code-unknown", "a simulator's, and nothing else says so", onIOS(kind(facts.KindSimulator, facts.SignatureUnsigned))},
	{"signature", "code-unknown", "", onIOS(kind(facts.KindUnknown, facts.SignatureUnknown))},
	{"signature", "code-unknown", "a kind without a verdict", onIOS(kind(facts.KindStoreUpload, facts.SignatureUnknown))},
	{"signature", "signature-unreadable", "ios", onIOS(unread(facts.AnalyzerIPASigning))},
	{"signature", "signature-unreadable", "ios, nothing is said of it", onIOS(func(in *Input) { in.Facts.Analyzer(facts.AnalyzerIPASigning).Name = "ipa/other" })},

	{"certificate-digest", "equal", "ios", digest(a40, onIOS())},
	{"certificate-digest", "wrong-algorithm", "ios", digest(a32, onIOS())},
	{"certificate-digest", "malformed", "ios", digest(a40[1:], onIOS())},
	{"certificate-digest", "package-md5", "ios", digest("0123456789abcdeffedcba9876543210", onIOS())},
	{"certificate-digest", "mismatch", "ios", digest(strings.Repeat("c", 40), onIOS())},
	{"certificate-digest", "profile-certificate", "", digest(strings.Repeat("b", 40), onIOS(provisions))},
	{"certificate-digest", "development-certificate", "", digest(a40, onIOS(kind(facts.KindDevelopment, facts.SignatureValid)))},
	{"certificate-digest", "no-signer", "not Apple's", digest(a40, onIOS(kind(facts.KindNotApple, facts.SignatureInvalid)))},
	{"certificate-digest", "no-signer", "broken", digest(a40, onIOS(kind(facts.KindBroken, facts.SignatureInvalid)))},
	{"certificate-digest", "signature-unreadable", "ios", digest(a40, onIOS(unread(facts.AnalyzerIPASigning)))},
	{"certificate-digest", "signature-unreadable", "store copy", digest(a40, onIOS(fromStore, unread(facts.AnalyzerIPASigning)))},
	{"certificate-digest", "ios-unknown", "", digest(a40, onIOS(fromStore))},
	{"certificate-digest", "ios-unknown", "decrypted", digest(a40, onIOS(fromStore, kind(facts.KindStoreDecrypted, facts.SignatureInvalid)))},
	{"certificate-digest", "apple-certificate", "", digest(strings.Repeat("e", 40), onIOS(fromStore))},
	{"certificate-digest", "not-sha1", "", digest(a32, onIOS(fromStore))},
	{"certificate-digest", "not-sha1", "of the file", digest("0123456789abcdeffedcba9876543210", onIOS(fromStore))},
	{"certificate-digest", "not-sha1", "words", digest("见附件", onIOS(fromStore))},

	{"public-key", "equal", "ios", key(modulus, onIOS())},
	{"public-key", "equal-encoded", "ios", key("3082010a0282010100"+modulus+"0203010001", onIOS())},
	{"public-key", "exponent-appended", "ios", key(modulus+"010001", onIOS())},
	{"public-key", "mismatch", "ios", key(strings.Repeat("c", 512), onIOS())},
	{"public-key", "profile-certificate", "", key(strings.Repeat("b", 512), onIOS(provisions))},
	{"public-key", "malformed", "ios", key("见附件", onIOS())},
	{"public-key", "ios-unknown", "", key(modulus, onIOS(fromStore))},
	{"public-key", "apple-key", "", key(strings.Repeat("e", 512), onIOS(fromStore))},
	{"public-key", "signature-unreadable", "ios", key(modulus, onIOS(unread(facts.AnalyzerIPASigning)))},
}

// last is an earlier package of the team, signed with the certificates.
func last(team string, digests ...string) func(*Input) {
	return func(in *Input) {
		in.Previous = &Previous{Platform: "ios", PackageID: "cn.example.app", Build: "319", Certificates: digests, TeamID: team}
	}
}

func lastFromStore(in *Input) { in.Previous.Store, in.Previous.Certificates = true, nil }

func noTeam(in *Input) { in.Facts.Signature.Code[0].TeamID, in.Facts.Signature.Profile = "", nil }

var iosContinuityTests = []checkTest{
	{"continuity.signer", "same", "ios", onIOS(last("", a64))},
	{"continuity.signer", "renewed", "", onIOS(last("AB12CD34EF", b64))},
	{"continuity.signer", "renewed", "the profile names the team", onIOS(last("AB12CD34EF", b64), func(in *Input) { in.Facts.Signature.Code[0].TeamID = "" })},
	{"continuity.signer", "changed-team", "", onIOS(last("ZZ98YX76WV", b64))},
	{"continuity.signer", "changed-team", "of a store copy", onIOS(fromStore, last("ZZ98YX76WV", b64))},
	{"continuity.signer", "team-unknown", "", onIOS(last("", b64))},
	{"continuity.signer", "team-unknown", "now", onIOS(noTeam, last("AB12CD34EF", b64))},
	{"continuity.signer", "same-team", "store copy", onIOS(fromStore, last("AB12CD34EF", b64))},
	{"continuity.signer", "same-team", "after a store copy", onIOS(last("AB12CD34EF"), lastFromStore)},
	{"continuity.signer", "same-team", "two store copies", onIOS(fromStore, last("AB12CD34EF"), lastFromStore)},
	{"continuity.signer", "store-copy", "", onIOS(fromStore, last("", b64))},
	{"continuity.signer", "store-copy", "Apple's certificate is nobody's", onIOS(fromStore, last("", strings.Repeat("e", 64)))},
	{"continuity.signer", "previous-unsigned", "ios", onIOS(last(""))},
	{"continuity.signer", "no-signer", "ios", onIOS(kind(facts.KindBroken, facts.SignatureInvalid), last("AB12CD34EF", a64))},
	{"continuity.signer", "signature-unreadable", "ios", onIOS(unread(facts.AnalyzerIPASigning), last("AB12CD34EF", a64))},
}

func valid(at *bool, until string) func(*Input) {
	return func(in *Input) { in.Facts.Signature.Validity = &facts.Validity{AtSigning: at, Until: until} }
}

var iosValidityTests = []checkTest{
	{"release.validity", "valid", "", onIOS()},
	{"release.validity", "valid", "its last day", onIOS(valid(new(true), ends))},
	{"release.validity", "no-time", "", onIOS(fromStore)},
	{"release.validity", "ended", "", onIOS(valid(new(true), ended))},
	{"release.validity", "ended", "store copy", onIOS(fromStore, valid(nil, ended))},
	{"release.validity", "ended-enterprise", "", onIOS(kind(facts.KindEnterprise, facts.SignatureValid), valid(new(true), ended))},
	{"release.validity", "outside", "", onIOS(valid(new(false), ends))},
	{"release.validity", "until-unknown", "", onIOS(valid(new(true), ""))},
	{"release.validity", "no-signer", "", onIOS(kind(facts.KindBroken, facts.SignatureInvalid))},
	{"release.validity", "no-signer", "not Apple's", onIOS(kind(facts.KindNotApple, facts.SignatureInvalid), func(in *Input) { in.Facts.Signature.Validity = nil })},
	{"release.validity", "signature-unreadable", "", onIOS(unread(facts.AnalyzerIPASigning))},
}

// An ordinary IPA passes, and nothing speaks to its developer of Android's tools.
func TestJudgeOrdinaryIPA(t *testing.T) {
	t.Parallel()
	in := ordinary()
	onIOS()(&in)
	j := Judge(in)
	if j.Verdict != Pass {
		t.Errorf("verdict %s", j.Verdict)
	}
	if c := find(j, "signature"); c.Outcome != OutcomePass {
		t.Errorf("signature ended %s %s %s", c.Outcome, c.Severity, c.Reason)
	}
	for _, c := range j.Checks {
		for _, word := range []string{"apksigner", "APK", "versionCode 缺失", "Android Studio", "bundletool"} {
			if strings.Contains(c.Remedy.ZH+c.Remedy.EN, word) && c.Outcome != OutcomePass {
				t.Errorf("%s/%s speaks of %s on iOS", c.ID, c.Reason, word)
			}
		}
	}
}

// What was found stands in the evidence under Apple's own name, with its place and
// number, the heaviest first; the message says it in words.
func TestSignatureTellsFindings(t *testing.T) {
	t.Parallel()
	in := ordinary()
	onIOS(kind(facts.KindBroken, facts.SignatureInvalid),
		found(facts.Finding{Code: "architecture-simulator", Apple: "ITMS-90087", Where: iosApp + "/Example", Detail: "x86_64"}),
		func(in *Input) {
			s := &in.Facts.Signature
			s.Code[0].Findings = []facts.Finding{{Code: "page-altered", Apple: "errSecCSSignatureFailed", Detail: "1 of 40 pages by sha256, the first is 7", Fatal: true, Count: 1}}
			s.Seals[0] = facts.Seal{Bundle: iosApp, Status: facts.SignatureInvalid, Added: []string{"a.js", "b.js"}, AddedCount: 2,
				Findings: []facts.Finding{{Code: "resource-added", Apple: "errSecCSBadResource", Detail: `"a.js"`, Fatal: true, Count: 2}}}
		})(&in)
	c := find(Judge(in), "signature")
	want := strings.Join([]string{
		"errSecCSSignatureFailed page-altered: " + iosApp + "/Example (arm64) (1 of 40 pages by sha256, the first is 7)",
		"errSecCSBadResource resource-added ×2: " + iosApp + ` ("a.js")`,
		"ITMS-90087 architecture-simulator: " + iosApp + "/Example (x86_64)",
		"added: " + iosApp + "/a.js",
		"added: " + iosApp + "/b.js",
	}, "\n")
	if got := strings.Join(c.Evidence, "\n"); got != want {
		t.Errorf("evidence\n%s\nwant\n%s", got, want)
	}
	for _, text := range []string{"程序代码在签名后被改动；包里有签名后加进去的文件", "the code was changed after it was signed; files were added after signing"} {
		if !strings.Contains(c.Message.ZH+c.Message.EN, text) {
			t.Errorf("the message does not say %q: %v", text, c.Message)
		}
	}
}

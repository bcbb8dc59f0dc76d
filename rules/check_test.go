package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/checks"
	"heyan/rules/filing"
)

// checkTest is one way a check can end: an ordinary input, changed by edit.
type checkTest struct {
	id, reason string
	name       string
	edit       func(*Input)
}

// ordinary is a released Android package, filed rightly.
func ordinary() Input {
	return Input{
		Facts: &facts.Facts{
			Schema: facts.Schema,
			Analyzers: []facts.Analyzer{
				{Name: facts.AnalyzerArchive, Status: facts.StatusOK}, {Name: facts.AnalyzerManifest, Status: facts.StatusOK},
				{Name: facts.AnalyzerResources, Status: facts.StatusOK}, {Name: facts.AnalyzerSignature, Status: facts.StatusOK},
				{Name: facts.AnalyzerText, Status: facts.StatusOK},
			},
			File:   facts.File{Size: 1, MD5: "0123456789abcdeffedcba9876543210", SHA256: strings.Repeat("5a", 32)},
			Format: facts.FormatAPK,
			App: facts.App{ID: "cn.example.app", Name: "智慧课堂", Names: map[string]string{"default": "智慧课堂", "en": "Smart Class"},
				Version: "3.2.0", Build: "320", MinOS: "24", TargetOS: "34", AllowBackup: new(bool)},
			Signature: facts.Signature{Status: facts.SignatureValid, Schemes: []string{"v2", "v3"}, Signers: []facts.Certificate{signer("a")},
				Ranges: []facts.SignatureRange{{MinAPI: 24, Scheme: "v3", Status: facts.SignatureValid}}},
		},
		Filing: &filing.Filing{Kind: filing.KindProvider, Round: filing.RoundFirst, Platform: filing.PlatformAndroid,
			Version: "3.2.0", MD5: "0123456789abcdeffedcba9876543210", Permissions: []box.Box{}, PermissionScope: filing.ScopePlatform},
		AsOf: "2026-03-02",
	}
}

// signer is a certificate with digests and a modulus of the one hex digit.
func signer(digit string) facts.Certificate {
	return facts.Certificate{
		Subject: "CN=Example,O=Example,C=CN", SignatureAlgorithm: "SHA256-RSA",
		MD5: strings.Repeat(digit, 32), SHA1: strings.Repeat(digit, 40), SHA256: strings.Repeat(digit, 64),
		Key: facts.Key{Algorithm: "RSA", Bits: 2048, Exponent: "65537", ModulusHex: strings.Repeat(digit, 512), ModulusDec: "17" + strings.Repeat("1234567890", 61)},
	}
}

// asIPA makes the input one of an iOS package.
func asIPA(in *Input) {
	in.Facts.Format = facts.FormatIPA
	in.Facts.Analyzers = nil
	for _, name := range []string{facts.AnalyzerArchive, facts.AnalyzerBundle, facts.AnalyzerStrings, facts.AnalyzerMachO,
		facts.AnalyzerProfile, facts.AnalyzerPrivacy, facts.AnalyzerIPAText, facts.AnalyzerIPASigning} {
		in.Facts.Analyzers = append(in.Facts.Analyzers, facts.Analyzer{Name: name, Status: facts.StatusOK})
	}
	in.Facts.Signature.Kind, in.Facts.Signature.Ranges, in.Facts.Signature.Schemes = facts.KindStoreUpload, nil, nil
	in.Filing.Platform = filing.PlatformIOS
}

// unread makes the named reader fail.
func unread(name string) func(*Input) {
	return func(in *Input) { in.Facts.Analyzer(name).Status = facts.StatusPartial }
}

func allCheckTests() []checkTest {
	var all []checkTest
	for _, list := range [][]checkTest{packageTests, fieldTests, versionTests, nameTests, signingTests, keyTests, releaseTests, securityTests, continuityTests, siblingTests, iosTests, iosProfileTests, iosSigningTests, iosContinuityTests, iosValidityTests, signerNameTests, apkSignatureTests} {
		all = append(all, list...)
	}
	return all
}

func TestChecks(t *testing.T) {
	t.Parallel()
	for _, tt := range allCheckTests() {
		t.Run(tt.id+"/"+tt.reason+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			in := ordinary()
			if tt.edit != nil {
				tt.edit(&in)
			}
			j := Judge(in)
			got := find(j, tt.id)
			if got == nil {
				t.Fatalf("no check %s", tt.id)
			}
			if got.Reason != tt.reason {
				t.Errorf("reason %s, want %s (filed %q, actual %q)", got.Reason, tt.reason, got.Filed, got.Actual)
			}
			if diff := cmp.Diff(j, Judge(in)); diff != "" {
				t.Errorf("judged twice, differently:\n%s", diff)
			}
			for _, c := range j.Checks {
				if s := c.Message.ZH + c.Message.EN + c.Remedy.ZH + c.Remedy.EN; strings.ContainsAny(s, "{}") || strings.Contains(s, "missing rule") {
					t.Errorf("%s/%s shows a placeholder: %s", c.ID, c.Reason, s)
				}
			}
		})
	}
}

func find(j Judgement, id string) *Check {
	for i := range j.Checks {
		if j.Checks[i].ID == id {
			return &j.Checks[i]
		}
	}
	return nil
}

// Every reason that is worded is reached, and none is worded in vain.
func TestEveryReasonIsReached(t *testing.T) {
	t.Parallel()
	reached := map[string]bool{}
	for _, tt := range allCheckTests() {
		reached[tt.id+"/"+tt.reason] = true
	}
	for _, c := range checks.All() {
		if strings.HasPrefix(c.ID, "permissions") {
			continue
		}
		for _, r := range c.Reasons {
			if !reached[c.ID+"/"+r.ID] && r.ID != "not-a-package" {
				t.Errorf("no test reaches %s/%s", c.ID, r.ID)
			}
		}
	}
}

// The list of judges and the words are of the same checks.
func TestEveryCheckIsJudged(t *testing.T) {
	t.Parallel()
	judged := map[string]bool{}
	for _, j := range judges {
		judged[j.id] = true
		if checks.Index(j.id) < 0 {
			t.Errorf("check %s is judged and has no words", j.id)
		}
	}
	for _, c := range checks.All() {
		if !judged[c.ID] && !strings.HasPrefix(c.ID, "permissions") {
			t.Errorf("check %s has words and is not judged", c.ID)
		}
	}
}

func TestJudgeOrdinary(t *testing.T) {
	t.Parallel()
	j := Judge(ordinary())
	if j.Verdict != Pass {
		t.Errorf("verdict %s", j.Verdict)
	}
	last := -1
	for _, c := range j.Checks {
		if at := checks.Index(c.ID); at <= last {
			t.Errorf("check %s stands out of order", c.ID)
		} else {
			last = at
		}
		if c.Outcome == OutcomeFail || c.Outcome == OutcomeUnknown && c.ID != "features" {
			t.Errorf("%s ended %s %s", c.ID, c.Outcome, c.Reason)
		}
	}
	in := ordinary()
	asIPA(&in)
	for _, c := range Judge(in).Checks {
		if meta, _ := checks.Get(c.ID); meta.Platform == "android" {
			t.Errorf("check %s for Android is made of an IPA", c.ID)
		}
	}
}

func TestJudgeOtherFile(t *testing.T) {
	t.Parallel()
	in := ordinary()
	in.Facts.Format = facts.FormatAAB
	in.Filing.Permissions = []box.Box{box.SMS}
	j := Judge(in)
	if j.Verdict != Return {
		t.Errorf("verdict %s, want return", j.Verdict)
	}
	for _, c := range j.Checks {
		switch {
		case c.ID == "format" && c.Outcome == OutcomeFail, c.ID == "md5" && c.Outcome == OutcomePass:
		case c.Reason != "not-a-package" || c.Severity != SeverityInfo || c.Outcome != OutcomeUnknown:
			t.Errorf("%s ended %s %s %s", c.ID, c.Outcome, c.Severity, c.Reason)
		}
	}
	if len(j.Categories) != len(box.All) || !j.Categories[0].Filed || j.Categories[0].Outcome != OutcomeUnknown {
		t.Errorf("categories %+v", j.Categories)
	}
	in.Facts.Format = facts.FormatUndetermined
	if got := Judge(in).Verdict; got != Review {
		t.Errorf("verdict %s of a package that could not be read, want review", got)
	}
}

func TestShown(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"智慧课堂", "智慧课堂"},
		{"a\nb\x1b[31m", `a\u000ab\u001b[31m`},
		{"a\u202eb\u2028", `a\u202eb\u2028`},
		{"a\xffb", "a\uFFFDb"},
		{strings.Repeat("x", maxShown+5), strings.Repeat("x", maxShown) + "…"},
	}
	for _, tt := range tests {
		if got := shown(tt.in); got != tt.want {
			t.Errorf("shown(%.40q) = %.60q, want %.60q", tt.in, got, tt.want)
		}
	}
	c := newCheck("name", "equal", args{"actual": "{filed} {x}"})
	if want := "应用名称与安装包一致（{filed} {x}）"; c.Message.ZH != want {
		t.Errorf("a value was read for placeholders: %s", c.Message.ZH)
	}
}

func TestNewCheckWithoutWords(t *testing.T) {
	t.Parallel()
	for _, c := range []Check{newCheck("nothing", "x", nil), newCheck("md5", "nothing", nil)} {
		if c.Outcome != OutcomeUnknown || c.Severity != SeverityBlock {
			t.Errorf("a check without words ended %s %s", c.Outcome, c.Severity)
		}
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.Repeat("line\n", 1000), "\n")
	c := Check{}.with(lines...)
	if len(c.Evidence) != maxEvidence || c.Evidence[maxEvidence-1] != "… +952" {
		t.Errorf("%d lines, the last %q", len(c.Evidence), c.Evidence[len(c.Evidence)-1])
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if v := Version(); !strings.HasPrefix(v, "sha256:") || len(v) != len("sha256:")+64 || v != Version() {
		t.Errorf("version %q", v)
	}
}

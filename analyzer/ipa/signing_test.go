package ipa_test

import (
	"bytes"
	"testing"

	"heyan/analyzer"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa"
	"heyan/analyzer/ipa/ipatest"
)

// verify analyses a package that the tests' own authority may have signed.
func verify(t *testing.T, data []byte) *facts.Facts {
	t.Helper()
	f := &facts.Facts{}
	in := analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}
	if err := ipa.NewTrusting(ipatest.Authorities()).Analyze(t.Context(), in, f); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSignedKinds: a package signed as each kind is that kind, without a finding.
func TestSignedKinds(t *testing.T) {
	t.Parallel()
	for profile, want := range map[string]facts.CodeKind{
		"development": facts.KindDevelopment, "ad-hoc": facts.KindAdHoc, "enterprise": facts.KindEnterprise, "store": facts.KindStoreUpload,
	} {
		s := verify(t, ipatest.Signed(profile).Bytes()).Signature
		if s.Kind != want || s.Status != facts.SignatureValid || len(s.Findings) > 0 || len(s.Profile.Findings) > 0 {
			t.Errorf("%s: kind %s, status %s, findings %+v %+v", profile, s.Kind, s.Status, s.Findings, s.Profile.Findings)
		}
		for _, c := range s.Code {
			if c.Status != facts.SignatureValid || len(c.Findings) > 0 {
				t.Errorf("%s: %s: %s, %+v", profile, c.Path, c.Status, c.Findings)
			}
		}
		for _, x := range s.Seals {
			if x.Status != facts.SignatureValid || len(x.Findings) > 0 {
				t.Errorf("%s: %s: %+v", profile, x.Bundle, x)
			}
		}
	}
}

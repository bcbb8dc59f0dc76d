package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/internal/report"
	"heyan/rules"
)

// ipaOf is a package of the kind, signed with one certificate.
func ipaOf(kind facts.CodeKind, status facts.SignatureStatus) *facts.Facts {
	return &facts.Facts{
		Schema: facts.Schema, Format: facts.FormatIPA, App: facts.App{ID: "cn.example.app"},
		Bundles: []facts.Bundle{{Path: "Payload/A.app", Executable: "Payload/A.app/A"}},
		Signature: facts.Signature{
			Kind: kind, Status: status,
			Signers: []facts.Certificate{{MD5: "md5", SHA1: "sha1", SHA256: "sha256", Key: facts.Key{Algorithm: "RSA", ModulusHex: "c0ffee", ModulusDec: "12648430"}}},
			Code:    []facts.CodeSignature{{Path: "Payload/A.app/A", TeamID: "AB12CD34EF"}},
		},
	}
}

// What 工信部's form takes of an IPA: the certificate of a signature that holds, and
// never Apple's own.
func TestFormOfIPA(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind   facts.CodeKind
		status facts.SignatureStatus
		digest string
		note   string
	}{
		{facts.KindStoreUpload, facts.SignatureValid, "sha1", ""},
		{facts.KindAdHoc, facts.SignatureValid, "sha1", ""},
		{facts.KindDevelopment, facts.SignatureValid, "sha1", "development certificate"},
		{facts.KindEnterprise, facts.SignatureValid, "sha1", "enterprise certificate"},
		{facts.KindStore, facts.SignatureValid, "", "not available from a store copy"},
		{facts.KindStoreDecrypted, facts.SignatureInvalid, "", "not available from a store copy"},
		{facts.KindNotApple, facts.SignatureInvalid, "", "does not verify"},
		{facts.KindBroken, facts.SignatureInvalid, "", "does not verify"},
		{facts.KindUnknown, facts.SignatureUnknown, "", "could not be examined"},
	} {
		m := report.NewForm(ipaOf(test.kind, test.status), nil).MIIT
		key := ""
		if test.digest != "" {
			key = "c0ffee"
		}
		if m.PackageID != "cn.example.app" || m.CertificateDigest != test.digest || m.PublicKeyHex != key || m.DigestAlgorithm != "SHA-1" {
			t.Errorf("%s: %+v", test.kind, m)
		}
		if (m.Note.EN == "") != (test.note == "") || !strings.Contains(m.Note.EN, test.note) || (m.Note.ZH == "") != (test.note == "") {
			t.Errorf("%s: note %+v, want %q", test.kind, m.Note, test.note)
		}
	}
}

// An earlier report gives the team and the developer's certificate, of a store copy
// the team alone, and nothing of a signature that does not hold.
func TestReadPreviousOfIPA(t *testing.T) {
	t.Parallel()
	base := rules.Previous{Platform: "ios", PackageID: "cn.example.app"}
	signed, store := base, base
	signed.Certificates, signed.TeamID = []string{"sha256"}, "AB12CD34EF"
	store.Store, store.TeamID = true, "AB12CD34EF"
	for _, test := range []struct {
		kind   facts.CodeKind
		status facts.SignatureStatus
		want   rules.Previous
	}{
		{facts.KindStoreUpload, facts.SignatureValid, signed},
		{facts.KindStore, facts.SignatureValid, store},
		{facts.KindNotApple, facts.SignatureInvalid, base},
		{facts.KindBroken, facts.SignatureInvalid, base},
	} {
		var earlier bytes.Buffer
		if err := report.Encode(&earlier, report.Report{Schema: report.Schema, Facts: ipaOf(test.kind, test.status)}); err != nil {
			t.Fatal(err)
		}
		got, err := report.ReadPrevious(earlier.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, *got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.kind, diff)
		}
	}
}

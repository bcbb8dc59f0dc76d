package sig_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/apk/sig"
	"heyan/analyzer/facts"
)

// Digests of the certificates in the packages.
const (
	rsa2048    = "fb5dbd3c669af9fc236c6991e6387b7f11ff0590997f22d0f5c74ff40e04fca8"
	rsa2048b   = "681b0e56a796350c08647352a4db800cc44b2adc8f4c72fa350bd05d4d50264d"
	ecP256     = "6a8b96e278e58f62cfe3584022cec1d0527fcb85a9e5d2e1694eb0405be5b599"
	ecP384     = "5e7777ada7ee7ce8f9c4d1b07094876e5604617b7988b4c5d5b764a23431afbe"
	ecP521     = "69b50381d98bebcd27df6d7df8af8c8b38d0e51e9168a95ab992d1a9da6082da"
	dsa1024    = "fee7c19ff9bfb4197b3727b9fd92d95406b1bd96db99ea642f5faac019a389d7"
	dsa3072    = "966a4537058d24098ea213f12d4b24e37ff5a1d8f68deb8a753374881f23e474"
	rsa1024BER = "da3da398de674541313deed77218ce94798531ea5131bb9b1bb4063ba4548cfb"
	rsa4096    = "6a46158f87753395a807edcc7640ac99c9125f6b6e025bdbf461ff281e64e685"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".apk"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func verify(t testing.TB, data []byte, opt sig.Options) facts.Signature {
	t.Helper()
	got, err := sig.Verify(t.Context(), bytes.NewReader(data), int64(len(data)), opt)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// answer is the part of a result that apksigner prints.
type answer struct {
	Status  facts.SignatureStatus
	Schemes []string
	Signers []string
	Codes   []string
}

func answerOf(s facts.Signature) answer {
	a := answer{Status: s.Status, Schemes: s.Schemes}
	for _, c := range s.Signers {
		a.Signers = append(a.Signers, c.SHA256)
	}
	for _, p := range s.Problems {
		a.Codes = append(a.Codes, p.Code)
	}
	return a
}

func TestVectors(t *testing.T) {
	t.Parallel()
	valid := func(scheme string, signers ...string) answer {
		return answer{Status: facts.SignatureValid, Schemes: []string{scheme}, Signers: signers}
	}
	invalid := func(codes ...string) answer {
		return answer{Status: facts.SignatureInvalid, Codes: codes}
	}
	for _, test := range []struct {
		file     string
		min, max int
		want     answer
	}{
		{"v1-only-two-signers", 0, 0, valid("v1", rsa2048, ecP256)},
		{"v1-only-with-dsa-sha1-1.2.840.10040.4.3-3072", 0, 0, valid("v1", dsa3072)},
		{"v1-only-with-dsa-sha1-1.2.840.10040.4.3-3072", 8, 0, invalid("jar-sig-unsupported-sig-alg")},
		{"v1-only-with-rsa-pkcs1-md5-1.2.840.113549.1.1.4-4096", 21, 0, valid("v1", rsa4096)},
		{"v1-only-with-rsa-pkcs1-md5-1.2.840.113549.1.1.4-4096", 18, 0, invalid("jar-sig-unsupported-sig-alg")},
		{"v1-only-with-signed-attrs-signerInfo1-wrong-digest-signerInfo2-good", 24, 0, valid("v1", rsa2048)},
		{"v1-only-with-signed-attrs-signerInfo1-wrong-digest-signerInfo2-good", 23, 0, invalid("jar-sig-did-not-verify")},
		{"v1-only-with-signed-attrs-signerInfo1-wrong-digest-signerInfo2-good", 18, 0, invalid("jar-sig-verify-exception")},
		{"v2-only-with-dsa-sha256-1024", 24, 0, valid("v2", dsa1024)},
		{"v2-only-with-dsa-sha256-1024", 23, 0, answer{Status: facts.SignatureInvalid, Schemes: []string{"v2"}, Codes: []string{"jar-sig-no-manifest"}}},
		{"v2-only-with-rsa-pss-sha512-2048", 24, 0, valid("v2", rsa2048)},
		{"v2-only-with-ecdsa-sha512-p521", 24, 0, valid("v2", ecP521)},
		{"v2-only-with-rsa-pkcs1-sha512-4096-digest-mismatch", 24, 0, invalid("v2-sig-apk-digest-did-not-verify")},
		{"v2-only-targetSandboxVersion-3", 0, 0, valid("v2", rsa4096)},
		{"v2-only-targetSandboxVersion-3", 1, 23, answer{Status: facts.SignatureInvalid, Codes: []string{"jar-sig-no-manifest"}}},
		{"v2-stripped", 24, 0, invalid("jar-sig-missing-apk-sig-referenced")},
		{"v2-stripped", 1, 23, invalid("jar-sig-unsupported-sig-alg")},
		{"v2-stripped", 18, 23, valid("v1", rsa2048)},
		{"two-signers-second-signer-v2-broken", 24, 0, invalid("v2-sig-did-not-verify")},
		{"v3-only-with-ecdsa-sha512-p384", 28, 0, valid("v3", ecP384)},
		{"v3-only-no-certs-in-sig", 28, 0, invalid("v3-sig-no-certificates")},
		{"v31-tgt-33-no-v3-block", 33, 0, answer{Status: facts.SignatureInvalid, Schemes: []string{"v3.1"}, Codes: []string{"v31-block-found-without-v3-block"}}},
		{"v31-rsa-2048_2-tgt-34-1-tgt-28", 28, 0, answer{Status: facts.SignatureValid, Schemes: []string{"v3", "v3.1"}, Signers: []string{rsa2048b, rsa2048}}},
		{"v1-only-with-rsa-1024-cert-not-der2", 0, 0, valid("v1", rsa1024BER)},
		{"golden-rsa-verity-out", 28, 0, valid("v3", rsa2048)},
		{"v2-only-truncated-cd", 24, 0, answer{Status: facts.SignatureUnknown, Codes: []string{"malformed-apk"}}},
	} {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			got := verify(t, read(t, test.file), sig.Options{MinSDK: test.min, MaxSDK: test.max})
			if diff := cmp.Diff(test.want, answerOf(got)); diff != "" {
				t.Errorf("API levels %d to %d (-want +got):\n%s", test.min, test.max, diff)
			}
		})
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	valid := func(min, max int, scheme string, signers ...string) facts.SignatureRange {
		return facts.SignatureRange{MinAPI: min, MaxAPI: max, Scheme: scheme, Status: facts.SignatureValid, Signers: signers}
	}
	for _, test := range []struct {
		file string
		opt  sig.Options
		want []facts.SignatureRange
	}{
		{"v31-rsa-2048_2-tgt-34-1-tgt-28", sig.Options{MinSDK: 21}, []facts.SignatureRange{
			valid(21, 23, "v1", rsa2048), valid(24, 27, "v2", rsa2048), valid(28, 33, "v3", rsa2048), valid(34, 0, "v3.1", rsa2048b)}},
		{"v1-only-two-signers", sig.Options{MinSDK: 18}, []facts.SignatureRange{
			{MinAPI: 18, MaxAPI: 20, Scheme: "v1", Status: facts.SignatureInvalid, Problems: []facts.SignatureProblem{{Code: "jar-sig-unsupported-sig-alg", Scheme: "v1",
				Detail: `"META-INF/CERT1.EC" uses digest algorithm SHA-256 and signature algorithm SHA-256 with EC, which API levels 18-20 do not support`}}},
			valid(21, 0, "v1", rsa2048, ecP256)}},
		{"v3-only-with-ecdsa-sha512-p384", sig.Options{MinSDK: 28}, []facts.SignatureRange{valid(28, 0, "v3", ecP384)}},
		{"v2-only-with-ecdsa-sha512-p521", sig.Options{MinSDK: 21, MaxSDK: 30}, []facts.SignatureRange{
			{MinAPI: 21, MaxAPI: 23, Status: facts.SignatureUnsigned},
			valid(24, 30, "v2", ecP521)}},
	} {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, verify(t, read(t, test.file), test.opt).Ranges); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestUnsupportedRanges: what a device can't verify is said for its range alone.
func TestUnsupportedRanges(t *testing.T) {
	t.Parallel()
	got := verify(t, read(t, "v1-only-with-rsa-pkcs1-md5-1.2.840.113549.1.1.4-4096"), sig.Options{MinSDK: 8})
	type row struct {
		Min, Max int
		Status   facts.SignatureStatus
	}
	var rows []row
	for _, r := range got.Ranges {
		rows = append(rows, row{r.MinAPI, r.MaxAPI, r.Status})
	}
	want := []row{{8, 8, facts.SignatureValid}, {9, 20, facts.SignatureInvalid}, {21, 0, facts.SignatureValid}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLineage(t *testing.T) {
	t.Parallel()
	got := verify(t, read(t, "v31-rsa-2048_2-tgt-34-1-tgt-28"), sig.Options{})
	var nodes []string
	for _, n := range got.Lineage {
		nodes = append(nodes, n.Certificate.SHA256)
		if len(n.Capabilities) == 0 {
			t.Errorf("no capabilities for %s", n.Certificate.SHA256)
		}
	}
	if diff := cmp.Diff([]string{rsa2048, rsa2048b}, nodes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := []string{"0x7109871a", "0x1b93ad61", "0xf05368c0", "0x42726577"}
	if diff := cmp.Diff(want, got.BlockIDs); diff != "" {
		t.Errorf("block ids (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"v1", "v2", "v3", "v3.1"}, got.Present); diff != "" {
		t.Errorf("present (-want +got):\n%s", diff)
	}
}

// TestUncheckedContent: apksigner does not compare the digests of a v3.1 signer;
// platforms that go by it do. (In this vector those of v3 are wrong too.)
func TestUncheckedContent(t *testing.T) {
	t.Parallel()
	got := verify(t, read(t, "v31-2elem-lineage-incorrect-digest"), sig.Options{MinSDK: 33})
	want := answer{Status: facts.SignatureInvalid, Schemes: []string{"v3.1"}, Codes: []string{"v3-sig-apk-digest-did-not-verify"}}
	if diff := cmp.Diff(want, answerOf(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	codes := make(map[string]bool)
	for _, w := range got.Warnings {
		codes[w.Code] = true
	}
	if !codes["content-digest-unchecked"] {
		t.Errorf("warnings %+v", got.Warnings)
	}
}

func TestNegativeModulus(t *testing.T) {
	t.Parallel()
	got := verify(t, read(t, "v1v2v3-rsa-2048-negmod-in-cert"), sig.Options{})
	if got.Status != facts.SignatureValid || len(got.Signers) != 1 {
		t.Fatalf("status %s with %d signers: %+v", got.Status, len(got.Signers), got.Problems)
	}
	key := got.Signers[0].Key
	if key.Algorithm != "RSA" || key.Bits != 2048 || key.ModulusHex[0] == '-' || key.Exponent != "65537" {
		t.Errorf("key %+v", key)
	}
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	data := read(t, "v1-only-two-signers")
	for prefix, want := range map[string]string{"dex\n035\x00": "dex-before-zip", "#!/bin/sh\n": "data-before-zip"} {
		got := verify(t, shifted(data, prefix), sig.Options{MinSDK: 24})
		var codes []string
		for _, w := range got.Warnings {
			codes = append(codes, w.Code)
		}
		if diff := cmp.Diff([]string{want}, codes); diff != "" || got.Status != facts.SignatureValid {
			t.Errorf("%q: status %s, warnings (-want +got):\n%s", prefix, got.Status, diff)
		}
	}
}

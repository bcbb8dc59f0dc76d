package pkcs7

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/internal/ber"
)

func oid(dotted string) []byte {
	switch dotted {
	case oidSignedData:
		return []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2}
	case OIDContentType:
		return []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3}
	case OIDMessageDigest:
		return []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4}
	}
	return []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1} // data
}

func seq(parts ...[]byte) []byte { return ber.Append(nil, 0x30, parts...) }
func set(parts ...[]byte) []byte { return ber.Append(nil, 0x31, parts...) }

// signedData makes a block with the parts after version and digest algorithms.
func signedData(parts ...[]byte) []byte {
	inner := append([][]byte{{2, 1, 1}, set(), seq(oid("data"))}, parts...)
	return seq(oid(oidSignedData), ber.Append(nil, 0xa0, seq(inner...)))
}

func signerInfo() []byte {
	return seq([]byte{2, 1, 1}, seq(seq(), []byte{2, 1, 7}), seq(oid("data")), seq(oid("data")), []byte{4, 2, 'o', 'k'})
}

func TestParse(t *testing.T) {
	t.Parallel()
	certificate := seq([]byte{2, 1, 9})
	block := signedData(ber.Append(nil, 0xa0, certificate), set(signerInfo()))
	got, err := Parse(block)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Signers) != 1 || got.Signers[0].Serial.Int64() != 7 || string(got.Signers[0].Signature) != "ok" || !got.Signers[0].Complete {
		t.Errorf("signers %+v", got.Signers)
	}
	if diff := cmp.Diff([][]byte{certificate}, got.Certificates); diff != "" {
		t.Error(diff)
	}
	// The same with indefinite lengths outside.
	loose := append([]byte{0x30, 0x80}, block[2:]...)
	if _, err := Parse(append(loose, 0, 0)); err != nil {
		t.Errorf("indefinite length: %v", err)
	}
}

func TestParseAbsent(t *testing.T) {
	t.Parallel()
	got, err := Parse(signedData(set()))
	if err != nil || got.Certificates != nil || got.Signers == nil || len(got.Signers) != 0 {
		t.Errorf("no certificates: %+v, %v", got, err)
	}
	got, err = Parse(signedData())
	if err != nil || got.Signers != nil {
		t.Errorf("no signers: %+v, %v", got, err)
	}
	if _, err := Parse(seq(oid(oidSignedData))); !errors.Is(err, ber.ErrNull) {
		t.Errorf("no content: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	many := bytes.Repeat(signerInfo(), MaxSigners+1)
	certificates := bytes.Repeat(seq(), MaxCertificates+1)
	for name, in := range map[string][]byte{
		"nothing":               nil,
		"other content":         seq(oid("data"), ber.Append(nil, 0xa0, seq())),
		"deep nesting":          []byte(strings.Repeat("\x30\x80", 100_000)),
		"length of 2^31":        {0x30, 0x84, 0x80, 0, 0, 0},
		"too many signers":      signedData(set(many)),
		"too many certificates": signedData(ber.Append(nil, 0xa0, certificates), set()),
		"key identifier":        signedData(set(seq([]byte{2, 1, 1}, []byte{0x80, 1, 5}))),
		"signer is a set":       signedData(set(set())),
	} {
		if got, err := Parse(in); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	digest := seq(oid(OIDMessageDigest), set([]byte{4, 1, 'd'}))
	kind := seq(oid(OIDContentType), set(oid("data")))
	attrs, err := ParseAttributes(ber.Append(nil, 0xa0, kind, digest))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok, err := attrs.MessageDigest(); string(got) != "d" || !ok || err != nil {
		t.Errorf("digest %q %v %v", got, ok, err)
	}
	if got, ok, err := attrs.ContentType(); got != "1.2.840.113549.1.7.1" || !ok || err != nil {
		t.Errorf("content type %q %v %v", got, ok, err)
	}
	if _, err := ParseAttributes(set(digest, digest)); !errors.Is(err, ErrAttribute) {
		t.Errorf("twice: %v", err)
	}
	two, err := ParseAttributes(set(seq(oid(OIDMessageDigest), set([]byte{4, 0}, []byte{4, 0}))))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := two.MessageDigest(); !errors.Is(err, ErrAttribute) {
		t.Errorf("two values: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(signedData(ber.Append(nil, 0xa0, seq([]byte{2, 1, 9})), set(signerInfo())))
	f.Add(append([]byte{0x30, 0x80}, make([]byte, 10)...))
	f.Add(set(seq(oid(OIDMessageDigest), set([]byte{4, 1, 'd'}))))
	f.Fuzz(func(t *testing.T, in []byte) {
		first, err := Parse(in)
		if err == nil {
			if len(first.Signers) > MaxSigners || len(first.Certificates) > MaxCertificates {
				t.Fatal("over the limit")
			}
			again, _ := Parse(in)
			if len(again.Signers) != len(first.Signers) || again.ContentType != first.ContentType {
				t.Fatal("another result")
			}
		}
		if attrs, err := ParseAttributes(in); err == nil {
			_, _, _ = attrs.ContentType()
			_, _, _ = attrs.MessageDigest()
		}
	})
}

package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"heyan/analyzer/internal/ber"
)

// issue makes a certificate by the standard library.
func issue(t testing.TB, template x509.Certificate) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func template() x509.Certificate {
	return x509.Certificate{
		SerialNumber: big.NewInt(0xbeef),
		Subject:      pkix.Name{CommonName: `a,b "c" \d`, Organization: []string{"教育"}, Country: []string{"CN"}},
		NotBefore:    time.Date(1949, 10, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2050, 1, 2, 3, 4, 5, 0, time.UTC),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	der := issue(t, template())
	c, err := Parse(append(der, "what follows is ignored"...))
	if err != nil {
		t.Fatal(err)
	}
	want, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	f := c.Facts()
	if f.Serial != "beef" || f.Subject != `CN=a\,b \"c\" \\d,O=教育,C=CN` || f.Subject != f.Issuer {
		t.Errorf("serial %s, subject %s", f.Serial, f.Subject)
	}
	if f.NotBefore != "1949-10-01T00:00:00Z" || f.NotAfter != "2050-01-02T03:04:05Z" || f.SignatureAlgorithm != "SHA256withECDSA" {
		t.Errorf("%+v", f)
	}
	if f.Key.Algorithm != "EC" || f.Key.Curve != "P-256" || f.Key.Bits != 256 || string(c.Key.SPKI()) != string(want.RawSubjectPublicKeyInfo) {
		t.Errorf("key %+v", f.Key)
	}
	if !c.MaySign() || c.UnknownCritical {
		t.Errorf("usage %v, unknown critical %v", c.KeyUsage, c.UnknownCritical)
	}
}

func TestExtensions(t *testing.T) {
	t.Parallel()
	critical := template()
	critical.KeyUsage = x509.KeyUsageCertSign
	critical.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
	c, err := Parse(issue(t, critical))
	if err != nil {
		t.Fatal(err)
	}
	if c.MaySign() || !c.UnknownCritical {
		t.Errorf("usage %v, unknown critical %v", c.KeyUsage, c.UnknownCritical)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	der := issue(t, template())
	for size := range der {
		if c, err := Parse(der[:size]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("cut to %d bytes: %+v, %v", size, c, err)
		}
	}
	for name, in := range map[string]string{
		"nothing":      "",
		"deep nesting": strings.Repeat("\x30\x80", 1<<16),
		"2^31":         "\x30\x84\x80\x00\x00\x00",
		"four parts":   "\x30\x08\x30\x00\x30\x00\x03\x00\x30\x00",
	} {
		if _, err := Parse([]byte(in)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func name(kind byte, text string) []byte {
	value := ber.Append(nil, kind, []byte(text))
	pair := ber.Append(nil, 0x30, []byte{6, 3, 0x55, 4, 3}, value)
	return ber.Append(nil, 0x30, ber.Append(nil, 0x31, pair))
}

func TestNameText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind       byte
		text, want string
	}{
		{ber.UTF8String, "plain", "CN=plain"},
		{ber.UTF8String, " #a ", `CN=\ #a\ `},
		{ber.UTF8String, "#a", `CN=\#a`},
		{ber.PrintableString, "a\x00b\x1b[31m\u202ec", `CN=a\u0000b\u001B[31m\u202Ec`},
		{ber.T61String, "\xe9", "CN=é"},
		{ber.BMPString, "\x4e\x2d\x65\x87", "CN=中文"},
		{ber.UTF8String, "\xff", "CN=\ufffd"},
		{ber.OctetString, "x", "CN=#040178"},
	} {
		if got := NameText(name(test.kind, test.text)); got != test.want {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
	if got := NameText(name(ber.UTF8String, strings.Repeat("长", 10_000))); len(got) > maxNameText+4 {
		t.Errorf("%d bytes of name", len(got))
	}
}

func TestCanonicalName(t *testing.T) {
	t.Parallel()
	a, ok := CanonicalName(name(ber.UTF8String, "Some  One"))
	if !ok {
		t.Fatal("a good name is not read")
	}
	for text, want := range map[string]bool{"some one": true, " SOME ONE ": true, "someone": false, "": false} {
		if b, ok := CanonicalName(name(ber.PrintableString, text)); !ok || (a == b) != want {
			t.Errorf("%q: %q and %q", text, a, b)
		}
	}
	if text, ok := CanonicalName([]byte{1}); ok {
		t.Errorf("what is no name is %q", text)
	}
}

func FuzzCertificate(f *testing.F) {
	f.Add(issue(f, template()))
	f.Add(name(ber.BMPString, "\x4e\x2d"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if text := NameText(in); len(text) > maxNameText+4 {
			t.Fatalf("%d bytes of name", len(text))
		}
		_, _ = CanonicalName(in)
		c, err := Parse(in)
		if err != nil {
			return
		}
		first := c.Facts()
		again, err := Parse(in)
		if err != nil || again.Facts() != first {
			t.Fatal("another result")
		}
		_ = c.MaySign()
	})
}

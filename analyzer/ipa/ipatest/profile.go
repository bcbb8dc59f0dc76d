package ipatest

import (
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed" // the test key
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"time"

	"github.com/smallstep/pkcs7"

	"heyan/analyzer/ipa/machotest"
)

// keyPEM is a key for tests, known to everybody.
//
//go:embed key.pem
var keyPEM []byte

func key() *rsa.PrivateKey {
	block, _ := pem.Decode(keyPEM)
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return k.(*rsa.PrivateKey)
}

// Extensions by which Apple marks what a certificate is for.
var (
	distribution  = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 1, 4}
	profileSigner = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 2, 2, 1}
)

// issue makes a certificate signed by issuer, or by itself where that is nil.
func issue(name string, serial int64, mark asn1.ObjectIdentifier, issuer *x509.Certificate) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name, OrganizationalUnit: []string{Team}, Organization: []string{"Example"}, Country: []string{"CN"}},
		NotBefore:    time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	if mark != nil {
		template.ExtraExtensions = []pkix.Extension{{Id: mark, Critical: true, Value: []byte{5, 0}}}
	}
	if issuer == nil {
		issuer = template
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	}
	k := key()
	der, err := x509.CreateCertificate(nil, template, issuer, &k.PublicKey, k)
	if err != nil {
		panic(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return c
}

func authority() *x509.Certificate { return issue("Test Root CA", 1, nil, nil) }

// Certificate is the developer's certificate in DER.
func Certificate() []byte {
	return issue("iPhone Distribution: Example ("+Team+")", 2, distribution, authority()).Raw
}

// ProfileValues are those of a profile of a kind: development, ad-hoc,
// enterprise or store.
func ProfileValues(kind string) map[string]any {
	values := map[string]any{
		"AppIDName":                   "Classroom",
		"ApplicationIdentifierPrefix": []string{Team},
		"CreationDate":                time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		"ExpirationDate":              time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC),
		"DeveloperCertificates":       []any{Certificate()},
		"Entitlements":                Entitlements(kind == "development"),
		"IsXcodeManaged":              false,
		"Name":                        "Classroom " + kind,
		"Platform":                    []string{"iOS"},
		"TeamIdentifier":              []string{Team},
		"TeamName":                    "Example",
		"TimeToLive":                  365,
		"UUID":                        "11111111-2222-3333-4444-555555555555",
		"Version":                     1,
	}
	switch kind {
	case "development", "ad-hoc":
		values["ProvisionedDevices"] = []string{"00008030-000000000000001E", "00008030-000000000000002E"}
	case "enterprise":
		values["ProvisionsAllDevices"] = true
	}
	return values
}

// Profile signs a profile.
func Profile(values map[string]any) []byte { return Sign(machotest.Plist(values)) }

// Sign wraps any content as a profile is wrapped.
func Sign(content []byte) []byte {
	root := authority()
	message, err := pkcs7.NewSignedData(content)
	if err != nil {
		panic(err)
	}
	message.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	// Signed attributes would hold the time of day.
	if err := message.SignWithoutAttr(issue("Test Profile Signer", 3, profileSigner, root), key(), pkcs7.SignerInfoConfig{}); err != nil {
		panic(err)
	}
	message.AddCertificate(root)
	out, err := message.Finish()
	if err != nil {
		panic(err)
	}
	return out
}

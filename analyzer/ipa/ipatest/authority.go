package ipatest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // #nosec G505 -- cdhashes of older signatures
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"time"

	"heyan/analyzer/cert"
	"heyan/analyzer/internal/ber"
	"heyan/analyzer/ipa/applepki"
	"heyan/analyzer/ipa/machotest"
)

// Authorities are those to trust so that what is signed here holds as what Apple
// signs does elsewhere.
func Authorities() *applepki.Authorities {
	root, err := cert.Parse(authority().Raw)
	if err != nil {
		panic(err)
	}
	return applepki.New(root)
}

// Marks by which Apple says what a certificate signs, to make a Developer with.
var (
	MarkStore        = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 1, 3}
	MarkDistribution = distribution
	MarkDevelopment  = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 1, 2}
)

// Developer signs code.
type Developer struct {
	certificate *x509.Certificate
	// Plain leaves Apple's own attributes out, which bind the alternate directories.
	Plain bool
	// Time is the signing time, none where zero: the App Store sets none.
	Time time.Time
	// Forge changes the message's signature.
	Forge func(signature []byte)
}

// NewDeveloper issues a certificate that is marked for a purpose; nil is no mark.
func NewDeveloper(mark asn1.ObjectIdentifier) *Developer {
	name := "iPhone Distribution: Example (" + Team + ")"
	if mark.Equal(MarkStore) {
		name = "Apple iPhone OS Application Signing"
	}
	return &Developer{certificate: issue(name, 2, mark, authority()), Time: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)}
}

// Stranger signs with a certificate that nobody trusts.
func Stranger() *Developer {
	d := NewDeveloper(MarkDistribution)
	d.certificate = issue("Somebody", 9, nil, nil)
	return d
}

// Certificate is the leaf in DER.
func (d *Developer) Certificate() []byte { return d.certificate.Raw }

// sign makes the detached CMS message over code directories, the primary one
// first (RFC 5652, with Apple's attributes 9.1 and 9.2).
func (d *Developer) sign(directories ...[]byte) []byte {
	attributes := d.attributes(directories)
	digest := sha256.Sum256(ber.Append(nil, 0x31, attributes))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key(), crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	if d.Forge != nil {
		d.Forge(signature)
	}
	signer := sequence(
		ber.Append(nil, 0x02, []byte{1}),
		sequence(d.certificate.RawIssuer, ber.Append(nil, 0x02, d.certificate.SerialNumber.Bytes())),
		algorithmSHA256, ber.Append(nil, 0xa0, attributes), algorithmRSA, ber.Append(nil, 0x04, signature))
	signed := sequence(
		ber.Append(nil, 0x02, []byte{1}), ber.Append(nil, 0x31, algorithmSHA256), sequence(oidData),
		ber.Append(nil, 0xa0, d.certificate.Raw, authority().Raw), ber.Append(nil, 0x31, signer))
	return sequence(oidSignedData, ber.Append(nil, 0xa0, signed))
}

func (d *Developer) attributes(directories [][]byte) []byte {
	digest := sha256.Sum256(directories[0])
	out := attribute("1.2.840.113549.1.9.3", oidData)
	if !d.Time.IsZero() {
		out = append(out, attribute("1.2.840.113549.1.9.5", ber.Append(nil, 0x17, []byte(d.Time.UTC().Format("060102150405Z"))))...)
	}
	out = append(out, attribute("1.2.840.113549.1.9.4", ber.Append(nil, 0x04, digest[:]))...)
	if d.Plain {
		return out
	}
	var hashes []any
	var pairs [][]byte
	for n, dir := range directories {
		full, oid := sha256.Sum256(dir), oidSHA256
		whole := full[:]
		if n == 0 && len(directories) > 1 {
			old := sha1.Sum(dir) // #nosec G401
			whole, oid = old[:], oidSHA1
		}
		hashes = append(hashes, whole[:20])
		pairs = append(pairs, sequence(oid, ber.Append(nil, 0x04, whole)))
	}
	out = append(out, attribute("1.2.840.113635.100.9.1", ber.Append(nil, 0x04, machotest.Plist(map[string]any{"cdhashes": hashes})))...)
	return append(out, attribute("1.2.840.113635.100.9.2", pairs...)...)
}

func attribute(oid string, values ...[]byte) []byte {
	return sequence(object(oid), ber.Append(nil, 0x31, values...))
}

func sequence(parts ...[]byte) []byte { return ber.Append(nil, 0x30, parts...) }

// object encodes an identifier.
func object(dotted string) []byte {
	id, err := x509.ParseOID(dotted)
	if err != nil {
		panic(err)
	}
	body, err := id.MarshalBinary()
	if err != nil {
		panic(err)
	}
	return ber.Append(nil, 0x06, body)
}

// Encodings that every message has.
var (
	oidData         = object("1.2.840.113549.1.7.1")
	oidSignedData   = object("1.2.840.113549.1.7.2")
	oidSHA1         = object("1.3.14.3.2.26")
	oidSHA256       = object("2.16.840.1.101.3.4.2.1")
	algorithmSHA256 = sequence(oidSHA256, []byte{5, 0})
	algorithmRSA    = sequence(object("1.2.840.113549.1.1.1"), []byte{5, 0})
)

// Package cms verifies CMS SignedData messages (RFC 5652) as Apple's code
// signatures and provisioning profiles carry them: one signer, named by issuer
// and serial, with signed attributes.
//
// It proves that the holder of the certificate's key signed the content, and
// nothing about the certificate: whom to trust is for the caller. It promises
// bounded work, no panic, and no copy of the message but contents in pieces.
package cms

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"time"

	"heyan/analyzer/cert"
	"heyan/analyzer/internal/ber"
	"heyan/analyzer/internal/pkcs7"
	"heyan/analyzer/internal/pubkey"
)

// MaxSize bounds a message; real ones have 4 to 70 KB.
const MaxSize = 1 << 20

// The classes of failure.
var (
	// ErrMalformed: no SignedData, or not one this package reads.
	ErrMalformed = errors.New("malformed CMS message")
	// ErrSignature: what it says was not signed with the key it names.
	ErrSignature = errors.New("the CMS signature does not hold")
)

const oidSigningTime = "1.2.840.113549.1.9.5"

// Message is a parsed message, nothing of it verified.
type Message struct {
	// Content is what is signed, nil where it is not in the message.
	Content []byte
	// Certificates are those carried that can be read, in the message's order, which
	// means nothing.
	Certificates []*cert.Certificate
	contentType  string
	signers      []pkcs7.SignerInfo
}

// Signer is who signed, once Verify succeeded.
type Signer struct {
	Certificate *cert.Certificate
	// Attributes are the signed attributes by OID.
	Attributes pkcs7.Attributes
	// SigningTime is what the signer says, zero where it says nothing.
	SigningTime time.Time
}

// Parse reads a message.
func Parse(data []byte) (*Message, error) {
	if len(data) > MaxSize {
		return nil, malformed("%d bytes", len(data))
	}
	signed, err := pkcs7.Parse(data)
	if err != nil {
		return nil, malformed("%v", err)
	}
	m := &Message{signers: signed.Signers, contentType: signed.ContentType}
	if signed.Content != nil {
		if m.Content, err = octets(*signed.Content, 0); err != nil {
			return nil, err
		}
	}
	for _, raw := range signed.Certificates {
		if c, err := cert.Parse(raw); err == nil {
			m.Certificates = append(m.Certificates, c)
		}
	}
	return m, nil
}

// maxPieces bounds the pieces of a content and their nesting.
const (
	maxPieces  = 1 << 16
	maxNesting = 8
)

// octets puts together an OCTET STRING that may be in pieces (BER).
func octets(v ber.Value, depth int) ([]byte, error) {
	if !v.Is(ber.OctetString) || depth > maxNesting {
		return nil, malformed("content is no octet string")
	}
	if !v.Constructed {
		return v.Body, nil
	}
	pieces, err := v.Children(maxPieces)
	if err != nil {
		return nil, malformed("content: %v", err)
	}
	var out []byte
	for _, p := range pieces {
		b, err := octets(p, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
	}
	return out, nil
}

// Verify checks the signature over content (RFC 5652, 5.4). Without signed
// attributes it is over the content itself.
func (m *Message) Verify(content []byte) (*Signer, error) {
	if len(m.signers) != 1 || !m.signers[0].Complete {
		return nil, malformed("%d signers", len(m.signers))
	}
	info := m.signers[0]
	leaf := m.certificate(info)
	if leaf == nil {
		return nil, fmt.Errorf("%w: the signer's certificate is not in the message", ErrSignature)
	}
	digest := digestOf(info.DigestOID)
	scheme, hash := algorithm(info.SignatureOID, digest)
	if digest == 0 || hash == 0 {
		return nil, fmt.Errorf("%w: algorithms %q and %q", ErrSignature, info.DigestOID, info.SignatureOID)
	}
	s := &Signer{Certificate: leaf}
	signed := [][]byte{content}
	if info.SignedAttributes != nil {
		if err := m.attributes(s, info, digest, content); err != nil {
			return nil, err
		}
		// They are signed as a SET OF, although they are sent with another tag.
		signed = [][]byte{{0x31}, info.SignedAttributes[1:]}
	}
	ok, err := leaf.Key.Verify(scheme, hash, info.Signature, signed...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if !ok {
		return nil, ErrSignature
	}
	return s, nil
}

// attributes reads the signed attributes, which must name the content.
func (m *Message) attributes(s *Signer, info pkcs7.SignerInfo, digest crypto.Hash, content []byte) error {
	a, err := pkcs7.ParseAttributes(info.SignedAttributes)
	if err != nil {
		return malformed("%v", err)
	}
	kind, ok, err := a.ContentType()
	if err != nil || !ok || kind != m.contentType {
		return fmt.Errorf("%w: content type %q for %q", ErrSignature, kind, m.contentType)
	}
	want, ok, err := a.MessageDigest()
	if err != nil || !ok {
		return fmt.Errorf("%w: no digest of the content", ErrSignature)
	}
	h := digest.New()
	h.Write(content)
	if !bytes.Equal(h.Sum(nil), want) {
		return fmt.Errorf("%w: the content is another one", ErrSignature)
	}
	s.Attributes = a
	if v := a[oidSigningTime]; len(v) == 1 {
		s.SigningTime, err = cert.ParseTime(v[0])
		if err != nil {
			return malformed("signing time")
		}
	}
	return nil
}

// certificate is the one that the signer names.
func (m *Message) certificate(info pkcs7.SignerInfo) *cert.Certificate {
	if info.Serial == nil {
		return nil
	}
	for _, c := range m.Certificates {
		if bytes.Equal(c.Issuer, info.Issuer) && c.Serial.Cmp(info.Serial) == 0 {
			return c
		}
	}
	return nil
}

// digestOf is the hash of a digest algorithm, 0 for one that Apple does not use.
func digestOf(oid string) crypto.Hash {
	switch oid {
	case "1.3.14.3.2.26":
		return crypto.SHA1
	case "2.16.840.1.101.3.4.2.1":
		return crypto.SHA256
	case "2.16.840.1.101.3.4.2.2":
		return crypto.SHA384
	case "2.16.840.1.101.3.4.2.3":
		return crypto.SHA512
	}
	return 0
}

// algorithm is how a signature is made: by a bare key algorithm with the digest's
// hash, or by an algorithm that names both, which must agree with it.
func algorithm(oid string, digest crypto.Hash) (pubkey.Scheme, crypto.Hash) {
	named := func(s pubkey.Scheme, h crypto.Hash) (pubkey.Scheme, crypto.Hash) {
		if h != digest {
			return 0, 0
		}
		return s, h
	}
	switch oid {
	case pubkey.OIDRSA:
		return pubkey.PKCS1, digest
	case "1.2.840.113549.1.1.5":
		return named(pubkey.PKCS1, crypto.SHA1)
	case "1.2.840.113549.1.1.11":
		return named(pubkey.PKCS1, crypto.SHA256)
	case "1.2.840.113549.1.1.12":
		return named(pubkey.PKCS1, crypto.SHA384)
	case "1.2.840.113549.1.1.13":
		return named(pubkey.PKCS1, crypto.SHA512)
	case "1.2.840.10045.4.1":
		return named(pubkey.ECDSA, crypto.SHA1)
	case "1.2.840.10045.4.3.2":
		return named(pubkey.ECDSA, crypto.SHA256)
	case "1.2.840.10045.4.3.3":
		return named(pubkey.ECDSA, crypto.SHA384)
	case "1.2.840.10045.4.3.4":
		return named(pubkey.ECDSA, crypto.SHA512)
	case pubkey.OIDEC:
		return pubkey.ECDSA, digest
	}
	return 0, 0
}

func malformed(text string, args ...any) error {
	return fmt.Errorf("%w: "+text, append([]any{ErrMalformed}, args...)...)
}

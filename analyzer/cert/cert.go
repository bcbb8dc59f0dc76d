// Package cert reads X.509 certificates as tolerantly as Java and apksig do for
// APKs: BER as well as DER, RSA moduli encoded as negative numbers, any serial,
// any name. crypto/x509 refuses many certificates that sign installed apps.
//
// It promises: no error for what Android accepts, bounded work, nothing of the
// input is copied but the texts it makes; nothing is verified.
package cert

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"heyan/analyzer/internal/ber"
	"heyan/analyzer/internal/pubkey"
)

// ErrMalformed is behind every error of Parse.
var ErrMalformed = errors.New("malformed certificate")

// maxExtensions bounds the extensions looked at.
const maxExtensions = 256

// Certificate is a parsed certificate.
type Certificate struct {
	// Raw is the encoding as it was given; digests are over it.
	Raw     []byte
	Version int
	Serial  *big.Int
	// SignatureOID is the algorithm its issuer signed it with.
	SignatureOID string
	// Issuer and Subject are the names' encodings.
	Issuer, Subject     []byte
	NotBefore, NotAfter time.Time
	Key                 *pubkey.Key
	// KeyUsage holds the extension's bits, nil where it is absent.
	KeyUsage []bool
	// UnknownCritical is set where an extension that Java does not know is critical.
	UnknownCritical bool
	// Extensions are all of them, in order, bounded; Value is inside Raw.
	Extensions []Extension
	// TBS is the signed part and Signature the issuer's signature over it.
	TBS, Signature []byte

	algorithm algorithmID
}

// Extension is one X.509 v3 extension.
type Extension struct {
	OID      string
	Critical bool
	Value    []byte
}

// Extension returns the value of the extension, nil where there is none.
func (c *Certificate) Extension(oid string) []byte {
	for _, e := range c.Extensions {
		if e.OID == oid {
			return e.Value
		}
	}
	return nil
}

// Parse reads one certificate; bytes after it are ignored, as Java ignores them.
// (X509CertificateUtils.generateCertificate)
func Parse(raw []byte) (*Certificate, error) {
	outer, err := ber.One(raw)
	if err != nil {
		return nil, malformed("%v", err)
	}
	parts, err := outer.Children(3)
	if err != nil || !outer.Is(ber.Sequence) || len(parts) != 3 {
		return nil, malformed("not a sequence of three parts")
	}
	if !parts[0].Is(ber.Sequence) || !parts[1].Is(ber.Sequence) || !parts[2].Is(ber.BitString) || !wholeBits(parts[2]) {
		return nil, malformed("parts of the wrong kind")
	}
	c := &Certificate{Raw: raw, Version: 1, TBS: parts[0].Full, Signature: parts[2].Body[1:]}
	if err := c.parseTBS(parts[0]); err != nil {
		return nil, err
	}
	outside, err := algorithm(parts[1])
	if err != nil || !outside.equal(c.algorithm) {
		return nil, malformed("signature algorithms differ inside and outside")
	}
	return c, nil
}

// parseTBS reads the signed part, in the order and with the checks of the JDK's
// X509CertInfo.
func (c *Certificate) parseTBS(tbs ber.Value) error {
	fields, err := tbs.Children(16)
	if err != nil {
		return malformed("%v", err)
	}
	if len(fields) > 0 && fields[0].Class == ber.Context && fields[0].Tag == 0 {
		if err := c.parseVersion(fields[0]); err != nil {
			return err
		}
		fields = fields[1:]
	}
	if len(fields) < 6 {
		return malformed("fields are missing")
	}
	for i, tag := range [...]int{ber.Integer, ber.Sequence, ber.Sequence, ber.Sequence, ber.Sequence, ber.Sequence} {
		if !fields[i].Is(tag) {
			return malformed("field %d is of the wrong kind", i+1)
		}
	}
	c.Serial = ber.BigInt(fields[0].Body)
	if c.algorithm, err = algorithm(fields[1]); err != nil {
		return malformed("signature algorithm: %v", err)
	}
	c.SignatureOID = c.algorithm.oid
	c.Issuer, c.Subject = fields[2].Full, fields[4].Full
	if !isName(fields[2], false) || !isName(fields[4], false) {
		return malformed("name")
	}
	if len(fields[2].Body) == 0 || len(fields[4].Body) == 0 && c.Version == 1 {
		return malformed("empty name")
	}
	if err := c.parseValidity(fields[3]); err != nil {
		return err
	}
	if c.Key, err = pubkey.Parse(fields[5].Full); err != nil {
		return malformed("public key: %v", err)
	}
	return c.parseRest(fields[6:])
}

func (c *Certificate) parseVersion(v ber.Value) error {
	inner, err := ber.One(v.Body) // whatever its tag: apksig's own reader does not look
	if err != nil {
		return malformed("version")
	}
	n := ber.BigInt(inner.Body)
	if !n.IsInt64() || n.Int64() < 0 || n.Int64() > 2 {
		return malformed("version %s", n)
	}
	c.Version = int(n.Int64()) + 1
	return nil
}

func (c *Certificate) parseValidity(v ber.Value) error {
	times, err := v.Children(2)
	if err != nil || len(times) != 2 {
		return malformed("validity")
	}
	if c.NotBefore, err = ParseTime(times[0]); err != nil {
		return err
	}
	c.NotAfter, err = ParseTime(times[1])
	return err
}

// parseRest reads the fields after the key: unique ids and extensions.
func (c *Certificate) parseRest(fields []ber.Value) error {
	if len(fields) > 0 && c.Version == 1 {
		return malformed("version 1 with extensions")
	}
	for _, f := range fields {
		if f.Class != ber.Context || f.Tag < 1 || f.Tag > 3 {
			return malformed("unknown field")
		}
		if f.Tag != 3 {
			if !wholeBits(f) {
				return malformed("unique identifier")
			}
			continue
		}
		if c.Version != 3 {
			return malformed("version 2 with extensions")
		}
		if err := c.parseExtensions(f); err != nil {
			return err
		}
	}
	return nil
}

func (c *Certificate) parseExtensions(f ber.Value) error {
	list, err := ber.One(f.Body)
	if err != nil {
		return malformed("extensions: %v", err)
	}
	values, err := list.Children(maxExtensions)
	if err != nil {
		return malformed("extensions: %v", err)
	}
	sequence := func(v ber.Value) bool { return v.Is(ber.Sequence) || v.Is(ber.Set) }
	if slices.ContainsFunc(values, func(v ber.Value) bool { return !sequence(v) }) {
		// Java refuses such a certificate; apksig then writes it anew without any
		// extension and asks again (X509CertificateUtils.generateCertificate).
		return nil
	}
	seen := make(map[string]bool, len(values))
	for _, v := range values {
		oid, critical, body, err := extension(v)
		if err != nil {
			return err
		}
		if seen[oid] {
			return malformed("extension %s twice", oid)
		}
		seen[oid] = true
		c.Extensions = append(c.Extensions, Extension{oid, critical, body})
		if oid == oidKeyUsage {
			if err := c.parseKeyUsage(body); err != nil && critical {
				return err
			}
			continue
		}
		c.UnknownCritical = c.UnknownCritical || critical && !knownExtension(oid)
	}
	return nil
}

func (c *Certificate) parseKeyUsage(body []byte) error {
	bits, err := ber.One(body)
	if err != nil || !bits.Is(ber.BitString) || len(bits.Body) == 0 || bits.Body[0] > 7 {
		return malformed("key usage")
	}
	n := 8*(len(bits.Body)-1) - int(bits.Body[0])
	c.KeyUsage = make([]bool, max(0, min(n, 9)))
	for i := range c.KeyUsage {
		c.KeyUsage[i] = bits.Body[1+i/8]&(0x80>>(i%8)) != 0
	}
	return nil
}

// MaySign reports whether the key usage, if stated, allows signatures.
func (c *Certificate) MaySign() bool {
	if c.KeyUsage == nil {
		return true
	}
	return len(c.KeyUsage) > 0 && c.KeyUsage[0] || len(c.KeyUsage) > 1 && c.KeyUsage[1]
}

// Equal compares encodings, as apksig compares certificates.
func (c *Certificate) Equal(other *Certificate) bool { return bytes.Equal(c.Raw, other.Raw) }

func malformed(text string, args ...any) error {
	return fmt.Errorf("%w: "+text, append([]any{ErrMalformed}, args...)...)
}

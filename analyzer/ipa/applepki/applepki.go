// Package applepki says whether a certificate ends at Apple, and what Apple lets
// it sign.
//
// Go's crypto/x509 refuses every certificate that Apple gives to developers
// (critical extensions of Apple's own) and every older chain (SHA-1), so the walk
// is ours: from the leaf, by name and signature, to one of the roots pinned here.
// A certificate authority may have neither another root nor a longer chain.
//
// The end of a certificate's life is no fault of a signature (CSCommon.h:
// "expiration of participating certificates is not automatic grounds for
// rejection"): Chain tells the time, the caller judges it.
package applepki

import (
	"bytes"
	"crypto"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"heyan/analyzer/cert"
	"heyan/analyzer/internal/ber"
	"heyan/analyzer/internal/pubkey"
)

// Apple's certificates as published at apple.com/certificateauthority. The three
// roots are told by their SHA-256 digests in the tests; the others only help out
// where a message does not carry them.
//
//go:embed certs/*.cer
var certificates embed.FS

// roots are the files of the pinned roots.
func isRoot(name string) bool {
	switch name {
	case "AppleIncRootCertificate.cer", "AppleRootCA-G2.cer", "AppleRootCA-G3.cer":
		return true
	}
	return false
}

// The classes of failure.
var (
	// ErrUntrusted: the chain does not end at a pinned root.
	ErrUntrusted = errors.New("the certificate chain does not end at Apple")
	// ErrChain: it does by name, but breaks the rules on the way.
	ErrChain = errors.New("the certificate chain does not hold")
)

// maxChain bounds a chain, leaf and root included. Apple's have three or four.
const maxChain = 6

// Authorities are roots to end at and intermediates to help out with.
type Authorities struct {
	roots, intermediates []*cert.Certificate
}

// Apple returns Apple's own.
func Apple() *Authorities {
	a := &Authorities{}
	// The files are part of the binary: an error is one of the build, and the tests
	// read every one.
	entries, _ := certificates.ReadDir("certs")
	for _, e := range entries {
		raw, _ := certificates.ReadFile("certs/" + e.Name())
		c, err := cert.Parse(raw)
		switch {
		case err != nil:
		case isRoot(e.Name()):
			a.roots = append(a.roots, c)
		default:
			a.intermediates = append(a.intermediates, c)
		}
	}
	return a
}

// New returns authorities of one's own, for tests and for a platform's own signing.
func New(roots ...*cert.Certificate) *Authorities { return &Authorities{roots: roots} }

// Chain is the way from a leaf to a root.
type Chain struct {
	Certificates []*cert.Certificate // leaf first, root last
}

// Validity is the time in which all of the chain is valid. Empty (from after
// until) where there is none.
func (c Chain) Validity() (from, until time.Time) {
	for i, x := range c.Certificates {
		if i == 0 || x.NotBefore.After(from) {
			from = x.NotBefore
		}
		if i == 0 || x.NotAfter.Before(until) {
			until = x.NotAfter
		}
	}
	return from, until
}

// Verify walks from leaf to a root through the certificates carried and, where
// they do not suffice, those known here.
func (a *Authorities) Verify(leaf *cert.Certificate, carried []*cert.Certificate) (Chain, error) {
	w := walk{authorities: a, carried: carried, budget: 64}
	w.path = append(w.path, leaf)
	if err := critical(leaf); err != nil {
		return Chain{}, err
	}
	if w.up() {
		return Chain{w.path}, nil
	}
	if w.fault != nil {
		return Chain{}, w.fault
	}
	return Chain{}, ErrUntrusted
}

// walk is one search for a root.
type walk struct {
	authorities *Authorities
	carried     []*cert.Certificate
	path        []*cert.Certificate
	budget      int   // signatures that may still be checked
	fault       error // of the way that came furthest
}

// up extends the path to a root.
func (w *walk) up() bool {
	last := w.path[len(w.path)-1]
	for _, root := range w.authorities.roots {
		if w.issued(root, last) {
			if !last.Equal(root) {
				w.path = append(w.path, root)
			}
			return true
		}
	}
	if len(w.path) >= maxChain-1 {
		return false
	}
	for _, list := range [][]*cert.Certificate{w.carried, w.authorities.intermediates} {
		for _, c := range list {
			if !w.onPath(c) && w.issued(c, last) {
				w.path = append(w.path, c)
				if w.up() {
					return true
				}
				w.path = w.path[:len(w.path)-1]
			}
		}
	}
	return false
}

func (w *walk) onPath(c *cert.Certificate) bool {
	for _, p := range w.path {
		if p.Equal(c) {
			return true
		}
	}
	return false
}

// issued reports whether issuer may have made subject and did.
func (w *walk) issued(issuer, subject *cert.Certificate) bool {
	if !bytes.Equal(issuer.Subject, subject.Issuer) || w.budget == 0 {
		return false
	}
	w.budget--
	err := authority(issuer, len(w.path)-1)
	if err == nil {
		err = critical(issuer)
	}
	if err == nil {
		err = signed(issuer, subject)
	}
	if err != nil {
		w.fault = err
	}
	return err == nil
}

// authority checks that c may issue certificates with below other authorities
// between it and the leaf (RFC 5280, 4.2.1.9 and 4.2.1.3).
func authority(c *cert.Certificate, below int) error {
	constraints := c.Extension("2.5.29.19")
	if constraints == nil {
		return chainError("%s is no authority", name(c))
	}
	v, err := ber.One(constraints)
	if err != nil || !v.Is(ber.Sequence) {
		return chainError("basic constraints of %s", name(c))
	}
	fields, err := v.Children(2)
	if err != nil || len(fields) == 0 || !fields[0].Is(ber.Boolean) || len(fields[0].Body) != 1 || fields[0].Body[0] == 0 {
		return chainError("%s is no authority", name(c))
	}
	if len(fields) == 2 {
		limit := ber.BigInt(fields[1].Body)
		if !fields[1].Is(ber.Integer) || !limit.IsInt64() || limit.Int64() < int64(below) {
			return chainError("the path below %s is too long", name(c))
		}
	}
	const keyCertSign = 5
	if c.KeyUsage != nil && (len(c.KeyUsage) <= keyCertSign || !c.KeyUsage[keyCertSign]) {
		return chainError("%s must not issue certificates", name(c))
	}
	return nil
}

// appleExtensions are those that only Apple understands.
const appleExtensions = "1.2.840.113635.100.6."

// critical refuses what must be understood and is not.
func critical(c *cert.Certificate) error {
	for _, e := range c.Extensions {
		known := strings.HasPrefix(e.OID, appleExtensions)
		switch e.OID {
		case "2.5.29.15", "2.5.29.19", "2.5.29.32", "2.5.29.37":
			known = true
		}
		if e.Critical && !known {
			return chainError("critical extension %s of %s", e.OID, name(c))
		}
	}
	return nil
}

// signed checks the issuer's signature. SHA-1 holds here: Apple's older
// intermediates have nothing else, and every chain ends at a pinned root.
func signed(issuer, subject *cert.Certificate) error {
	scheme, hash := algorithm(subject.SignatureOID)
	if hash == 0 {
		return chainError("%s is signed with %q", name(subject), subject.SignatureOID)
	}
	ok, err := issuer.Key.Verify(scheme, hash, subject.Signature, subject.TBS)
	if err != nil || !ok {
		return chainError("%s is not signed by %s", name(subject), name(issuer))
	}
	return nil
}

func algorithm(oid string) (pubkey.Scheme, crypto.Hash) {
	switch oid {
	case "1.2.840.113549.1.1.5":
		return pubkey.PKCS1, crypto.SHA1
	case "1.2.840.113549.1.1.11":
		return pubkey.PKCS1, crypto.SHA256
	case "1.2.840.113549.1.1.12":
		return pubkey.PKCS1, crypto.SHA384
	case "1.2.840.113549.1.1.13":
		return pubkey.PKCS1, crypto.SHA512
	case "1.2.840.10045.4.3.2":
		return pubkey.ECDSA, crypto.SHA256
	case "1.2.840.10045.4.3.3":
		return pubkey.ECDSA, crypto.SHA384
	case "1.2.840.10045.4.3.4":
		return pubkey.ECDSA, crypto.SHA512
	}
	return 0, 0
}

func name(c *cert.Certificate) string { return fmt.Sprintf("%q", c.Facts().Subject) }

func chainError(text string, args ...any) error {
	return fmt.Errorf("%w: "+text, append([]any{ErrChain}, args...)...)
}

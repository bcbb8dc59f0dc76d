package sig

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"

	"heyan/analyzer/apk/sig/internal/block"
	"heyan/analyzer/apk/sig/internal/digest"
	"heyan/analyzer/cert"
	"heyan/analyzer/internal/pubkey"
)

// Scheme names.
const (
	schemeV1  = "v1"
	schemeV2  = "v2"
	schemeV3  = "v3"
	schemeV31 = "v3.1"
	schemeV4  = "v4"
)

// maxRecords bounds each list inside a signer.
const maxRecords = 512

// signer is one signer of v2 or later (ApkSigningBlockUtils.Result.SignerInfo).
type signer struct {
	findings
	index          int
	certs          []*cert.Certificate
	minSDK, maxSDK int // v3 and later
	digests        []contentDigest
	devRelease     bool
	lineage        lineage
}

// contentDigest is a digest of the package that a signer vouches for.
type contentDigest struct {
	algorithm uint32
	value     []byte
}

// scheme is the outcome of one scheme's block (ApkSigningBlockUtils.Result).
type scheme struct {
	findings
	name     string
	signers  []*signer
	wanted   digest.Set // content digests of verified signatures
	verified bool
	lineage  lineage
	// contentDiffers is set for a v3.1 block whose digests are not the content's.
	contentDiffers bool
}

// failed reports an error of the scheme or of one of its signers.
func (s *scheme) failed() bool {
	return s.findings.failed() || slices.ContainsFunc(s.signers, func(g *signer) bool { return g.failed() })
}

// family is how the scheme's issues begin: v3.1 shares those of v3.
func (s *scheme) family() string {
	switch s.name {
	case schemeV2:
		return "v2-sig-"
	case schemeV4:
		return "v4-sig-"
	}
	return "v3-sig-"
}

// signerParser reads one signer and verifies its signatures.
type signerParser struct {
	run    *run
	scheme *scheme
	signer *signer
	ids    []uint32 // of the signatures, in order
}

func (p *signerParser) fail(code, text string, args ...any) {
	p.signer.fail(p.scheme.name, p.scheme.family()+code, text, args...)
}

func (p *signerParser) warn(code, text string, args ...any) {
	p.signer.warn(p.scheme.name, p.scheme.family()+code, text, args...)
}

// parseSigners reads all signers of a block's value, each by parse.
// (V2SchemeVerifier.parseSigners, V3SchemeVerifier.parseSigners)
func (r *run) parseSigners(s *scheme, value []byte, maxSigners int, parse func(*signerParser, *block.Buffer) error) error {
	list, err := block.NewBuffer(value).Slice()
	if errors.Is(err, block.ErrShort) {
		s.fail(s.name, s.family()+"malformed-signers", "malformed list of signers")
		return nil
	} else if err != nil {
		return err
	}
	if !list.More() {
		s.fail(s.name, s.family()+"no-signers", "no signers in the %s signature", s.name)
		return nil
	}
	for list.More() {
		if len(s.signers) == maxSigners {
			return r.tooManySigners(s, list)
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
		p := &signerParser{run: r, scheme: s, signer: &signer{index: len(s.signers)}}
		s.signers = append(s.signers, p.signer)
		b, err := list.Slice()
		if err == nil {
			err = parse(p, b)
		}
		if errors.Is(err, block.ErrShort) {
			p.fail("malformed-signer", "malformed signer block")
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// tooManySigners ends a block of more signers than can be valid: v2 knows a
// maximum; for v3 there is one signer a range of levels, so ours is never met.
func (r *run) tooManySigners(s *scheme, rest *block.Buffer) error {
	if s.name != schemeV2 {
		return tooLarge("more than %d signers in %s", len(s.signers), s.name)
	}
	count := len(s.signers)
	for rest.More() {
		if _, err := rest.Slice(); errors.Is(err, block.ErrShort) {
			break
		} else if err != nil {
			return err
		}
		count++
	}
	s.fail(s.name, "v2-sig-max-signatures-exceeded", "v2 allows %d signers, found %d", maxSigners, count)
	return nil
}

// signatures reads the list of signatures. done means an error was reported.
func (p *signerParser) signatures(list *block.Buffer) (known []signature, done bool, err error) {
	for n := 1; list.More(); n++ {
		id, value, err := record(list)
		if errors.Is(err, block.ErrShort) {
			p.fail("malformed-signature", "malformed signature record %d", n)
			return nil, true, nil
		} else if err != nil {
			return nil, false, err
		}
		if n > maxRecords {
			return nil, false, tooLarge("more than %d signatures of one signer", maxRecords)
		}
		p.ids = append(p.ids, id)
		if a, ok := algorithmOf(id); ok {
			known = append(known, signature{a, value})
		} else {
			p.warn("unknown-sig-algorithm", "unknown signature algorithm 0x%x", id)
		}
	}
	if len(p.ids) == 0 {
		p.fail("no-signatures", "no signatures")
		return nil, true, nil
	}
	return known, false, nil
}

// record reads a length-prefixed pair of id and length-prefixed bytes.
func record(list *block.Buffer) (id uint32, value []byte, err error) {
	b, err := list.Slice()
	if err != nil {
		return 0, nil, err
	}
	if id, err = b.Uint32(); err != nil {
		return 0, nil, err
	}
	value, err = b.Bytes()
	return id, value, err
}

// verify checks the chosen signatures over the signed data. It reports whether
// all hold; the digests they stand for are then wanted.
func (p *signerParser) verify(chosen []signature, key, signed []byte) bool {
	for _, s := range chosen {
		parsed, err := pubkey.Parse(key)
		if err != nil || parsed.Kind != s.scheme.Kind() || parsed.Kind == pubkey.EC && parsed.ECDSA == nil && !parsed.OffCurve {
			p.fail("malformed-public-key", "malformed public key: %v", keyFault(parsed, err))
			return false
		}
		holds, err := p.run.checked(parsed, s.scheme, s.hash, key, s.value, nil, signed)
		if err != nil {
			p.fail("verify-exception", "failed to verify %s signature: %v", s.name, err)
			return false
		}
		if !holds {
			p.fail("did-not-verify", "%s signature over signed data did not verify", s.name)
			return false
		}
		p.scheme.wanted.Add(s.content)
	}
	return true
}

func keyFault(key *pubkey.Key, err error) any {
	if err != nil {
		return err
	}
	return "key of algorithm " + key.OID + " " + key.CurveOID
}

// certificates reads the certificates; the first must hold the signer's key.
func (p *signerParser) certificates(list *block.Buffer, key []byte) (done bool, err error) {
	for n := 1; list.More(); n++ {
		raw, err := list.Bytes()
		if err != nil {
			return false, err
		}
		if n > maxRecords {
			return false, tooLarge("more than %d certificates of one signer", maxRecords)
		}
		c, err := cert.Parse(raw)
		if err != nil {
			p.fail("malformed-certificate", "malformed certificate %d: %v", n, err)
			return true, nil
		}
		p.signer.certs = append(p.signer.certs, c)
	}
	if len(p.signer.certs) == 0 {
		p.fail("no-certificates", "no certificates")
		return true, nil
	}
	if own := p.signer.certs[0].Key.SPKI(); !bytes.Equal(own, key) {
		p.fail("public-key-mismatch-between-certificate-and-signatures-record",
			"public key of the certificate is %s, of the signatures %s", abridged(own), abridged(key))
		return true, nil
	}
	return false, nil
}

// contentDigests reads the digests, which must be for the same algorithms as the
// signatures, in the same order.
func (p *signerParser) contentDigests(list *block.Buffer) (done bool, err error) {
	var ids []uint32
	for n := 1; list.More(); n++ {
		id, value, err := record(list)
		if errors.Is(err, block.ErrShort) {
			p.fail("malformed-digest", "malformed digest record %d", n)
			return true, nil
		} else if err != nil {
			return false, err
		}
		if n > maxRecords {
			return false, tooLarge("more than %d digests of one signer", maxRecords)
		}
		p.signer.digests = append(p.signer.digests, contentDigest{id, value})
		ids = append(ids, id)
	}
	if !slices.Equal(ids, p.ids) {
		p.fail("sig-alg-mismatch-between-signatures-and-digests-records",
			"algorithms of the signatures are %#x, of the digests %#x", p.ids, ids)
		return true, nil
	}
	return false, nil
}

// abridged writes bytes in hex, cut where they are many.
func abridged(b []byte) string {
	if len(b) > 64 {
		return hex.EncodeToString(b[:64]) + "…"
	}
	return hex.EncodeToString(b)
}

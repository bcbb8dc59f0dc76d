package sig

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"strings"

	"heyan/analyzer/cert"
	"heyan/analyzer/internal/ber"
	"heyan/analyzer/internal/pkcs7"
	"heyan/analyzer/internal/pubkey"
)

// errSignature is a signer info that can't be verified, which fails the block
// (SignatureException, InvalidKeyException).
var errSignature = errors.New("signature can't be verified")

// parsedBlock is what a signature block holds, read once for all runs.
type parsedBlock struct {
	data  *pkcs7.SignedData
	err   error // why data can't be read
	certs []*cert.Certificate
	// certErr is why certs can't be read.
	certErr error
	// issuers and subjects are the certificates' names in canonical form.
	issuers, subjects []string
}

func (f *signatureFile) parse() *parsedBlock {
	if f.parsed != nil {
		return f.parsed
	}
	p := &parsedBlock{}
	f.parsed = p
	if p.data, p.err = pkcs7.Parse(f.blockBytes); p.err != nil {
		return p
	}
	if p.certs, p.certErr = parseAll(p.data.Certificates); p.certErr != nil {
		return p
	}
	for _, c := range p.certs {
		issuer, _ := cert.CanonicalName(c.Issuer)
		subject, _ := cert.CanonicalName(c.Subject)
		p.issuers, p.subjects = append(p.issuers, issuer), append(p.subjects, subject)
	}
	return p
}

// verifyJarBlock verifies a signature block against its signature file and finds
// the signer's certificate. (V1SchemeVerifier.Signer.verifySigBlockAgainstSigFile)
func (r *run) verifyJarBlock(s *jarSigner) error {
	block := s.file.parse()
	switch {
	case errors.Is(block.err, ber.ErrNull):
		return exception("%q: %v", s.file.block.Name, block.err)
	case block.err != nil:
		s.parseFault(block.err)
		return nil
	case block.data.Signers == nil:
		return exception("%q has no signers field", s.file.block.Name)
	case len(block.data.Signers) == 0:
		s.fail(schemeV1, "jar-sig-no-signers", "%q contains no signers", s.file.block.Name)
		return nil
	case block.data.Certificates == nil:
		return exception("%q has no certificates field", s.file.block.Name)
	case block.certErr != nil:
		s.parseFault(block.certErr)
		return nil
	}
	infos := block.data.Signers
	if r.minSDK < apiNougat { // older platforms look at the first alone
		infos = infos[:1]
	}
	leaf := -1
	for i := range infos {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		found, err := r.verifySignerInfo(s, &infos[i])
		if done, err := s.infoFault(err); done || err != nil {
			return err
		}
		if s.failed() {
			return nil
		}
		if leaf < 0 {
			leaf = found
		}
	}
	if leaf < 0 {
		s.fail(schemeV1, "jar-sig-did-not-verify", "%q does not verify against %q", s.file.block.Name, s.file.entry.Name)
		return nil
	}
	s.chain = block.chain(leaf)
	return nil
}

func (s *jarSigner) parseFault(err error) {
	s.fail(schemeV1, "jar-sig-parse-exception", "can't parse %q: %v", s.file.block.Name, err)
}

// infoFault reports errors that end the block; done says that one was reported.
func (s *jarSigner) infoFault(err error) (done bool, rest error) {
	switch {
	case errors.Is(err, pkcs7.ErrAttribute):
		s.parseFault(err)
	case errors.Is(err, errSignature):
		s.fail(schemeV1, "jar-sig-verify-exception", "can't verify %q against %q: %v", s.file.block.Name, s.file.entry.Name, err)
	default:
		return false, err
	}
	return true, nil
}

func parseAll(encoded [][]byte) ([]*cert.Certificate, error) {
	out := make([]*cert.Certificate, len(encoded))
	for i, raw := range encoded {
		c, err := cert.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", i+1, err)
		}
		out[i] = c
	}
	return out, nil
}

// verifySignerInfo returns the number of the certificate of a signer info that
// verifies, -1 of one that does not. (verifySignerInfoAgainstSigFile)
func (r *run) verifySignerInfo(s *jarSigner, info *pkcs7.SignerInfo) (int, error) {
	if info.DigestOID == "" || info.SignatureOID == "" {
		return -1, exception("%q: signer without algorithms", s.file.block.Name)
	}
	if gaps := unsupported(info.DigestOID, info.SignatureOID, r.minSDK, r.maxSDK); len(gaps) > 0 {
		s.fail(schemeV1, "jar-sig-unsupported-sig-alg", "%q uses digest algorithm %s and signature algorithm %s, which API levels %s do not support",
			s.file.block.Name, oidName(info.DigestOID), oidName(info.SignatureOID), strings.Join(gaps, ", "))
		return -1, nil
	}
	number, err := s.file.parsed.find(info)
	if err != nil {
		return -1, err
	}
	if number < 0 {
		return -1, fmt.Errorf("%w: the signer's certificate is not among those in the block", errSignature)
	}
	c := s.file.parsed.certs[number]
	switch {
	case c.UnknownCritical:
		return -1, fmt.Errorf("%w: certificate has unknown critical extensions", errSignature)
	case !c.MaySign():
		return -1, fmt.Errorf("%w: certificate's key usage allows no signatures", errSignature)
	case !info.Complete:
		return -1, exception("%q: signer without a signature", s.file.block.Name)
	case c.Key.Kind == pubkey.Unknown:
		return -1, exception("key algorithm %s", c.Key.OID)
	}
	if info.SignedAttributes != nil {
		if holds, err := r.checkAttributes(s, info); err != nil || !holds {
			return -1, err
		}
	}
	holds, err := r.verifyJarSignature(s, c, info)
	if err != nil {
		return -1, fmt.Errorf("%w: %w", errSignature, err)
	}
	if !holds {
		return -1, nil
	}
	return number, nil
}

// verifyJarSignature checks the signature itself: over the signature file, or
// over the signed attributes as encoded, but for the first byte.
func (r *run) verifyJarSignature(s *jarSigner, c *cert.Certificate, info *pkcs7.SignerInfo) (bool, error) {
	scheme, hash := jarAlgorithm(info.DigestOID, info.SignatureOID)
	if info.SignedAttributes != nil {
		return r.checked(c.Key, scheme, hash, c.Raw, info.Signature, nil, []byte{0x31}, info.SignedAttributes[1:])
	}
	content := s.file.content
	return r.checked(c.Key, scheme, hash, c.Raw, info.Signature, content.sum(crypto.SHA256), content.bytes)
}

// checkAttributes checks what the signature is over where it is not over the
// signature file itself.
func (r *run) checkAttributes(s *jarSigner, info *pkcs7.SignerInfo) (bool, error) {
	if r.minSDK < apiKitKat {
		return false, fmt.Errorf("%w: platforms before API level %d do not check signed attributes", errSignature, apiKitKat)
	}
	attrs, err := pkcs7.ParseAttributes(info.SignedAttributes)
	if errors.Is(err, pkcs7.ErrAttribute) {
		return false, err
	} else if err != nil {
		return false, fmt.Errorf("%w: signed attributes: %w", errSignature, err)
	}
	if r.maxSDK >= apiNougat {
		kind, ok, err := attrs.ContentType()
		if err != nil {
			return false, err
		}
		if !ok {
			return false, fmt.Errorf("%w: no content type in signed attributes", errSignature)
		}
		if kind != s.file.parsed.data.ContentType {
			return false, nil
		}
	}
	want, ok, err := attrs.MessageDigest()
	if err != nil {
		return false, err
	}
	if !ok {
		return false, fmt.Errorf("%w: no digest in signed attributes", errSignature)
	}
	return bytes.Equal(want, s.file.content.sum(hashOf(info.DigestOID))), nil
}

// find looks for the certificate with a signer's issuer and serial, -1 for none.
// (Certificate.findCertificate)
func (p *parsedBlock) find(info *pkcs7.SignerInfo) (int, error) {
	if len(p.certs) > 0 && (info.Issuer == nil || info.Serial == nil || !cert.IsName(info.Issuer)) {
		return -1, exception("signer is not named by issuer and serial")
	}
	issuer, ok := cert.CanonicalName(info.Issuer)
	for i, c := range p.certs {
		if ok && c.Serial.Cmp(info.Serial) == 0 && p.issuers[i] == issuer {
			return i, nil
		}
	}
	return -1, nil
}

// chain is the leaf with the certificates that issued it, as far as there are any.
// (getCertificateChain)
func (p *parsedBlock) chain(leaf int) []*cert.Certificate {
	out := []*cert.Certificate{p.certs[leaf]}
	used := map[int]bool{leaf: true}
	for last := leaf; p.subjects[last] != p.issuers[last]; {
		issuer := -1
		for i := range p.certs {
			if !used[i] && p.subjects[i] == p.issuers[last] {
				issuer = i
				break
			}
		}
		if issuer < 0 {
			break
		}
		used[issuer] = true
		out, last = append(out, p.certs[issuer]), issuer
	}
	return out
}

package sig

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"heyan/analyzer/apk/sig/cert"
	"heyan/analyzer/apk/sig/internal/ber"
	"heyan/analyzer/apk/sig/internal/pkcs7"
	"heyan/analyzer/apk/sig/internal/pubkey"
)

// errSignature is a signer info that can't be verified, which fails the block
// (SignatureException, InvalidKeyException).
var errSignature = errors.New("signature can't be verified")

// verifyJarBlock verifies a signature block against its signature file and finds
// the signer's certificate. (V1SchemeVerifier.Signer.verifySigBlockAgainstSigFile)
func (r *run) verifyJarBlock(s *jarSigner) error {
	data, err := pkcs7.Parse(s.file.blockBytes)
	if errors.Is(err, ber.ErrNull) {
		return exception("%q: %v", s.file.block.Name, err)
	} else if err != nil {
		s.parseFault(err)
		return nil
	}
	if data.Signers == nil {
		return exception("%q has no signers field", s.file.block.Name)
	}
	if len(data.Signers) == 0 {
		s.fail(schemeV1, "jar-sig-no-signers", "%q contains no signers", s.file.block.Name)
		return nil
	}
	if data.Certificates == nil {
		return exception("%q has no certificates field", s.file.block.Name)
	}
	certs, err := parseAll(data.Certificates)
	if err != nil {
		s.parseFault(err)
		return nil
	}
	infos := data.Signers
	if r.minSDK < apiNougat { // older platforms look at the first alone
		infos = infos[:1]
	}
	var leaf *cert.Certificate
	for i := range infos {
		found, err := r.verifySignerInfo(s, data, certs, &infos[i])
		if done, err := s.infoFault(err); done || err != nil {
			return err
		}
		if s.failed() {
			return nil
		}
		if leaf == nil {
			leaf = found
		}
	}
	if leaf == nil {
		s.fail(schemeV1, "jar-sig-did-not-verify", "%q does not verify against %q", s.file.block.Name, s.file.entry.Name)
		return nil
	}
	s.chain = chain(certs, leaf)
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

// verifySignerInfo returns the certificate of a signer info that verifies, nil
// of one that does not. (verifySignerInfoAgainstSigFile)
func (r *run) verifySignerInfo(s *jarSigner, data *pkcs7.SignedData, certs []*cert.Certificate, info *pkcs7.SignerInfo) (*cert.Certificate, error) {
	if info.DigestOID == "" || info.SignatureOID == "" {
		return nil, exception("%q: signer without algorithms", s.file.block.Name)
	}
	if gaps := unsupported(info.DigestOID, info.SignatureOID, r.minSDK, r.maxSDK); len(gaps) > 0 {
		s.fail(schemeV1, "jar-sig-unsupported-sig-alg", "%q uses digest algorithm %s and signature algorithm %s, which API levels %s do not support",
			s.file.block.Name, oidName(info.DigestOID), oidName(info.SignatureOID), strings.Join(gaps, ", "))
		return nil, nil
	}
	c, err := findCertificate(certs, info)
	if err != nil {
		return nil, err
	}
	switch {
	case c == nil:
		return nil, fmt.Errorf("%w: the signer's certificate is not among those in the block", errSignature)
	case c.UnknownCritical:
		return nil, fmt.Errorf("%w: certificate has unknown critical extensions", errSignature)
	case !c.MaySign():
		return nil, fmt.Errorf("%w: certificate's key usage allows no signatures", errSignature)
	case !info.Complete:
		return nil, exception("%q: signer without a signature", s.file.block.Name)
	}
	if c.Key.Kind == pubkey.Unknown {
		return nil, exception("key algorithm %s", c.Key.OID)
	}
	signed := [][]byte{s.file.bytes}
	if info.SignedAttributes != nil {
		if holds, err := r.checkAttributes(s, data, info); err != nil || !holds {
			return nil, err
		}
		// Android takes the attributes as encoded, but for the first byte.
		signed = [][]byte{{0x31}, info.SignedAttributes[1:]}
	}
	scheme, hash := jarAlgorithm(info.DigestOID, info.SignatureOID)
	holds, err := r.checked(c.Key, scheme, hash, c.Raw, info.Signature, signed...)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", errSignature, err)
	}
	if !holds {
		return nil, nil
	}
	return c, nil
}

// checkAttributes checks what the signature is over where it is not over the
// signature file itself.
func (r *run) checkAttributes(s *jarSigner, data *pkcs7.SignedData, info *pkcs7.SignerInfo) (bool, error) {
	if r.minSDK < apiKitKat {
		return false, fmt.Errorf("%w: platforms before API level %d do not check signed attributes", errSignature, apiKitKat)
	}
	attrs, err := pkcs7.ParseAttributes(info.SignedAttributes)
	if errors.Is(err, pkcs7.ErrAttribute) {
		return false, err
	} else if err != nil {
		return false, fmt.Errorf("%w: signed attributes: %v", errSignature, err)
	}
	if r.maxSDK >= apiNougat {
		kind, ok, err := attrs.ContentType()
		if err != nil {
			return false, err
		}
		if !ok {
			return false, fmt.Errorf("%w: no content type in signed attributes", errSignature)
		}
		if kind != data.ContentType {
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
	h := hashOf(info.DigestOID).New()
	h.Write(s.file.bytes)
	return bytes.Equal(want, h.Sum(nil)), nil
}

// findCertificate looks for the certificate with the signer's issuer and serial.
// (Certificate.findCertificate)
func findCertificate(certs []*cert.Certificate, info *pkcs7.SignerInfo) (*cert.Certificate, error) {
	if len(certs) > 0 && (info.Issuer == nil || info.Serial == nil || !cert.IsName(info.Issuer)) {
		return nil, exception("signer is not named by issuer and serial")
	}
	for _, c := range certs {
		if c.Serial.Cmp(info.Serial) == 0 && cert.NameEqual(c.Issuer, info.Issuer) {
			return c, nil
		}
	}
	return nil, nil
}

// chain is the leaf with the certificates that issued it, as far as there are any.
// (getCertificateChain)
func chain(certs []*cert.Certificate, leaf *cert.Certificate) []*cert.Certificate {
	out := []*cert.Certificate{leaf}
	used := map[*cert.Certificate]bool{leaf: true}
	for last := leaf; !cert.NameEqual(last.Subject, last.Issuer); {
		var issuer *cert.Certificate
		for _, c := range certs {
			if !used[c] && cert.NameEqual(last.Issuer, c.Subject) {
				issuer = c
				break
			}
		}
		if issuer == nil {
			break
		}
		used[issuer] = true
		out, last = append(out, issuer), issuer
	}
	return out
}

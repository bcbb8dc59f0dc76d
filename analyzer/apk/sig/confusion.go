package sig

import (
	"fmt"

	"heyan/analyzer/apk/sig/internal/apkzip"
	"heyan/analyzer/apk/sig/internal/block"
	"heyan/analyzer/cert"
	"heyan/analyzer/facts"
	"heyan/analyzer/internal/pkcs7"
)

// maxClaims bounds the signature blocks whose certificates are looked at for
// signer confusion.
const maxClaims = 16

// claim is a certificate that stands in a signer's place, verified or not.
type claim struct {
	scheme string
	cert   *cert.Certificate
}

// confusions names signer confusion: places that a tool which does not verify
// would take a signer from, and which name somebody who did not sign for any
// platform of the package. Devices and apksigner are not misled by them; people
// and catalogues that compare fingerprints are.
func (v *verifier) confusions(all *runs, signers []*cert.Certificate) []facts.SignatureProblem {
	known := make(map[string]bool)
	for _, c := range signers {
		known[string(c.Raw)] = true
	}
	for _, w := range all.windows {
		if w.run == nil || !w.run.verified {
			continue
		}
		for _, c := range w.run.signerCertificates() {
			known[string(c.Raw)] = true
		}
		for _, n := range w.run.lineage {
			known[string(n.cert.Raw)] = true
		}
	}
	var out []facts.SignatureProblem
	claims, repeated := v.claims()
	for _, id := range repeated {
		out = append(out, facts.SignatureProblem{Code: "repeated-signature-block", Scheme: schemeOf(id),
			Detail: fmt.Sprintf("block 0x%08x stands more than once; the first one counts", id)})
	}
	for _, c := range claims {
		if known[string(c.cert.Raw)] {
			continue
		}
		known[string(c.cert.Raw)] = true
		out = append(out, facts.SignatureProblem{Code: "other-signer", Scheme: c.scheme,
			Detail: fmt.Sprintf("%s names %s (SHA-256 %s), who is no signer of this package on any platform it is for",
				c.scheme, cert.NameText(c.cert.Subject), c.cert.SHA256())})
	}
	return out
}

// claims reads who stands in the place of a signer, and the ids of blocks that
// stand more than once. What can't be read claims nothing.
func (v *verifier) claims() (list []claim, repeated []uint32) {
	seen := make(map[uint32]int)
	for i := 0; v.block != nil && i < len(v.block.Pairs) && len(list) < maxClaims; i++ {
		p := &v.block.Pairs[i]
		if schemeOf(p.ID) == "" {
			continue
		}
		if seen[p.ID]++; seen[p.ID] == 2 {
			repeated = append(repeated, p.ID)
		}
		if value, err := v.block.Read(p); err == nil {
			list = append(list, blockClaims(schemeOf(p.ID), value)...)
		}
	}
	return append(list, v.jarClaims()...), repeated
}

func schemeOf(id uint32) string {
	switch id {
	case block.V2:
		return schemeV2
	case block.V3:
		return schemeV3
	case block.V31:
		return schemeV31
	}
	return ""
}

// blockClaims are the first certificates of the signers of a scheme's block.
func blockClaims(scheme string, value []byte) (list []claim) {
	signers, err := block.NewBuffer(value).Slice()
	for err == nil && signers.More() && len(list) < maxSigners {
		var signer, signed, certs *block.Buffer
		if signer, err = signers.Slice(); err != nil {
			break
		}
		if signed, err = signer.Slice(); err != nil {
			continue
		}
		if _, err = signed.Slice(); err != nil { // digests
			continue
		}
		if certs, err = signed.Slice(); err != nil {
			continue
		}
		raw, missing := certs.Bytes()
		if missing != nil {
			continue
		}
		if c, bad := cert.Parse(raw); bad == nil {
			list = append(list, claim{scheme, c})
		}
	}
	return list
}

// jarClaims are the certificates of v1 signature blocks that sign for themselves:
// each signer info's own, not the chain above it.
func (v *verifier) jarClaims() (list []claim) {
	l, err := v.directory()
	if err != nil {
		return nil
	}
	for _, e := range l.jarBlocks {
		raw, err := v.archive.Bytes(v.ctx, e, maxJarBlock)
		if err != nil {
			continue
		}
		data, err := pkcs7.Parse(raw)
		if err != nil {
			continue
		}
		certs, err := parseAll(data.Certificates)
		if err != nil {
			continue
		}
		for _, c := range leaves(certs) {
			list = append(list, claim{schemeV1, c})
		}
	}
	return list
}

// leaves are the certificates that issued no other one of the list.
func leaves(certs []*cert.Certificate) (list []*cert.Certificate) {
	for i, c := range certs {
		issuer := false
		for j, other := range certs {
			issuer = issuer || i != j && string(other.Issuer) == string(c.Subject) && string(other.Subject) != string(c.Subject)
		}
		if !issuer {
			list = append(list, c)
		}
	}
	return list
}

// keepJarBlock remembers the first v1 signature blocks.
func (l *landmarks) keepJarBlock(e apkzip.Entry) {
	if len(l.jarBlocks) < maxClaims {
		l.jarBlocks = append(l.jarBlocks, &e)
	}
}

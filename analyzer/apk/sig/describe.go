package sig

import (
	"fmt"
	"slices"

	"heyan/analyzer/apk/sig/internal/block"
	"heyan/analyzer/cert"
	"heyan/analyzer/facts"
)

// maxCertificates bounds the other certificates that a result lists.
const maxCertificates = 64

// describe writes what the runs found into the result; there may be none.
func (v *verifier) describe(out *facts.Signature, all *runs) error {
	out.Status = facts.SignatureUnknown
	out.Present = v.present()
	blocks, odd, err := v.blockEntries()
	if err != nil {
		return err
	}
	out.Blocks = blocks
	for _, e := range out.Blocks {
		out.BlockIDs = append(out.BlockIDs, e.ID)
	}
	out.Warnings = odd
	if out.Stamp, err = v.stampFacts(); err != nil || all == nil {
		return err
	}
	r := all.overall
	out.Status = r.status(out.Present)
	out.Problems, out.Warnings = r.lists()
	out.Warnings = append(out.Warnings, odd...)
	out.Schemes = r.verifiedSchemes()
	signers := r.signerCertificates()
	for _, c := range signers {
		out.Signers = append(out.Signers, c.Facts())
	}
	out.Certificates = others(all, signers)
	for _, w := range all.windows {
		out.Ranges = append(out.Ranges, w.facts())
	}
	out.Lineage = r.lineage.facts()
	if r.v31 != nil && r.v31.contentDiffers {
		out.Warnings = append(out.Warnings, contentDiffers())
	}
	if r.verified {
		out.Warnings = append(out.Warnings, v.confusions(all, signers)...)
	}
	if w, ok := v.prefixWarning(); ok {
		out.Warnings = append(out.Warnings, w)
	}
	if w, ok := v.commentWarning(out.Ranges); ok {
		out.Warnings = append(out.Warnings, w)
	}
	return nil
}

func contentDiffers() facts.SignatureProblem {
	return facts.SignatureProblem{Code: "content-digest-unchecked", Scheme: schemeV31,
		Detail: "the v3.1 signer states another digest than the package has"}
}

// prefixWarning tells of bytes before the first entry. A DEX there is what a
// device before Android 7.0 or with v1 alone would run (Janus, CVE-2017-13156).
func (v *verifier) prefixWarning() (facts.SignatureProblem, bool) {
	var head [4]byte
	if v.archive.ReadAt(head[:], 0) != nil {
		return facts.SignatureProblem{}, false
	}
	if string(head[:]) == "dex\n" {
		return facts.SignatureProblem{Code: "dex-before-zip", Detail: "the file starts with a DEX"}, true
	}
	if l, err := v.directory(); err == nil && l.first > 0 && string(head[:]) != "PK\x03\x04" {
		return facts.SignatureProblem{Code: "data-before-zip", Detail: fmt.Sprintf("%d bytes before the first entry", l.first)}, true
	}
	return facts.SignatureProblem{}, false
}

// commentWarning tells of an archive comment where some platform goes by v1: its
// digests are of entries, so that anybody can write into the comment. (Channels
// were written there before the signing block; v2 and later cover it.)
func (v *verifier) commentWarning(ranges []facts.SignatureRange) (facts.SignatureProblem, bool) {
	comment := v.archive.EOCD[sizeEOCD:]
	byV1 := slices.ContainsFunc(ranges, func(r facts.SignatureRange) bool {
		return r.Scheme == schemeV1 && r.Status == facts.SignatureValid
	})
	if len(comment) == 0 || !byV1 {
		return facts.SignatureProblem{}, false
	}
	return facts.SignatureProblem{Code: "comment-outside-signature", Scheme: schemeV1,
		Detail: fmt.Sprintf("archive comment of %d bytes, which v1 does not cover: %q", len(comment), plain(comment, false))}, true
}

// sizeEOCD is the end record without its comment.
const sizeEOCD = 22

func (r *run) status(present []string) facts.SignatureStatus {
	switch {
	case r.verified:
		return facts.SignatureValid
	case len(present) == 0 && !block.Traced(r.archive):
		return facts.SignatureUnsigned
	}
	return facts.SignatureInvalid
}

// lists gathers the findings in the order in which apksigner prints them.
func (r *run) lists() (problems, warnings []facts.SignatureProblem) {
	parts := []*findings{&r.findings}
	for _, s := range r.schemes() {
		parts = append(parts, &s.findings)
	}
	if r.v1 != nil {
		parts = append(parts, &r.v1.findings)
		for _, s := range r.v1.signers {
			parts = append(parts, &s.findings)
		}
	}
	for _, s := range [...]*scheme{r.v2, r.v3, r.v31} {
		if s == nil {
			continue
		}
		for _, g := range s.signers {
			parts = append(parts, &g.findings)
		}
	}
	if r.stamp != nil {
		parts = append(parts, &r.stamp.findings)
	}
	for _, f := range parts {
		problems, warnings = join(problems, f.errors), join(warnings, f.warnings)
	}
	return problems, warnings
}

// join appends findings as far as a list may grow.
func join(list, more []facts.SignatureProblem) []facts.SignatureProblem {
	room := maxProblems - len(list)
	switch {
	case len(more) <= room:
		return append(list, more...)
	case room >= 0:
		return append(append(list, more[:room]...), moreProblems(more[room].Scheme))
	}
	return list
}

func (r *run) verifiedSchemes() []string {
	var out []string
	if r.v1 != nil && r.v1.verified {
		out = append(out, schemeV1)
	}
	for _, s := range [...]*scheme{r.v2, r.v3, r.v31} {
		if s != nil && s.verified {
			out = append(out, s.name)
		}
	}
	return out
}

// signerCertificates are those apksigner prints as the signers' (ApkSignerTool.verify).
func (r *run) signerCertificates() []*cert.Certificate {
	if !r.verified {
		return nil
	}
	var out []*cert.Certificate
	switch {
	case r.v31 != nil && r.v31.verified:
		for _, s := range append(r.v31.signers[:len(r.v31.signers):len(r.v31.signers)], r.v3.signers...) {
			out = append(out, s.certs[0])
		}
	case r.v3 != nil && r.v3.verified:
		out = append(out, r.v3.signers[len(r.v3.signers)-1].certs[0])
	case r.v2 != nil && r.v2.verified:
		for _, s := range r.v2.signers {
			out = append(out, s.certs[0])
		}
	default:
		for _, s := range r.v1.signers {
			out = append(out, s.chain[0])
		}
	}
	return out
}

// others are all certificates seen in any run that are no signer's.
func others(all *runs, signers []*cert.Certificate) []facts.Certificate {
	seen := make(map[string]bool)
	for _, c := range signers {
		seen[string(c.Raw)] = true
	}
	var out []facts.Certificate
	take := func(c *cert.Certificate) {
		if !seen[string(c.Raw)] && len(out) < maxCertificates {
			seen[string(c.Raw)] = true
			out = append(out, c.Facts())
		}
	}
	all.overall.eachCertificate(take)
	for _, w := range all.windows {
		w.run.eachCertificate(take)
	}
	return out
}

func (r *run) eachCertificate(take func(*cert.Certificate)) {
	for _, s := range r.schemes() {
		for _, g := range s.signers {
			for _, c := range g.certs {
				take(c)
			}
		}
	}
	if r.v1 != nil {
		for _, s := range append(r.v1.signers[:len(r.v1.signers):len(r.v1.signers)], r.v1.ignored...) {
			for _, c := range s.chain {
				take(c)
			}
		}
	}
	if r.stamp != nil && r.stamp.cert != nil {
		take(r.stamp.cert)
	}
}

package sig

import (
	"slices"
	"strings"

	"heyan/analyzer/cert"
)

// jarResult is the outcome of v1 (V1SchemeVerifier.Result).
type jarResult struct {
	findings
	verified         bool
	signers, ignored []*jarSigner
}

// jarSigner is one v1 signer in one run.
type jarSigner struct {
	findings
	name  string
	chain []*cert.Certificate
	file  *signatureFile
}

// failed reports an error of v1 or of a signer that counts.
func (j *jarResult) failed() bool {
	return j.findings.failed() || slices.ContainsFunc(j.signers, func(s *jarSigner) bool { return s.findings.failed() })
}

// verifyV1 verifies the JAR signature for the run's levels: blocks against
// signature files, those against the manifest, that against the entries. An
// error in one step ends it. (V1SchemeVerifier.Signers.verify)
func (r *run) verifyV1() (*jarResult, error) {
	if r.jar == nil {
		loaded, err := r.loadJar()
		if err != nil {
			return nil, err
		}
		r.jar = loaded
	}
	j := &jarResult{findings: r.jar.findings.clone()}
	if j.failed() {
		return j, nil
	}
	signers := make([]*jarSigner, len(r.jar.files))
	for i, file := range r.jar.files {
		s := &jarSigner{name: file.name, file: file}
		signers[i] = s
		if err := r.verifyJarBlock(s); err != nil {
			return nil, err
		}
		if s.failed() {
			j.signers = append(j.signers, s)
		}
	}
	if j.failed() {
		return j, nil
	}
	remaining, err := r.verifySignatureFiles(j, signers)
	if err != nil || j.failed() {
		return j, err
	}
	return j, r.finishV1(j, remaining)
}

// verifySignatureFiles sorts the signers into those that hold, that fail, and
// that platforms ignore.
func (r *run) verifySignatureFiles(j *jarResult, signers []*jarSigner) ([]*jarSigner, error) {
	var remaining []*jarSigner
	for _, s := range signers {
		checked, err := r.verifySignatureFile(s.file)
		if err != nil {
			return nil, err
		}
		s.errors, s.warnings = append(s.errors, checked.errors...), append(s.warnings, checked.warnings...)
		switch {
		case checked.ignored:
			j.ignored = append(j.ignored, s)
		case s.failed():
			j.signers = append(j.signers, s)
		default:
			remaining = append(remaining, s)
		}
	}
	if !j.failed() && len(remaining) == 0 {
		j.fail(schemeV1, "jar-sig-no-signatures", "no JAR signature that platforms go by")
	}
	return remaining, nil
}

// finishV1 verifies the entries and settles who signed them all.
func (r *run) finishV1(j *jarResult, signers []*jarSigner) error {
	entries, err := r.verifyEntries(signers)
	if err != nil {
		return err
	}
	j.errors = append(j.errors, entries.errors...)
	if j.failed() || r.planning {
		return nil
	}
	signed := map[string]bool{nameJarManifest: true}
	for _, s := range signers {
		if entries.signers.has(s.file.index) {
			j.signers = append(j.signers, s)
			signed[s.file.block.Name], signed[s.file.entry.Name] = true, true
		} else {
			j.ignored = append(j.ignored, s)
		}
	}
	for i := range r.jar.entries {
		if name := r.jar.entries[i].Name; strings.HasPrefix(name, prefixMeta) && !signed[name] {
			j.warn(schemeV1, "jar-sig-unprotected-zip-entry", "%q is not protected by the signature", name)
		}
	}
	j.verified = true
	return nil
}

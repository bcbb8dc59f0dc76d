package sig

import "heyan/analyzer/apk/sig/cert"

type jar struct{}

// jarResult is the outcome of v1 (V1SchemeVerifier.Result).
type jarResult struct {
	findings
	verified         bool
	signers, ignored []*jarSigner
}

// jarSigner is one v1 signer.
type jarSigner struct {
	findings
	name  string
	chain []*cert.Certificate
}

func (j *jarResult) failed() bool {
	if j.findings.failed() {
		return true
	}
	for _, s := range j.signers {
		if s.findings.failed() {
			return true
		}
	}
	return false
}

func (r *run) verifyV1() (*jarResult, error) {
	j := &jarResult{}
	j.fail(schemeV1, "jar-sig-no-manifest", "missing")
	return j, nil
}

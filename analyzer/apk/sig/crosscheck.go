package sig

import (
	"errors"
	"slices"

	"heyan/analyzer/apk/sig/internal/apkzip"
	"heyan/analyzer/cert"
)

// checkSandbox demands v2 or newer of packages for a newer security sandbox.
func (r *run) checkSandbox() error {
	xml, err := r.androidManifest()
	if err != nil {
		return err
	}
	version, err := r.targetSandboxVersion(xml)
	if err != nil {
		return err
	}
	if version > 1 && len(r.found) == 0 {
		r.fail("", "no-sig-for-target-sandbox-version", "target sandbox version %d needs signature scheme v2 or newer", version)
	}
	return nil
}

// checkTargetSDK demands v2 or newer of packages for Android 11 and newer.
func (r *run) checkTargetSDK() error {
	xml, err := r.androidManifest()
	if errors.Is(err, apkzip.ErrFormat) {
		return nil // apksig lets bundles pass that have no manifest
	} else if err != nil {
		return err
	}
	target, err := r.targetSDK(xml)
	if err != nil {
		return err
	}
	newer := slices.ContainsFunc(r.schemes(), func(s *scheme) bool { return s.verified })
	if target >= apiR && r.maxSDK >= target && !newer {
		r.fail("", "min-sig-scheme-for-target-sdk-not-met", "target SDK %d needs signature scheme v2 or newer", target)
	}
	return nil
}

// checkSameSigners compares the signers of v1 and v2 where both verified.
func (r *run) checkSameSigners() {
	if r.v1 == nil || r.v2 == nil || !r.v1.verified || !r.v2.verified {
		return
	}
	for _, old := range r.v1.signers {
		if !slices.ContainsFunc(r.v2.signers, func(s *signer) bool { return s.certs[0].Equal(old.chain[0]) }) {
			old.fail(schemeV1, "v2-sig-missing", "%q has no v2 signature from this signer", old.name)
			break
		}
	}
	for _, s := range r.v2.signers {
		if !slices.ContainsFunc(r.v1.signers, func(old *jarSigner) bool { return old.chain[0].Equal(s.certs[0]) }) {
			s.fail(schemeV2, "jar-sig-missing", "no v1 signature from signer %d", s.index+1)
			break
		}
	}
}

// checkRotation compares the v3 signer with the one of v1 or v2: they are the
// same, or a proof of rotation starts with the older.
func (r *run) checkRotation() {
	if r.v3 == nil || !r.v3.verified {
		return
	}
	past := r.pastSigners()
	if len(past) == 0 {
		return
	}
	if len(past) > 1 {
		r.fail(schemeV3, "v3-sig-multiple-past-signers", "%d signers of v1 or v2 where v3 allows one", len(past))
	}
	if r.lineage != nil {
		if r.lineage.index(past[0]) != 0 {
			r.fail(schemeV3, "v3-sig-past-signers-mismatch", "the v1 or v2 signer is not the first of the proof of rotation")
		}
		return
	}
	if len(r.v3.signers) != 1 {
		r.fail(schemeV3, "v3-sig-multiple-signers", "%d v3 signers without a proof of rotation", len(r.v3.signers))
	}
	if !r.v3.signers[0].certs[0].Equal(past[0]) {
		r.fail(schemeV3, "v3-sig-past-signers-mismatch", "the v3 signer differs from that of v1 or v2 without a proof of rotation")
	}
}

// pastSigners are the certificates of v1's signers, or v2's, if they verified.
func (r *run) pastSigners() []*cert.Certificate {
	var out []*cert.Certificate
	switch {
	case r.v1 != nil && r.v1.verified:
		for _, s := range r.v1.signers {
			out = append(out, s.chain[0])
		}
	case r.v2 != nil && r.v2.verified:
		for _, s := range r.v2.signers {
			out = append(out, s.certs[0])
		}
	}
	return out
}

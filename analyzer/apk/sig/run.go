package sig

import (
	"crypto"
	"crypto/sha256"
	"encoding/binary"

	"heyan/analyzer/apk/sig/internal/block"
	"heyan/analyzer/internal/pubkey"
)

// run is one verification over a range of API levels (ApkVerifier.verify).
type run struct {
	*verifier
	findings
	minSDK, maxSDK int
	// planning runs find out which digests real ones want, and compute none.
	planning bool
	// device runs answer for platforms rather than for apksigner.
	device bool
	// found holds the version numbers of the schemes found: 2, 3, 31.
	found map[int]bool

	v1          *jarResult
	v2, v3, v31 *scheme
	stamp       *stamp
	lineage     lineage
	verified    bool
}

func (v *verifier) newRun(minSDK, maxSDK int) *run {
	return &run{verifier: v, minSDK: minSDK, maxSDK: maxSDK, found: make(map[int]bool)}
}

// failed reports an error anywhere (ApkVerifier.Result.containsErrors).
func (r *run) failed() bool {
	if r.findings.failed() || r.v1 != nil && r.v1.failed() {
		return true
	}
	for _, s := range r.schemes() {
		if s.failed() {
			return true
		}
	}
	return false
}

// schemes are the outcomes of the signing block's schemes, newest first.
func (r *run) schemes() []*scheme {
	var out []*scheme
	for _, s := range [...]*scheme{r.v31, r.v3, r.v2} {
		if s != nil {
			out = append(out, s)
		}
	}
	return out
}

func (r *run) verify() error {
	if r.maxSDK >= apiNougat {
		if err := r.verifyBlock(); err != nil || r.failed() {
			return err
		}
	}
	if r.maxSDK >= apiOreo {
		if err := r.checkSandbox(); err != nil {
			return err
		}
	}
	if _, err := r.directory(); err != nil {
		return err
	}
	if r.minSDK < apiNougat || len(r.found) == 0 {
		var err error
		if r.v1, err = r.verifyV1(); err != nil {
			return err
		}
	}
	if r.failed() || r.planning {
		return nil
	}
	if err := r.verifyStamp(); err != nil {
		return err
	}
	r.checkSameSigners()
	r.checkRotation()
	if err := r.checkTargetSDK(); err != nil || r.failed() {
		return err
	}
	r.verified = true
	return nil
}

// verifyBlock verifies the schemes of the signing block, newest first; an error
// in one ends it.
func (r *run) verifyBlock() error {
	rotation, err := r.verifyNewest()
	if err != nil || r.failed() {
		return err
	}
	if r.maxSDK >= apiPie {
		r.v3, err = r.verifyV3(schemeV3Params{name: schemeV3, minSDK: max(r.minSDK, apiPie), maxSDK: r.maxSDK, rotationMinSDK: rotation})
		if err != nil {
			return err
		}
		if r.v3 != nil {
			r.found[3] = true
			if r.lineage == nil {
				r.lineage = r.v3.lineage
			}
		} else if r.found[31] {
			r.fail(schemeV31, "v31-block-found-without-v3-block", "the package has a v3.1 block without a v3 block")
		}
		if r.failed() {
			return nil
		}
	}
	if r.minSDK < apiPie || len(r.found) == 0 {
		if r.v2, err = r.verifyV2(max(r.minSDK, apiNougat), r.maxSDK); err != nil {
			return err
		}
		if r.v2 != nil {
			r.found[2] = true
		}
	}
	return nil
}

// verifyNewest verifies v3.1 and returns from which level on it is to be used.
func (r *run) verifyNewest() (rotation int, err error) {
	if r.maxSDK < apiTiramisu {
		return 0, nil
	}
	s, err := r.verifyV3(schemeV3Params{name: schemeV31, minSDK: max(r.minSDK, apiTiramisu), maxSDK: r.maxSDK})
	if err != nil || s == nil {
		return 0, err
	}
	rotation = max(s.firstMinSDK(), 0)
	if r.device && rotation > r.maxSDK {
		// A platform before the first level of the block goes by v3 instead
		// (ApkSignatureVerifier in the platform); apksigner says it is not covered.
		return rotation, nil
	}
	r.v31, r.lineage = s, s.lineage
	r.found[31] = true
	return rotation, nil
}

// verdict is a remembered outcome of checking a signature.
type verdict struct {
	holds bool
	err   error
}

// checked verifies a signature once, however many runs ask. encoded stands for
// the key in the memory, id for data that is not to be hashed every time.
func (v *verifier) checked(key *pubkey.Key, scheme pubkey.Scheme, hash crypto.Hash, encoded, sig, id []byte, data ...[]byte) (bool, error) {
	known := append([][]byte{{byte(scheme), byte(hash)}, encoded, sig}, id)
	if id == nil {
		known = append(known, data...)
	}
	h := sha256.New()
	for _, part := range known {
		var size [8]byte
		binary.LittleEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write(part)
	}
	memory := [32]byte(h.Sum(nil))
	if known, ok := v.memo[memory]; ok {
		return known.holds, known.err
	}
	holds, err := key.Verify(scheme, hash, sig, data...)
	v.memo[memory] = verdict{holds, err}
	return holds, err
}

// has reports whether the signing block has a pair with id.
func (v *verifier) has(id uint32) bool {
	if v.block == nil {
		return false
	}
	for _, p := range v.block.Pairs {
		if p.ID == id {
			return true
		}
	}
	return false
}

// jarPresent reports whether there is a JAR signature: a manifest and something
// signed. Without the manifest platforms see none.
func (v *verifier) jarPresent() bool {
	l, _ := v.directory()
	return l.jarSigned && l.jarManifest != nil
}

// present lists the schemes of which there is a trace.
func (v *verifier) present() []string {
	var out []string
	if v.archive == nil {
		return nil
	}
	if v.jarPresent() {
		out = append(out, schemeV1)
	}
	for _, s := range [...]struct {
		id   uint32
		name string
	}{{block.V2, schemeV2}, {block.V3, schemeV3}, {block.V31, schemeV31}} {
		if v.has(s.id) {
			out = append(out, s.name)
		}
	}
	return out
}

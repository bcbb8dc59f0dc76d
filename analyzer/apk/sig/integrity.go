package sig

import (
	"bytes"
	"encoding/binary"

	"heyan/analyzer/apk/sig/internal/digest"
)

// verifyIntegrity compares the digests the signers vouch for with the content's.
// (ApkSigningBlockUtils.verifyIntegrity)
func (r *run) verifyIntegrity(s *scheme) error {
	if r.planning {
		r.wanted.Union(s.wanted)
		return nil
	}
	actual, err := r.contentDigests(s.wanted)
	if err != nil {
		return err
	}
	for _, g := range s.signers {
		for _, expected := range g.digests {
			a, ok := algorithmOf(expected.algorithm)
			if !ok || !s.wanted[a.content] || bytes.Equal(expected.value, actual[a.content]) {
				continue
			}
			if s.name == schemeV31 { // apksig compares and says nothing
				s.contentDiffers = true
				continue
			}
			g.fail(s.name, s.family()+"apk-digest-did-not-verify", "%s digest of the package is %x, the signer states %s",
				a.content, actual[a.content], abridged(expected.value))
		}
	}
	return nil
}

// contentDigests returns the digests in set; the first call computes all that
// any run will want, in one pass.
func (v *verifier) contentDigests(set digest.Set) (map[digest.Algorithm][]byte, error) {
	missing := v.wanted
	missing.Union(set)
	for a := range v.digests {
		missing[a] = false
	}
	if missing.Empty() {
		return v.digests, nil
	}
	eocd := bytes.Clone(v.archive.EOCD)
	binary.LittleEndian.PutUint32(eocd[16:], uint32(v.block.Offset))
	computed, err := digest.Compute(v.ctx, digest.Content{
		Reader:         v.reader,
		Before:         v.block.Offset,
		DirectoryStart: v.archive.DirectoryOffset,
		DirectorySize:  v.archive.DirectorySize,
		EOCD:           eocd,
	}, missing)
	if err != nil {
		return nil, err
	}
	for a, sum := range computed {
		v.digests[a] = sum
	}
	return v.digests, nil
}

package sig

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"heyan/analyzer/apk/sig/internal/block"
)

// Ids of additional attributes of a v3 signer (V3SchemeConstants).
const (
	attributeRotation       = 0x3ba06f8c // proof of rotation
	attributeRotationMinSDK = 0x559f8b02 // from which level the v3.1 block is to be used
	attributeDevRelease     = 0xc2a6b3ba // rotation is for a platform in development
)

// maxSignersV3 bounds the signers of a v3 block, which may have one a range of
// API levels.
const maxSignersV3 = 64

// schemeV3Params is what verification of a v3 or v3.1 block depends on.
type schemeV3Params struct {
	name           string
	minSDK, maxSDK int
	// rotationMinSDK is where the v3.1 block takes over, 0 without one.
	rotationMinSDK int
}

// verifyV3 verifies a v3 or v3.1 block; nil without one. (V3SchemeVerifier.verify)
func (r *run) verifyV3(params schemeV3Params) (*scheme, error) {
	id := uint32(block.V3)
	if params.name == schemeV31 {
		id = block.V31
		// v3.1 need only cover the newest level; v3 covers the rest.
		params.minSDK = params.maxSDK
	}
	value, ok, err := r.block.Value(id)
	if err != nil || !ok {
		return nil, err
	}
	s := &scheme{name: params.name}
	err = r.parseSigners(s, value, maxSignersV3, func(p *signerParser, b *block.Buffer) error {
		return p.parseV3(b, params)
	})
	if err != nil || s.failed() {
		return s, err
	}
	if err := r.verifyIntegrity(s); err != nil {
		return s, err
	}
	s.checkCoverage(params)
	s.verified = !s.failed()
	return s, nil
}

// checkCoverage makes sure that the signers cover the levels asked for without
// gaps, and that lineages only grow.
func (s *scheme) checkCoverage(params schemeV3Params) {
	first, last, size := 0, 0, 0
	var lineages []lineage
	for _, g := range sortedByMaxSDK(s.signers) {
		if first == 0 {
			first = g.minSDK
		} else if g.minSDK != int(int32(last+1)) && !(g.minSDK == last && g.devRelease) {
			s.fail(s.name, "v3-inconsistent-sdk-versions", "API levels of the signers are not continuous")
			break
		}
		last = g.maxSDK
		if g.lineage == nil {
			continue
		}
		if len(g.lineage) < size {
			s.fail(s.name, "v3-inconsistent-lineages", "a signer of newer platforms has a shorter lineage")
			break
		}
		size = len(g.lineage)
		lineages = append(lineages, g.lineage)
	}
	needed := params.maxSDK
	if params.rotationMinSDK > 0 {
		needed = params.rotationMinSDK - 1
	}
	if first > params.minSDK || last < needed {
		s.fail(s.name, "v3-missing-sdk-versions", "signers cover API levels %d to %d, not all that are wanted", first, last)
	}
	var err error
	if s.lineage, err = consolidate(lineages); err != nil {
		s.fail(s.name, "v3-inconsistent-lineages", "signers' %v", err)
	}
}

// sortedByMaxSDK orders signers by their last level; of two with the same, the
// later one counts (Java keeps them in a TreeMap).
func sortedByMaxSDK(signers []*signer) []*signer {
	var out []*signer
	for i, g := range signers {
		later := slices.ContainsFunc(signers[i+1:], func(o *signer) bool { return o.maxSDK == g.maxSDK })
		if !later {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b *signer) int { return cmp.Compare(a.maxSDK, b.maxSDK) })
	return out
}

// parseV3 reads one signer (V3SchemeVerifier.parseSigner).
func (p *signerParser) parseV3(b *block.Buffer, params schemeV3Params) error {
	signed, err := b.Slice()
	if err != nil {
		return err
	}
	minSDK, maxSDK, err := sdkRange(b)
	if err != nil {
		return err
	}
	p.signer.minSDK, p.signer.maxSDK = minSDK, maxSDK
	if minSDK < 0 || minSDK > maxSDK {
		p.fail("invalid-sdk-versions", "API levels %d to %d", minSDK, maxSDK)
	}
	list, err := b.Slice()
	if err != nil {
		return err
	}
	key, err := b.Bytes()
	if err != nil {
		return err
	}
	known, done, err := p.signatures(list)
	if err != nil || done {
		return err
	}
	chosen, err := toVerify(known, minSDK, maxSDK, platformSupport)
	if err != nil {
		p.fail("no-supported-signatures", "no supported signatures: %v", err)
		return nil
	}
	if !p.verify(chosen, key, signed.Rest()) {
		return nil
	}
	return p.signedDataV3(signed, key, params)
}

// signedDataV3 reads what the signatures are over.
func (p *signerParser) signedDataV3(signed *block.Buffer, key []byte, params schemeV3Params) error {
	digests, err := signed.Slice()
	if err != nil {
		return err
	}
	certificates, err := signed.Slice()
	if err != nil {
		return err
	}
	minSDK, maxSDK, err := sdkRange(signed)
	if err != nil {
		return err
	}
	if minSDK != p.signer.minSDK {
		p.signer.fail(p.scheme.name, "v3-min-sdk-version-mismatch-between-signer-and-signed-data-record",
			"first API level is %d in the signer, %d in the signed data", p.signer.minSDK, minSDK)
	}
	if maxSDK != p.signer.maxSDK {
		p.signer.fail(p.scheme.name, "v3-max-sdk-version-mismatch-between-signer-and-signed-data-record",
			"last API level is %d in the signer, %d in the signed data", p.signer.maxSDK, maxSDK)
	}
	attributes, err := signed.Slice()
	if err != nil {
		return err
	}
	if done, err := p.certificates(certificates, key); err != nil || done {
		return err
	}
	if done, err := p.contentDigests(digests); err != nil || done {
		return err
	}
	return p.attributesV3(attributes, params)
}

func sdkRange(b *block.Buffer) (minSDK, maxSDK int, err error) {
	low, err := b.Int32()
	if err != nil {
		return 0, 0, err
	}
	high, err := b.Int32()
	return int(low), int(high), err
}

func (p *signerParser) attributesV3(list *block.Buffer, params schemeV3Params) error {
	rotation := false
	for n := 1; list.More(); n++ {
		id, value, err := attribute(list)
		if err == nil {
			rotation = rotation || id == attributeRotationMinSDK
			err = p.attributeV3(id, value, params)
		}
		if errors.Is(err, block.ErrShort) {
			p.fail("malformed-additional-attribute", "malformed additional attribute %d", n)
			return nil
		} else if err != nil {
			return err
		}
		if n > maxRecords {
			return tooLarge("more than %d attributes of one signer", maxRecords)
		}
	}
	if params.rotationMinSDK > 0 && !rotation {
		p.signer.warn(p.scheme.name, "v31-rotation-min-sdk-attr-missing",
			"keys rotate from API level %d on, but nothing in the v3 signer would show that the v3.1 block was stripped", params.rotationMinSDK)
	}
	return nil
}

func (p *signerParser) attributeV3(id uint32, value []byte, params schemeV3Params) error {
	switch id {
	case attributeRotation:
		return p.proofOfRotation(value)
	case attributeRotationMinSDK:
		if params.maxSDK >= apiTiramisu {
			return p.rotationMinSDK(value, params)
		}
	case attributeDevRelease:
		p.signer.devRelease = true
		if p.scheme.name != schemeV31 {
			p.signer.warn(p.scheme.name, "v31-rotation-targets-dev-release-attr-on-v3-signer",
				"the attribute for platforms in development has no effect in a v3 signer")
		}
	default:
		p.warn("unknown-additional-attribute", "unknown additional attribute 0x%x", id)
	}
	return nil
}

// proofOfRotation reads the lineage, which must end with this signer.
func (p *signerParser) proofOfRotation(value []byte) error {
	l, err := p.run.parseLineage(value)
	if err == nil {
		p.signer.lineage = l
		if l.index(p.signer.certs[0]) != len(l)-1 || len(l) == 0 {
			err = errPorMismatch
		}
	}
	switch {
	case errors.Is(err, errPorSignature):
		p.fail("por-did-not-verify", "a signature in the proof of rotation does not hold: %v", err)
	case errors.Is(err, errPorMismatch):
		p.fail("por-cert-mismatch", "the proof of rotation does not end with the signer's certificate: %v", err)
	case errors.Is(err, errPorMalformed):
		p.fail("malformed-lineage", "malformed proof of rotation: %v", err)
	default:
		return err
	}
	return nil
}

// rotationMinSDK compares where v3 says that v3.1 takes over with where it does.
func (p *signerParser) rotationMinSDK(value []byte, params schemeV3Params) error {
	if len(value) < 4 {
		return block.ErrShort
	}
	level := int(int32(binary.LittleEndian.Uint32(value)))
	switch {
	case params.rotationMinSDK == 0:
		p.signer.fail(p.scheme.name, "v31-block-missing", "keys are to rotate from API level %d on, but there is no v3.1 block", level)
	case level != params.rotationMinSDK:
		p.signer.fail(p.scheme.name, "v31-rotation-min-sdk-mismatch",
			"the v3 signer says that keys rotate from API level %d on, the v3.1 block from %d on", level, params.rotationMinSDK)
	}
	return nil
}

// firstMinSDK is the lowest level of any signer, 0 without signers.
func (s *scheme) firstMinSDK() int {
	lowest := math.MaxInt32
	for _, g := range s.signers {
		lowest = min(lowest, g.minSDK)
	}
	if len(s.signers) == 0 {
		return 0
	}
	return lowest
}

// at is the signer for an API level, the last one where none is stated for it.
func (s *scheme) at(level int) *signer {
	for _, g := range s.signers {
		if g.minSDK <= level && level <= g.maxSDK {
			return g
		}
	}
	return s.signers[len(s.signers)-1]
}

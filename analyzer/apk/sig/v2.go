package sig

import (
	"encoding/binary"
	"errors"
	"slices"

	"heyan/analyzer/apk/sig/internal/block"
)

// maxSigners is the most signers v1 and v2 allow (Constants.MAX_APK_SIGNERS).
const maxSigners = 10

// attributeStripping names, in a v2 signer, the newer schemes the package has.
const attributeStripping = 0xbeeff00d

// verifyV2 verifies the v2 block; nil without one. (V2SchemeVerifier.verify)
func (r *run) verifyV2(minSDK, maxSDK int) (*scheme, error) {
	value, ok, err := r.block.Value(block.V2)
	if err != nil || !ok {
		return nil, err
	}
	s := &scheme{name: schemeV2}
	err = r.parseSigners(s, value, maxSigners, func(p *signerParser, b *block.Buffer) error {
		return p.parseV2(b, minSDK, maxSDK)
	})
	if err != nil || s.failed() {
		return s, err
	}
	if err := r.verifyIntegrity(s); err != nil {
		return s, err
	}
	s.verified = !s.failed()
	return s, nil
}

// parseV2 reads one signer (V2SchemeVerifier.parseSigner).
func (p *signerParser) parseV2(b *block.Buffer, minSDK, maxSDK int) error {
	signed, err := b.Slice()
	if err != nil {
		return err
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
	var fields [3]*block.Buffer // digests, certificates, attributes
	for i := range fields {
		if fields[i], err = signed.Slice(); err != nil {
			return err
		}
	}
	if done, err := p.certificates(fields[1], key); err != nil || done {
		return err
	}
	if done, err := p.contentDigests(fields[0]); err != nil || done {
		return err
	}
	return p.attributesV2(fields[2], maxSDK)
}

func (p *signerParser) attributesV2(list *block.Buffer, maxSDK int) error {
	var expected []int
	for n := 1; list.More(); n++ {
		id, value, err := attribute(list)
		if err == nil && id == attributeStripping && len(value) < 4 {
			err = block.ErrShort
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
		if id != attributeStripping {
			p.warn("unknown-additional-attribute", "unknown additional attribute 0x%x", id)
			continue
		}
		version := int(int32(binary.LittleEndian.Uint32(value)))
		if !schemeKnown(version, maxSDK) {
			p.warn("unknown-apk-sig-scheme-id", "unknown signature scheme %d is referenced", version)
		} else if !slices.Contains(expected, version) {
			expected = append(expected, version)
		}
	}
	for _, version := range expected {
		if !p.run.found[version] {
			p.fail("missing-apk-sig-referenced", "the signature says that the package has signature scheme v%d, and it has none: stripped?", version)
		}
	}
	return nil
}

// attribute reads a length-prefixed pair of id and bytes to its end.
func attribute(list *block.Buffer) (id uint32, value []byte, err error) {
	b, err := list.Slice()
	if err != nil {
		return 0, nil, err
	}
	id, err = b.Uint32()
	return id, b.Rest(), err
}

// schemeKnown reports whether platforms up to maxSDK know the scheme with the
// version number of stripping protection (ApkVerifier.getSupportedSchemeNames).
func schemeKnown(version, maxSDK int) bool {
	return version == 2 && maxSDK >= apiNougat || version == 3 && maxSDK >= apiPie
}

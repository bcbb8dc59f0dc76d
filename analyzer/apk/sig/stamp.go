package sig

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"

	"heyan/analyzer/apk/sig/internal/apkzip"
	"heyan/analyzer/apk/sig/internal/block"
	"heyan/analyzer/apk/sig/internal/digest"
	"heyan/analyzer/cert"
)

const schemeStamp = "stamp"

// Attributes of a source stamp (SourceStampConstants).
const (
	stampRotation = 0x9d6303f7
	stampTime     = 0xe43c5946
)

// stamp is the outcome of verifying the source stamp. apksigner only warns about
// a bad one.
type stamp struct {
	findings
	cert *cert.Certificate
	// minSDK is the first level that the signatures are chosen for.
	minSDK  int
	time    int64 // seconds since 1970, 0 without
	lineage lineage
}

func (s *stamp) warn(code, text string, args ...any) {
	s.findings.warn(schemeStamp, "source-stamp-"+code, text, args...)
}

func (s *stamp) spoilt() bool { return len(s.warnings) > 0 }

// verifyStamp verifies the source stamp of a package that has the entry with its
// certificate's digest, as the last step of verifying the package.
func (r *run) verifyStamp() error {
	l, err := r.directory()
	if err != nil || l.stamp == nil {
		return err
	}
	s, err := r.readStamp(l.stamp, max(r.minSDK, apiR))
	if err != nil {
		return err
	}
	if s == nil {
		r.warn("", "source-stamp-sig-missing", "no source stamp signature")
		return nil
	}
	r.stamp = s
	return nil
}

// readStamp verifies the stamp's block against the entry, nil without a block.
func (r *run) readStamp(entry *apkzip.Entry, minSDK int) (*stamp, error) {
	digest, err := r.archive.Bytes(r.ctx, entry, maxManifest)
	if err != nil {
		return nil, err
	}
	value, ok, err := r.block.Value(block.SourceStamp)
	if err != nil || !ok {
		return nil, err
	}
	s := &stamp{minSDK: minSDK}
	err = r.parseStamp(s, block.NewBuffer(value), digest)
	if errors.Is(err, block.ErrShort) {
		s.warn("malformed-signature", "malformed signature")
		return s, nil
	}
	return s, err
}

// parseStamp reads and verifies a stamp
// (V2SourceStampVerifier.verify, SourceStampVerifier.verifyV2SourceStamp).
func (r *run) parseStamp(s *stamp, outer *block.Buffer, certDigest []byte) error {
	b, err := outer.Slice()
	if err != nil {
		return err
	}
	raw, err := b.Bytes()
	if err != nil {
		return err
	}
	c, err := cert.Parse(raw)
	if err != nil {
		s.warn("malformed-certificate", "malformed certificate: %v", err)
		return nil
	}
	s.cert = c
	if sum := sha256.Sum256(raw); !bytes.Equal(sum[:], certDigest) {
		s.warn("certificate-mismatch-between-signature-block-and-apk",
			"certificate in the block is %x, the package names %s", sum, abridged(certDigest))
		return nil
	}
	list, err := b.Slice()
	if err != nil {
		return err
	}
	signatures, err := stampSignatures(list)
	if err != nil {
		return err
	}
	digests, err := r.stampDigests()
	if err != nil {
		return err
	}
	for _, d := range digests {
		sigs, ok := signatures[d.version]
		if !ok {
			s.warn("no-signature", "no signature for scheme v%d", d.version)
			return nil
		}
		if err := r.verifyStampSignature(s, d.encoded, block.NewBuffer(sigs)); err != nil || s.spoilt() {
			return err
		}
	}
	return r.stampAttributes(s, b)
}

// stampSignatures reads the signatures by scheme.
func stampSignatures(list *block.Buffer) (map[uint32][]byte, error) {
	out := make(map[uint32][]byte)
	for list.More() {
		if len(out) > maxRecords {
			return nil, tooLarge("more than %d schemes in a source stamp", maxRecords)
		}
		b, err := list.Slice()
		if err != nil {
			return nil, err
		}
		version, err := b.Uint32()
		if err != nil {
			return nil, err
		}
		sigs, err := b.Slice()
		if err != nil {
			return nil, err
		}
		out[version] = sigs.Rest()
	}
	return out, nil
}

// stampDigest is what the stamp signs of one scheme.
type stampDigest struct {
	version uint32
	encoded []byte
}

// stampDigests are the content digests that the verified schemes state, of v1 the
// manifest's. (v3.1 is not stamped apart.)
func (r *run) stampDigests() ([]stampDigest, error) {
	var out []stampDigest
	if r.v1 != nil {
		list := []contentDigest{}
		manifest, err := r.jarManifest()
		if err != nil {
			return nil, err
		}
		if manifest != nil {
			const wholeSHA256 = 4
			list = append(list, contentDigest{wholeSHA256, manifest.sum(crypto.SHA256)})
		}
		out = append(out, stampDigest{1, encodeDigests(list)})
	}
	for _, s := range [...]struct {
		version uint32
		scheme  *scheme
	}{{2, r.v2}, {3, r.v3}} {
		if s.scheme != nil {
			out = append(out, stampDigest{s.version, encodeDigests(s.scheme.statedDigests())})
		}
	}
	return out, nil
}

// jarManifest is the manifest of v1 as it stands, nil where there is none.
func (v *verifier) jarManifest() (*metaFile, error) {
	if v.jar != nil && v.jar.manifest != nil {
		return v.jar.manifest, nil
	}
	l, err := v.directory()
	if err != nil || l.jarManifest == nil {
		return nil, err
	}
	content, err := v.archive.Bytes(v.ctx, l.jarManifest, maxManifest)
	if err != nil {
		return nil, err
	}
	return newMetaFile(content), nil
}

// statedDigests are the signers' content digests by the number that stamps give
// the algorithm; of several the last counts.
func (s *scheme) statedDigests() []contentDigest {
	byID := make(map[uint32][]byte)
	for _, g := range s.signers {
		for _, d := range g.digests {
			if a, ok := algorithmOf(d.algorithm); ok {
				byID[stampID(a.content)] = d.value
			}
		}
	}
	var out []contentDigest
	for id, value := range byID {
		out = append(out, contentDigest{id, value})
	}
	slices.SortFunc(out, func(a, b contentDigest) int { return cmp.Compare(a.algorithm, b.algorithm) })
	return out
}

func stampID(a digest.Algorithm) uint32 {
	switch a {
	case digest.ChunkedSHA256:
		return 1
	case digest.ChunkedSHA512:
		return 2
	}
	return 3
}

func encodeDigests(list []contentDigest) []byte {
	var out []byte
	le := binary.LittleEndian
	for _, d := range list {
		out = le.AppendUint32(out, uint32(8+len(d.value)))
		out = le.AppendUint32(out, d.algorithm)
		out = le.AppendUint32(out, uint32(len(d.value)))
		out = append(out, d.value...)
	}
	return out
}

// verifyStampSignature verifies the signatures some platform goes by
// (SourceStampVerifier.verifySourceStampSignature).
func (r *run) verifyStampSignature(s *stamp, data []byte, list *block.Buffer) error {
	var known []signature
	for n := 1; list.More(); n++ {
		id, value, err := record(list)
		if errors.Is(err, block.ErrShort) {
			s.warn("malformed-signature", "malformed signature record %d", n)
			return nil
		} else if err != nil {
			return err
		}
		if a, ok := algorithmOf(id); ok && len(known) < maxRecords {
			known = append(known, signature{a, value})
		}
	}
	if len(known) == 0 {
		s.warn("no-signature", "no signature")
		return nil
	}
	chosen, err := toVerify(known, s.minSDK, r.maxSDK, javaSupport)
	if err != nil {
		s.warn("no-supported-signature", "no supported signature: %v", err)
		return nil
	}
	for _, sig := range chosen {
		holds, err := r.checked(s.cert.Key, sig.scheme, sig.hash, s.cert.Raw, sig.value, nil, data)
		if err != nil {
			s.warn("verify-exception", "failed to verify %s signature: %v", sig.name, err)
			return nil
		}
		if !holds {
			s.warn("did-not-verify", "%s signature did not verify", sig.name)
			return nil
		}
	}
	return nil
}

// stampAttributes reads the signed attributes at the end, if there are any
// (SourceStampVerifier.parseStampAttributes).
func (r *run) stampAttributes(s *stamp, b *block.Buffer) error {
	if !b.More() {
		return nil
	}
	data, err := b.Slice()
	if err != nil {
		return err
	}
	sigs, err := b.Slice()
	if err != nil {
		return err
	}
	if err := r.verifyStampSignature(s, data.Rest(), sigs); err != nil || s.spoilt() {
		return err
	}
	list, err := data.Slice()
	if err != nil {
		return err
	}
	for n := 1; list.More(); n++ {
		id, value, err := attribute(list)
		if err == nil {
			err = r.stampAttribute(s, id, value)
		}
		if errors.Is(err, block.ErrShort) {
			s.warn("malformed-attribute", "malformed attribute %d", n)
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (r *run) stampAttribute(s *stamp, id uint32, value []byte) error {
	switch id {
	case stampTime:
		if len(value) < 8 {
			return block.ErrShort
		}
		at := int64(binary.LittleEndian.Uint64(value))
		if at <= 0 {
			s.warn("invalid-timestamp", "time stamp %d", at)
			return nil
		}
		s.time = at
	case stampRotation:
		return r.stampLineage(s, value)
	}
	return nil
}

func (r *run) stampLineage(s *stamp, value []byte) error {
	l, err := r.parseLineage(value)
	if err == nil {
		s.lineage = l
	}
	switch {
	case len(value) == 0, errors.Is(err, errPorMalformed), err == nil && len(l) == 0:
		s.warn("malformed-lineage", "malformed proof of rotation")
	case errors.Is(err, errPorSignature):
		s.warn("por-did-not-verify", "a signature in the proof of rotation does not hold: %v", err)
	case errors.Is(err, errPorMismatch), err == nil && !l[len(l)-1].cert.Equal(s.cert):
		s.warn("por-cert-mismatch", "the proof of rotation does not end with the stamp's certificate")
	default:
		return err
	}
	return nil
}

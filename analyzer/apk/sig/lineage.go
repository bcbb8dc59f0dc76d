package sig

import (
	"errors"
	"fmt"

	"heyan/analyzer/apk/sig/internal/block"
	"heyan/analyzer/cert"
	"heyan/analyzer/facts"
)

// maxLineage bounds the certificates of one proof of rotation.
const maxLineage = 128

// lineage is a proof of rotation, oldest certificate first.
type lineage []node

type node struct {
	cert  *cert.Certificate
	flags uint32
}

// How a proof of rotation can be wrong, by the exception apksig throws.
var (
	errPorSignature = errors.New("proof of rotation does not verify") // SecurityException
	errPorMismatch  = errors.New("proof of rotation does not fit")    // IllegalArgumentException
	errPorMalformed = errors.New("proof of rotation is malformed")    // any other
)

// parseLineage reads a proof of rotation and verifies that each certificate is
// signed by the one before it. (V3SigningCertificateLineage.readSigningCertificateLineage)
func (v *verifier) parseLineage(value []byte) (lineage, error) {
	b := block.NewBuffer(value)
	if !b.More() {
		return nil, errPorMismatch
	}
	version, err := b.Uint32()
	if err != nil {
		return nil, porError(err)
	}
	if version != 1 {
		return nil, fmt.Errorf("%w: version %d", errPorMismatch, version)
	}
	var (
		out     lineage
		nextAlg uint32
	)
	for b.More() {
		if len(out) == maxLineage {
			return nil, tooLarge("more than %d certificates in a proof of rotation", maxLineage)
		}
		if err := v.ctx.Err(); err != nil {
			return nil, err
		}
		n, alg, err := v.parseNode(b, out, nextAlg)
		if err != nil {
			return nil, porError(err)
		}
		out, nextAlg = append(out, n), alg
	}
	return out, nil
}

// porError sorts the errors of reading fields by what apksig makes of them.
func porError(err error) error {
	switch {
	case errors.Is(err, block.ErrShort):
		return fmt.Errorf("%w: %w", errPorMalformed, err)
	case errors.Is(err, block.ErrNegative):
		return fmt.Errorf("%w: %w", errPorMismatch, err)
	}
	return err
}

// parseNode reads the next certificate of a lineage; alg is the algorithm its
// parent announced, next the one it announces itself.
func (v *verifier) parseNode(b *block.Buffer, before lineage, alg uint32) (n node, next uint32, err error) {
	record, err := b.Slice()
	if err != nil {
		return n, 0, err
	}
	signed, err := record.Slice()
	if err != nil {
		return n, 0, err
	}
	if n.flags, err = record.Uint32(); err != nil {
		return n, 0, err
	}
	if next, err = record.Uint32(); err != nil {
		return n, 0, err
	}
	value, err := record.Bytes()
	if err != nil {
		return n, 0, err
	}
	if len(before) > 0 {
		if err := v.verifyNode(before[len(before)-1].cert, alg, signed.Rest(), value); err != nil {
			return n, 0, err
		}
	}
	raw, err := signed.Bytes()
	if err != nil {
		return n, 0, err
	}
	stated, err := signed.Uint32()
	if err != nil {
		return n, 0, err
	}
	if len(before) > 0 && stated != alg {
		return n, 0, fmt.Errorf("%w: algorithms 0x%x and 0x%x", errPorSignature, alg, stated)
	}
	if n.cert, err = cert.Parse(raw); err != nil {
		return n, 0, fmt.Errorf("%w: %w", errPorSignature, err)
	}
	if before.index(n.cert) >= 0 {
		return n, 0, fmt.Errorf("%w: a certificate twice", errPorSignature)
	}
	return n, next, nil
}

func (v *verifier) verifyNode(parent *cert.Certificate, id uint32, signed, value []byte) error {
	a, ok := algorithmOf(id)
	if !ok {
		return fmt.Errorf("%w: algorithm 0x%x", errPorMalformed, id)
	}
	holds, err := v.checked(parent.Key, a.scheme, a.hash, parent.Raw, value, nil, signed)
	if err != nil {
		return fmt.Errorf("%w: %w", errPorSignature, err)
	}
	if !holds {
		return errPorSignature
	}
	return nil
}

// index is the place of a certificate, -1 where it is not in the lineage.
func (l lineage) index(c *cert.Certificate) int {
	for i, n := range l {
		if n.cert.Equal(c) {
			return i
		}
	}
	return -1
}

// consolidate makes one lineage of all signers', which must be parts of it.
// (SigningCertificateLineage.consolidateLineages)
func consolidate(all []lineage) (lineage, error) {
	if len(all) == 0 {
		return nil, nil
	}
	out := all[0]
	for _, other := range all[1:] {
		merged, err := out.merge(other)
		if err != nil {
			return nil, err
		}
		out = merged
	}
	return out, nil
}

// merge joins two lineages of which one starts inside the other.
// (SigningCertificateLineage.mergeLineageWith)
func (l lineage) merge(other lineage) (lineage, error) {
	old, young := l, other
	if other.index(l[0].cert) >= 0 {
		old, young = other, l
	}
	start := old.index(young[0].cert)
	if start < 0 {
		return nil, errors.New("lineages have nothing in common")
	}
	out := append(lineage(nil), old[:start]...)
	for i, n := range young {
		if start+i < len(old) && !old[start+i].cert.Equal(n.cert) {
			return nil, errors.New("lineages part")
		}
		out = append(out, n)
	}
	if start+len(young) < len(old) {
		out = append(out, old[start+len(young):]...)
	}
	return out, nil
}

// facts is the lineage as reports show it.
func (l lineage) facts() []facts.LineageNode {
	var out []facts.LineageNode
	for _, n := range l {
		out = append(out, facts.LineageNode{Certificate: n.cert.Facts(), Capabilities: capabilities(n.flags)})
	}
	return out
}

// capabilities names what an older certificate is still good for
// (SigningCertificateLineage.SignerCapabilities).
func capabilities(flags uint32) []string {
	out := []string{}
	for i, name := range [...]string{"installed-data", "shared-uid", "permission", "rollback", "auth"} {
		if flags&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

package sig

import (
	"bytes"
	"encoding/hex"
	"errors"

	"heyan/analyzer"
	"heyan/analyzer/apk/idsig"
	"heyan/analyzer/apk/sig/internal/digest"
	"heyan/analyzer/cert"
	"heyan/analyzer/facts"
)

// describeIDSig verifies the v4 signature file, if there is one, against the run
// over all levels. A fault of ours on its bytes loses nothing else.
func (v *verifier) describeIDSig(out *facts.Signature, all *runs) error {
	if v.options.IDSig == nil {
		return nil
	}
	out.IDSig = &facts.IDSig{Status: facts.SignatureUnknown}
	err := analyzer.Fence(schemeV4, func() error {
		x := &idsigCheck{verifier: v, out: out.IDSig, scheme: &scheme{name: schemeV4}}
		return x.verify(all)
	})
	var panicked *analyzer.PanicError
	if errors.As(err, &panicked) {
		out.IDSig = &facts.IDSig{Status: facts.SignatureUnknown,
			Problems: []facts.SignatureProblem{{Code: "verifier-panic", Scheme: schemeV4, Detail: cut(panicked.Error())}}}
		return nil
	}
	return err
}

// idsigCheck is one verification of a v4 signature file.
type idsigCheck struct {
	*verifier
	out    *facts.IDSig
	file   *idsig.File
	scheme *scheme
}

// verify verifies the file's own signatures and tree, then compares its signers
// with the package's (V4SchemeVerifier.verify, ApkVerifier.verify).
func (x *idsigCheck) verify(all *runs) error {
	file, err := idsig.Read(x.options.IDSig, x.options.IDSigSize)
	switch {
	case errors.Is(err, idsig.ErrFormat):
		return x.refuse("idsig-malformed", "%v", err)
	case err != nil:
		return err
	}
	x.file = file
	x.out.Version, x.out.RootHash = idsig.Version, hex.EncodeToString(file.Hashing.RootHash)
	x.remarks()
	if all == nil || all.err != nil {
		return nil // what is not known of the package can't be compared
	}
	if !all.overall.verified {
		return x.refuse("idsig-package-not-verified", "the package itself does not verify")
	}
	if len(all.overall.schemes()) == 0 {
		return x.refuse("idsig-without-v2-v3", "the package has no signature of v2 or newer that this could go with")
	}
	if err := x.verifySigners(all.overall); err != nil {
		return err
	}
	if !x.scheme.failed() {
		if err := x.verifyTree(); err != nil {
			return err
		}
	}
	if !x.scheme.failed() {
		x.compare(all.overall)
	}
	x.conclude()
	return nil
}

// refuse ends the verification: the file does not hold.
func (x *idsigCheck) refuse(code, text string, args ...any) error {
	x.scheme.fail(schemeV4, code, text, args...)
	x.conclude()
	return nil
}

func (x *idsigCheck) conclude() {
	x.out.Problems, x.out.Status = x.scheme.errors, facts.SignatureInvalid
	for _, s := range x.scheme.signers {
		x.out.Problems = join(x.out.Problems, s.errors)
	}
	if len(x.out.Problems) == 0 {
		x.out.Status = facts.SignatureValid
		return
	}
	x.out.Tree = false
}

// remarks notes what apksigner passes over.
func (x *idsigCheck) remarks() {
	var f findings
	if h := x.file.Hashing; !h.Usual() {
		f.warn(schemeV4, "idsig-unusual-hashing", "algorithm %d over blocks of 2^%d bytes with a salt of %d; devices know SHA-256 (1) over 2^12 without salt alone",
			h.Algorithm, h.Log2BlockSize, len(h.Salt))
	}
	if x.file.TreeCut {
		f.warn(schemeV4, "idsig-tree-cut", "the file ends before its tree does")
	}
	if x.file.Rest > 0 {
		f.warn(schemeV4, "idsig-data-after-tree", "%d bytes after the tree", x.file.Rest)
	}
	x.out.Warnings = f.warnings
}

// verifySigners verifies each signature; an error ends it.
// (V4SchemeVerifier.parseAndVerifySignatureBlock)
func (x *idsigCheck) verifySigners(r *run) error {
	for i, s := range x.file.Signers {
		if err := x.ctx.Err(); err != nil {
			return err
		}
		p := &signerParser{run: r, scheme: x.scheme, signer: &signer{index: i}}
		x.scheme.signers = append(x.scheme.signers, p.signer)
		p.idsigSigner(s, idsig.SignedData(x.size, x.file.Hashing, s))
		if p.signer.failed() {
			return nil
		}
		switch i {
		case 0:
			x.out.Signer = p.signer.certs[0].SHA256()
		case 1:
			x.out.RotatedSigner = p.signer.certs[0].SHA256()
		}
	}
	return nil
}

func (p *signerParser) idsigSigner(s idsig.Signer, signed []byte) {
	a, ok := algorithmOf(s.Algorithm)
	if !ok {
		p.fail("unknown-sig-algorithm", "unknown signature algorithm 0x%x", s.Algorithm)
		return
	}
	if !p.verify([]signature{{a, s.Signature}}, s.PublicKey, signed) {
		return
	}
	c, err := cert.Parse(s.Certificate)
	if err != nil {
		p.fail("malformed-certificate", "malformed certificate: %v", err)
		return
	}
	p.signer.certs = []*cert.Certificate{c}
	if own := c.Key.SPKI(); !bytes.Equal(own, s.PublicKey) {
		p.fail("public-key-mismatch-between-certificate-and-signatures-record",
			"public key of the certificate is %s, of the signature %s", abridged(own), abridged(s.PublicKey))
	}
}

// verifyTree computes the tree and compares root and tree, where there is one.
// (V4SchemeVerifier.verifyRootHashAndTree)
func (x *idsigCheck) verifyTree() error {
	root, same, err := idsig.Root(x.ctx, x.reader, x.size, x.file.Tree)
	switch {
	case err != nil:
		return err
	case !bytes.Equal(root, x.file.Hashing.RootHash):
		x.scheme.fail(schemeV4, "v4-sig-apk-root-did-not-verify", "root hash of the package is %x, the file states %s", root, abridged(x.file.Hashing.RootHash))
	case x.file.Tree != nil && !same:
		x.scheme.fail(schemeV4, "v4-sig-apk-tree-did-not-verify", "the tree in the file is not that of the package, though its root is")
	}
	x.out.Tree = same
	return nil
}

// compare makes sure that the signers are those of v3 and v3.1, or else of v2,
// and state the same digests (ApkVerifier.verify, checkV4Signer).
func (x *idsigCheck) compare(r *run) {
	switch signers := len(x.scheme.signers); {
	case r.v3 == nil || !r.v3.verified:
		if signers != 1 || len(r.v2.signers) != 1 {
			x.scheme.fail(schemeV4, "v4-sig-multiple-signers", "%d signers in the file, %d in v2; there can be one", signers, len(r.v2.signers))
		}
		x.compareSigner(0, r.v2)
	case r.v31 != nil && r.v31.verified:
		if signers != 2 {
			x.scheme.fail(schemeV4, "v41-sig-needs-two-signers", "%d signers in the file; with v3.1 there must be two", signers)
			return
		}
		x.compareNewer(0, r.v3)
		x.compareNewer(1, r.v31)
	case signers != 1:
		x.scheme.fail(schemeV4, "v4-sig-multiple-signers", "%d signers in the file; there can be one", signers)
	default:
		x.compareNewer(0, r.v3)
	}
}

func (x *idsigCheck) compareNewer(i int, s *scheme) {
	if len(s.signers) != 1 {
		x.scheme.fail(schemeV4, "v4-sig-multiple-signers", "%d signers in %s; there can be one", len(s.signers), s.name)
	}
	x.compareSigner(i, s)
}

func (x *idsigCheck) compareSigner(i int, s *scheme) {
	own, other := x.scheme.signers[i].certs[0], s.signers[0].certs[0]
	if !own.Equal(other) {
		x.scheme.fail(schemeV4, "v4-sig-v2-v3-signers-mismatch", "signed by %s, %s by %s", own.SHA256(), s.name, other.SHA256())
	}
	best := s.signers[0].bestDigest()
	if stated := x.file.Signers[i].Digest; !bytes.Equal(stated, best) {
		x.scheme.fail(schemeV4, "v4-sig-v2-v3-digests-mismatch", "digest is %s, that of %s %s", abridged(stated), s.name, abridged(best))
	}
}

// bestDigest is the content digest that v4 goes by; of several with one algorithm
// the last (ApkVerifier.pickBestDigestForV4).
func (g *signer) bestDigest() []byte {
	byContent := make(map[digest.Algorithm][]byte)
	for _, d := range g.digests {
		if a, ok := algorithmOf(d.algorithm); ok {
			byContent[a.content] = d.value
		}
	}
	for _, a := range [...]digest.Algorithm{digest.ChunkedSHA512, digest.VeritySHA256, digest.ChunkedSHA256} {
		if value, ok := byContent[a]; ok {
			return value
		}
	}
	return nil
}

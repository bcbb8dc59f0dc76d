package apk

import (
	"context"
	"fmt"

	"heyan/analyzer/apk/sig"
	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
)

// readSignature asks for apksigner's answer: the API levels and whatever else it
// takes from the manifest are read as apksigner reads them.
func (i *inspection) readSignature(ctx context.Context, p *part) error {
	signature, err := sig.Verify(ctx, i.in.Package, i.in.Size, sig.Options{IDSig: i.in.IDSig, IDSigSize: i.in.IDSigSize})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil: // Verify says of the package itself in the result
		return fmt.Errorf("%w: %w", archive.ErrRead, err)
	}
	i.f.Signature = signature
	if signature.Status == facts.SignatureUnknown {
		p.partial("%s", unknownReason(signature.Problems))
	}
	return nil
}

// unknownReason is why the verifier has no answer.
func unknownReason(problems []facts.SignatureProblem) string {
	if len(problems) == 0 {
		return "the verifier has no answer"
	}
	return problems[len(problems)-1].Detail
}

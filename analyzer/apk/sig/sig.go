package sig

import (
	"context"
	"errors"
	"io"

	"heyan/analyzer"
	"heyan/analyzer/apk/sig/internal/apkzip"
	"heyan/analyzer/apk/sig/internal/block"
	"heyan/analyzer/apk/sig/internal/digest"
	"heyan/analyzer/facts"
)

// Options is the question. The zero value asks what `apksigner verify FILE` asks.
type Options struct {
	// MinSDK is the first API level to verify for; 0 takes minSdkVersion from the
	// manifest, as apksigner reads it.
	MinSDK int
	// MaxSDK is the last API level; 0 is no end.
	MaxSDK int
	// TargetSDK and TargetSandboxVersion stand in for the manifest's; 0 takes
	// them from there.
	TargetSDK            int
	TargetSandboxVersion int
	// IDSig is the v4 signature file beside the package, nil without one. It must
	// allow concurrent reads, and holds IDSigSize bytes.
	IDSig     io.ReaderAt
	IDSigSize int64
}

// Verify verifies the signatures of the APK in r, which holds size bytes and must
// allow concurrent reads. The error is only that of ctx or of reading; what is
// wrong with the package is in the result.
//
// Status is apksigner's answer; it is SignatureUnsigned instead of invalid where
// there is neither a JAR signature nor a trace of a signing block. Signers are empty unless the status is
// valid; what each range of platforms does is in Ranges, also where the status
// is invalid because of one of them.
func Verify(ctx context.Context, r io.ReaderAt, size int64, opt Options) (facts.Signature, error) {
	v := &verifier{
		ctx:     ctx,
		reader:  r,
		size:    size,
		options: opt,
		digests: make(map[digest.Algorithm][]byte),
		memo:    make(map[[32]byte]verdict),
	}
	var out facts.Signature
	err := analyzer.Fence("signature", func() error {
		return v.answer(&out)
	})
	var panicked *analyzer.PanicError
	if errors.As(err, &panicked) {
		return facts.Signature{
			Status:   facts.SignatureUnknown,
			Problems: []facts.SignatureProblem{{Code: "verifier-panic", Detail: panicked.Error()}},
		}, nil
	}
	return out, err
}

// verifier holds one package and what has been found out about it; runs over
// different API levels share it.
type verifier struct {
	ctx     context.Context
	reader  io.ReaderAt
	size    int64
	options Options

	archive *apkzip.Archive
	block   *block.Block // nil without one

	minSDK, maxSDK int

	wanted  digest.Set // content digests any run will want
	digests map[digest.Algorithm][]byte
	memo    map[[32]byte]verdict

	directoryRead bool
	landmarks     landmarks
	directoryErr  error
	manifestRead  bool
	manifest      []byte
	manifestErr   error
	jar           *archiveJar
}

// answer fills in the result. An unanswered question is a result too.
func (v *verifier) answer(out *facts.Signature) error {
	runs, err := v.verifyAll()
	if broken := v.describe(out, runs); broken != nil {
		return broken
	}
	if broken := v.describeIDSig(out, runs); broken != nil {
		return broken
	}
	var none *unanswered
	if err = classify(err); errors.As(err, &none) {
		out.Status, out.Schemes = facts.SignatureUnknown, nil
		out.Problems = append(out.Problems, facts.SignatureProblem{Code: none.code, Detail: none.detail})
		return nil
	}
	return err
}

// verifyAll opens the package and runs over all levels asked for, then over each
// range in which platforms act alike.
func (v *verifier) verifyAll() (*runs, error) {
	var err error
	if v.archive, err = apkzip.Open(v.reader, v.size); err != nil {
		return nil, err
	}
	if v.block, _, err = block.Find(v.archive); err != nil {
		return nil, err
	}
	if err := v.levels(); err != nil {
		return nil, err
	}
	windows, err := v.plan()
	if err != nil {
		return nil, err
	}
	all := &runs{}
	if all.overall, all.err, err = v.try(v.newRun(v.minSDK, v.maxSDK)); err != nil {
		return nil, err
	}
	if all.windows, err = v.runWindows(windows); err != nil {
		return nil, err
	}
	return all, all.err
}

// runs is the outcome over all levels and over each range.
type runs struct {
	overall *run
	err     error // why overall has no answer
	windows []window
}

// window is a range of API levels in which all platforms act alike.
type window struct {
	min, max int
	run      *run
	err      error
}

// try runs r. It returns apart the reason for which there is no answer, and the
// errors of ctx and reading.
func (v *verifier) try(r *run) (*run, error, error) {
	err := classify(r.verify())
	var none *unanswered
	if errors.As(err, &none) {
		return r, none, nil
	}
	return r, nil, err
}

// levels settles the API levels (ApkVerifier.verifyAndGetMinSdkVersion).
func (v *verifier) levels() error {
	v.minSDK, v.maxSDK = v.options.MinSDK, v.options.MaxSDK
	if v.maxSDK == 0 {
		v.maxSDK = apiOpen
	}
	if v.minSDK == 0 {
		level, err := v.manifestMinSDK()
		if err != nil {
			return err
		}
		v.minSDK = level
	}
	if v.minSDK > v.maxSDK {
		return exception("first API level %d is after the last, %d", v.minSDK, v.maxSDK)
	}
	return nil
}

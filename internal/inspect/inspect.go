// Package inspect is the one way from a package's bytes and a filing to a
// report. The command line, the service's workers, fuzzers and goldens all run
// it, so a provider's own result equals the platform's.
//
// It touches no store, no queue and no clock: equal bytes, filing, previous
// report, day and engine give a byte-identical report.
package inspect

import (
	"context"
	"crypto/md5" // #nosec G501 -- the form asks for it
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"heyan/analyzer"
	"heyan/analyzer/facts"
	"heyan/analyzer/formats"
)

// EngineVersion is the version of heyan, as reports give it.
const EngineVersion = "0.1.0"

// AnalyzeFunc reads a package's facts, all but File. Analyze does it in this
// process; sandbox.Analyzer in a locked-down child.
type AnalyzeFunc = analyzer.Func

// Options say how Facts works; the zero Options are good.
type Options struct {
	// Analyze is how the package is read; nil means Analyze, in this process.
	Analyze AnalyzeFunc
	// SHA1 asks for file.sha1 too.
	SHA1 bool
	// Progress is called from several goroutines with the bytes hashed so far.
	Progress func(done int64)
}

// StoppedError is what an AnalyzeFunc returns that was stopped.
type StoppedError = analyzer.StoppedError

// Facts hashes and reads a package side by side. An error means that the package
// could not be read (I/O) or that ctx ended; faults of the package are facts.
// With a *StoppedError come facts all the same: the digests, a format of
// FormatUndetermined, and the reason. A caller that will not retry judges those.
func Facts(ctx context.Context, in analyzer.Input, opt Options) (*facts.Facts, error) {
	analyze := opt.Analyze
	if analyze == nil {
		analyze = Analyze
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	hashing := startHashing(ctx, in, opt)
	f, err := analyze(ctx, in)
	var stopped *StoppedError
	switch {
	case errors.As(err, &stopped):
		f = undetermined(stopped)
	case err != nil:
		cancel()
		_, _ = hashing.wait()
		return nil, fmt.Errorf("read package: %w", err)
	}
	file, hashErr := hashing.wait()
	if hashErr != nil {
		return nil, fmt.Errorf("hash package: %w", hashErr)
	}
	f.File = file
	return f, err
}

// undetermined is what is known of a package whose reader was stopped. It says so,
// so that nothing is taken for "none".
func undetermined(stopped *StoppedError) *facts.Facts {
	f := formats.Nothing()
	f.Format = facts.FormatUndetermined
	f.Analyzers = append(f.Analyzers, facts.Analyzer{
		Name: facts.AnalyzerInspection, Version: EngineVersion, Status: facts.StatusFailed, Detail: stopped.Reason,
	})
	f.Unexamined = append(f.Unexamined, facts.Unexamined{Check: "package", Code: facts.UnexaminedStopped, Why: stopped.Reason})
	return f
}

// Analyze reads a package in this process. File stays empty.
func Analyze(ctx context.Context, in analyzer.Input) (*facts.Facts, error) {
	return formats.Analyze(ctx, in)
}

// hashing is the digests of a package being made, one goroutine a digest.
type hashing struct {
	file    facts.File
	pending int
	done    chan error
}

func startHashing(ctx context.Context, in analyzer.Input, opt Options) *hashing {
	h := &hashing{file: facts.File{Size: in.Size}, done: make(chan error, 3)}
	start := func(out *string, algorithm hash.Hash, progress func(int64)) {
		h.pending++
		go func() { h.done <- digest(ctx, in, algorithm, out, progress) }()
	}
	start(&h.file.MD5, md5.New(), opt.Progress) // #nosec G401 -- the form asks for it
	start(&h.file.SHA256, sha256.New(), nil)
	if opt.SHA1 {
		start(&h.file.SHA1, sha1.New(), nil) // #nosec G401 -- on request
	}
	return h
}

// wait returns the digests when all are made, or the first error.
func (h *hashing) wait() (facts.File, error) {
	var first error
	for ; h.pending > 0; h.pending-- {
		if err := <-h.done; err != nil && first == nil {
			first = err
		}
	}
	return h.file, first
}

// hashBlock is read at a time: big enough that system calls cost nothing, small
// enough to stay in the second-level cache.
const hashBlock = 256 << 10

func digest(ctx context.Context, in analyzer.Input, h hash.Hash, out *string, progress func(int64)) error {
	buf := make([]byte, min(hashBlock, in.Size))
	for off := int64(0); off < in.Size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.Package.ReadAt(buf[:min(hashBlock, in.Size-off)], off)
		h.Write(buf[:n])
		off += int64(n)
		if errors.Is(err, io.EOF) && off < in.Size {
			return fmt.Errorf("at offset %d of %d: %w", off, in.Size, io.ErrUnexpectedEOF)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("at offset %d of %d: %w", off, in.Size, err)
		}
		if progress != nil {
			progress(off)
		}
	}
	*out = hex.EncodeToString(h.Sum(nil))
	return nil
}

// Package analyzer is the contract of the package readers. A reader takes a
// package's bytes and says what it saw (facts), never what it thinks of it.
//
// Promises of every reader: it reads through io.ReaderAt and holds no more than
// its limits allow whatever the package's size; no length read from the file is
// trusted before it is checked against what remains; no name inside the package
// reaches the file system; a panic in one part is fenced and becomes an anomaly;
// equal bytes give equal facts.
package analyzer

import (
	"context"
	"fmt"
	"io"

	"heyan/analyzer/facts"
)

// Input is the package to read. Package and IDSig must allow concurrent ReadAt
// calls.
type Input struct {
	Package io.ReaderAt
	Size    int64
	// IDSig is the APK Signature Scheme v4 file beside the package, IDSigSize bytes
	// long; nil without one.
	IDSig     io.ReaderAt
	IDSigSize int64
}

// Analyzer reads one format.
type Analyzer interface {
	// Format is the one this analyzer is for.
	Format() facts.Format
	// Version changes whenever the same bytes may give other facts: facts that are
	// kept are kept under it.
	Version() string
	// Analyze fills in f: everything but File and Format. It returns an error only
	// where ctx ended or the input could not be read (I/O); what is wrong with the
	// package is said in the facts.
	Analyze(ctx context.Context, in Input, f *facts.Facts) error
}

// Func reads a package's facts, all but File: formats.Analyze in this process,
// sandbox.Analyzer in a child.
type Func func(ctx context.Context, in Input) (*facts.Facts, error)

// StoppedError says that the reader was stopped by a limit or ended by itself,
// so that nothing is known of the package's inside. Retrying may help.
type StoppedError struct {
	// Reason is English text for the report: which limit, or how it ended.
	Reason string
}

func (e *StoppedError) Error() string { return "inspection stopped: " + e.Reason }

// Fence runs part and turns a panic in it into an error, so that one reader's
// fault on hostile bytes loses none of the others' results.
func Fence(part string, run func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{Part: part, Value: fmt.Sprint(r)}
		}
	}()
	return run()
}

// PanicError is a reader's panic, caught by Fence.
type PanicError struct {
	Part  string
	Value string
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("%s: reader stopped unexpectedly: %s", e.Part, e.Value)
}

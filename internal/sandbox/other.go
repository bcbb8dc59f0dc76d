//go:build !linux

package sandbox

import (
	"context"
	"errors"

	"heyan/analyzer"
	"heyan/analyzer/facts"
	"heyan/analyzer/formats"
)

// Analyzer reads in this process: this platform has no Landlock or seccomp. With
// Required it refuses every package.
func Analyzer(mode Mode) analyzer.Func {
	if mode == Required {
		return refuse
	}
	return formats.Analyze
}

var errUnconfined = errors.New("sandbox: this system cannot confine the reader")

func refuse(context.Context, analyzer.Input) (*facts.Facts, error) {
	return nil, errUnconfined
}

// Check says that nothing confines a reader here, an error with Required.
func Check(_ context.Context, mode Mode) (Protection, error) {
	if mode == Required {
		return Protection{}, errUnconfined
	}
	return Protection{}, nil
}

// IsChild is false: there are no children here.
func IsChild() bool { return false }

// Child is never called here.
func Child(analyzer.Func) int { return 2 }

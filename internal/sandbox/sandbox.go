// Package sandbox reads a package in a child process that can do nothing else.
//
// The parent runs heyan-reader, or its own binary where it was built without it,
// with ChildArg, the package as inherited file descriptor 3, a pipe as 4 and the v4
// signature file, if any, as 5. Before it looks at a byte the child takes everything
// from itself: paths and network (Landlock), system calls beyond what the Go runtime
// needs (seccomp), memory, processor time, file writes (rlimits).
// It answers with facts alone, and the parent takes no more than MaxResult bytes
// and checks them. A reader that hangs, runs out of memory or is taken over by a
// hostile package costs its own process only.
//
// Where the platform has no such means, the package is read in this process.
package sandbox

import (
	"time"

	"heyan/analyzer/facts"
)

// ChildArg is the hidden first argument that makes the binary a child.
const ChildArg = "__analyze"

// Limits of a child.
const (
	// MaxResult is how many bytes of facts the parent accepts.
	MaxResult = 32 << 20
	// memoryLimit is RLIMIT_DATA; memoryTarget is where the collector starts to
	// work hard (GOMEMLIMIT), far below it.
	memoryLimit  = 512 << 20
	memoryTarget = "64MiB"
)

// Timeout is how long a package of size bytes may be read, by the wall clock: a
// minute, and a second for every 4 MiB.
func Timeout(size int64) time.Duration {
	return time.Minute + time.Duration(size>>22)*time.Second
}

// Mode says what to do where Landlock or seccomp is missing.
type Mode int

// BestEffort goes on with what there is; Required refuses to read.
const (
	BestEffort Mode = iota
	Required
)

// Protection is what really held while a package was read.
type Protection struct {
	Process  bool `json:"process"` // a child process of its own
	Landlock bool `json:"landlock"`
	Seccomp  bool `json:"seccomp"`
}

// result is what a child writes: facts, or why there are none.
type result struct {
	Facts      *facts.Facts `json:"facts,omitempty"`
	Protection Protection   `json:"protection"`
	Error      string       `json:"error,omitempty"`
}

//go:build !race

package sandbox_test

import (
	"testing"

	"heyan/internal/sandbox"
)

// The race detector needs more memory than a child may have, so this runs in the
// builds without it alone.
func TestChildThatHoardsMemory(t *testing.T) {
	t.Parallel()
	confines(t)
	_, err := sandbox.Analyzer(sandbox.Required)(t.Context(), pkg(t, "memory"))
	wantStopped(t, err, "out of memory")
}

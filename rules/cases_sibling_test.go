package rules_test

import (
	"strings"
	"testing"

	"heyan/analyzer/facts"
)

// siblingFiles is the folder of a case's files on the other platform's package.
const siblingFiles = "sibling/"

// caseSibling are the facts of the other platform's package, nil where the case
// has none: an ordinary package of its own bytes, with the case's laid over it.
func caseSibling(t *testing.T, c testCase) *facts.Facts {
	t.Helper()
	theirs := testCase{files: map[string][]byte{}}
	for name, data := range c.files {
		if rest, ok := strings.CutPrefix(name, siblingFiles); ok {
			theirs.files[rest] = data
		}
	}
	if len(theirs.files) == 0 {
		return nil
	}
	f := caseFacts(t, theirs)
	f.File.MD5, f.File.SHA256 = strings.Repeat("51", 16), strings.Repeat("51", 32)
	return f
}

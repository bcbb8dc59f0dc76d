package rules

import (
	"slices"

	"heyan/analyzer/facts"
	"heyan/rules/finding"
)

// SignatureFinding is what an IPA's signature was found to be wrong in, for people:
// all findings of one code.
type SignatureFinding struct {
	Means Text // what it means
	// Lines are Apple's name, ours, how often and where, a line a place.
	Lines []string
	Fatal bool // a device or the system refuses the app for it
}

// SignatureFindings are all of an IPA's signature, the heaviest first.
func SignatureFindings(f *facts.Facts) []SignatureFinding {
	var out []SignatureFinding
	for all := findings(f); len(all) > 0; {
		n := slices.IndexFunc(all, func(x located) bool { return x.Code != all[0].Code || x.Fatal != all[0].Fatal })
		if n < 0 {
			n = len(all)
		}
		lines := describeFindings(all[:n])
		for i := range lines {
			lines[i] = shown(lines[i])
		}
		out = append(out, SignatureFinding{Means: Text(finding.Of(all[0].Code).Means), Lines: lines, Fatal: all[0].Fatal})
		all = all[n:]
	}
	return out
}

// FromStore reports whether the App Store signed the package, so that the
// certificate in it is Apple's and the developer's can't be seen.
func FromStore(f *facts.Facts) bool { return storeCopy(f) }

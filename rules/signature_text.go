package rules

import (
	"heyan/analyzer/facts"
	"heyan/rules/finding"
)

// SignatureFinding is one finding of an IPA's signature, for people.
type SignatureFinding struct {
	Means Text   // what it means
	Line  string // Apple's name, ours, how often and where
	Fatal bool   // a device or the system refuses the app for it
}

// SignatureFindings are all of an IPA's signature, the heaviest first.
func SignatureFindings(f *facts.Facts) []SignatureFinding {
	all := findings(f)
	lines := describeFindings(all)
	out := make([]SignatureFinding, len(all))
	for i, x := range all {
		out[i] = SignatureFinding{Means: Text(finding.Of(x.Code).Means), Line: shown(lines[i]), Fatal: x.Fatal}
	}
	return out
}

// FromStore reports whether the App Store signed the package, so that the
// certificate in it is Apple's and the developer's can't be seen.
func FromStore(f *facts.Facts) bool { return storeCopy(f) }

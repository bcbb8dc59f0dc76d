package rules

import (
	"cmp"
	"slices"
	"strings"

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

// SignatureProblemText is what a problem of an APK's signature, or a warning, means.
func SignatureProblemText(code string) Text { return Text(finding.Of(code).Means) }

// maxSaid is how many findings a message says in words.
const maxSaid = 3

// heaviest enters what the first of the codes mean, and what to do about the very
// first.
func (a args) heaviest(codes []string) args {
	var zh, en []string
	for _, code := range codes {
		means := finding.Of(code).Means
		if slices.Contains(zh, means.ZH) || len(zh) == maxSaid {
			continue
		}
		zh, en = append(zh, means.ZH), append(en, means.EN)
	}
	if len(codes) == 0 {
		zh, en, codes = []string{"没有说明"}, []string{"nothing says why"}, []string{""}
	}
	remedy := finding.Of(codes[0]).Remedy
	return a.both("problems", strings.Join(zh, "；"), strings.Join(en, "; ")).both("advice", remedy.ZH, remedy.EN)
}

// codesByWeight are the codes of problems, the heaviest first.
func codesByWeight(problems []facts.SignatureProblem) []string {
	codes := make([]string, len(problems))
	for i, p := range problems {
		codes[i] = p.Code
	}
	slices.SortStableFunc(codes, func(a, b string) int { return cmp.Compare(finding.Weight(a), finding.Weight(b)) })
	return codes
}

// worstLevel is the gravest level among the codes, "" where there is none.
func worstLevel(codes []string) string {
	worst := ""
	for _, level := range [...]string{finding.Info, finding.Advise, finding.Review} {
		if slices.ContainsFunc(codes, func(code string) bool { return finding.Of(code).Level == level }) {
			worst = level
		}
	}
	return worst
}

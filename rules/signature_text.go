package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/finding"
)

// SignatureFinding is what a signature was found to be wrong in, or what else there
// is to say of it, for people: all findings of one code.
type SignatureFinding struct {
	Means Text // what it means
	// Lines are the findings themselves, a line a place: Apple's name or the scheme,
	// our code, where, details.
	Lines []string
	Fatal bool // a device or the system refuses the app for it
}

// SignatureFindings are all of a package's signature, the heaviest first.
func SignatureFindings(f *facts.Facts) []SignatureFinding {
	if f.Format == facts.FormatAPK {
		s := f.Signature
		return append(SignatureProblems(s.Problems, true), SignatureProblems(s.Warnings, false)...)
	}
	var out []SignatureFinding
	for all := findings(f); len(all) > 0; {
		n := slices.IndexFunc(all, func(x located) bool { return x.Code != all[0].Code || x.Fatal != all[0].Fatal })
		if n < 0 {
			n = len(all)
		}
		out = append(out, SignatureFinding{Means: Text(finding.Of(all[0].Code).Means), Lines: shownAll(describeFindings(all[:n])), Fatal: all[0].Fatal})
		all = all[n:]
	}
	return out
}

// SignatureProblems are problems of an APK's verifier as findings, the heaviest
// first; fatal says that they decide.
func SignatureProblems(problems []facts.SignatureProblem, fatal bool) []SignatureFinding {
	var out []SignatureFinding
	for _, code := range slices.Compact(codesByWeight(problems)) {
		own := slices.DeleteFunc(slices.Clone(problems), func(p facts.SignatureProblem) bool { return p.Code != code })
		lines := describeProblems(own[:min(len(own), maxPlaces)])
		if more := len(own) - maxPlaces; more > 0 {
			lines = append(lines, fmt.Sprintf("%s: … +%d", code, more))
		}
		out = append(out, SignatureFinding{Means: Text(finding.Of(code).Means), Lines: shownAll(lines), Fatal: fatal})
	}
	return out
}

func shownAll(lines []string) []string {
	for i := range lines {
		lines[i] = shown(lines[i])
	}
	return lines
}

// FromStore reports whether the App Store signed the package, so that the
// certificate in it is Apple's and the developer's can't be seen.
func FromStore(f *facts.Facts) bool { return storeCopy(f) }

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
	slices.SortFunc(codes, func(a, b string) int {
		return cmp.Or(cmp.Compare(finding.Weight(a), finding.Weight(b)), cmp.Compare(a, b))
	})
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

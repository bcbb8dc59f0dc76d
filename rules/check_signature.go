package rules

import (
	"fmt"
	"strings"

	"heyan/analyzer/facts"
)

func judgeSignature(in Input) Check {
	f := in.Facts
	s := f.Signature
	a := args{"actual": string(s.Status), "schemes": strings.Join(s.Schemes, ", ")}
	if a["schemes"] == "" {
		a["schemes"] = string(s.Status)
	}
	switch {
	case !signatureRead(f):
		return newCheck("signature", "signature-unreadable", a)
	case partialRange(s.Ranges):
		return newCheck("signature", "partial-range", a).with(describeRanges(s.Ranges)...).with(describeProblems(s.Problems)...)
	case s.Status == facts.SignatureValid:
		return newCheck("signature", "valid", a).with(describeProblems(s.Warnings)...)
	case s.Status == facts.SignatureInvalid:
		return newCheck("signature", "invalid", a).with(describeProblems(s.Problems)...)
	case s.Status == facts.SignatureUnsigned:
		return newCheck("signature", "unsigned", a)
	}
	return newCheck("signature", "unknown", a).with(describeProblems(s.Problems)...)
}

// partialRange reports whether devices of some platform versions accept the
// signature and others don't.
func partialRange(ranges []facts.SignatureRange) bool {
	valid, other := false, false
	for _, r := range ranges {
		if r.Status == facts.SignatureValid {
			valid = true
		} else {
			other = true
		}
	}
	return valid && other
}

func describeRanges(ranges []facts.SignatureRange) []string {
	var lines []string
	for _, r := range ranges {
		line := fmt.Sprintf("API %d+", r.MinAPI)
		if r.MaxAPI > 0 {
			line = fmt.Sprintf("API %d–%d", r.MinAPI, r.MaxAPI)
		}
		line += fmt.Sprintf(": %s (%s)", r.Status, strings.TrimSpace(r.Scheme))
		for _, p := range r.Problems {
			line += "; " + p.Code
		}
		lines = append(lines, line)
	}
	return lines
}

func describeProblems(problems []facts.SignatureProblem) []string {
	var lines []string
	for _, p := range problems {
		line := strings.TrimSuffix(p.Code+": "+p.Detail, ": ")
		if p.Scheme != "" {
			line = p.Scheme + " " + line
		}
		lines = append(lines, line)
	}
	return lines
}

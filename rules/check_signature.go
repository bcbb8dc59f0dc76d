package rules

import (
	"fmt"
	"slices"
	"strings"

	"heyan/analyzer/facts"
)

func judgeSignature(in Input) Check {
	f := in.Facts
	if f.Format == facts.FormatIPA {
		return judgeCodeSignature(f)
	}
	s := f.Signature
	a := args{"schemes": strings.Join(s.Schemes, ", ")}
	if a["schemes"] == "" {
		a["schemes"] = string(s.Status)
	}
	a.heaviest(codesByWeight(decisive(s))).devices(s.Ranges)
	_, newest := heldRanges(s.Ranges)
	switch {
	case !signatureRead(f):
		return newCheck("signature", "signature-unreadable", a)
	case HoldsInPart(s):
		return newCheck("signature", "partial-range", a).with(describeRanges(s.Ranges)...).with(describeProblems(s.Problems)...)
	case s.Status == facts.SignatureValid && newest && confusing(s.Warnings):
		return newCheck("signature", "other-signer", a).with(describeProblems(s.Warnings)...)
	case s.Status == facts.SignatureValid && newest:
		return newCheck("signature", "valid", a).with(describeRanges(s.Ranges)...).with(describeProblems(s.Warnings)...)
	case s.Status == facts.SignatureInvalid, s.Status == facts.SignatureValid:
		return newCheck("signature", "invalid", a).with(describeProblems(s.Problems)...).with(describeRanges(s.Ranges)...)
	case s.Status == facts.SignatureUnsigned:
		return newCheck("signature", "unsigned", a)
	}
	return newCheck("signature", "unknown", a).with(describeProblems(s.Problems)...)
}

// decisive are the problems against the signature, or else those that some API range
// has with it.
func decisive(s facts.Signature) []facts.SignatureProblem {
	if len(s.Problems) > 0 {
		return s.Problems
	}
	var list []facts.SignatureProblem
	for _, r := range s.Ranges {
		list = append(list, r.Problems...)
	}
	return list
}

// confusing reports signer confusion: the verifier's warnings of signature data
// that names somebody who did not sign.
func confusing(warnings []facts.SignatureProblem) bool {
	return slices.ContainsFunc(warnings, func(p facts.SignatureProblem) bool {
		return p.Code == "other-signer" || p.Code == "repeated-signature-block"
	})
}

// HoldsInPart reports whether an APK's signature holds on the newest platform
// versions, and not on all that the package supports.
func HoldsInPart(s facts.Signature) bool {
	older, newest := heldRanges(s.Ranges)
	return newest && !older
}

// heldRanges reports whether the signature holds on the newest platform versions
// and on all before them. One that today's devices refuse is invalid, whatever
// old ones make of it; one that only old devices refuse is a matter for a person.
func heldRanges(ranges []facts.SignatureRange) (older, newest bool) {
	older, newest = true, true
	for i, r := range ranges {
		valid := r.Status == facts.SignatureValid
		if i == len(ranges)-1 {
			newest = valid
		} else if !valid {
			older = false
		}
	}
	return older, newest
}

func describeRanges(ranges []facts.SignatureRange) []string {
	var lines []string
	for _, r := range ranges {
		line := fmt.Sprintf("API %d+: %s", r.MinAPI, r.Status)
		switch {
		case r.MaxAPI == r.MinAPI:
			line = fmt.Sprintf("API %d: %s", r.MinAPI, r.Status)
		case r.MaxAPI > 0:
			line = fmt.Sprintf("API %d–%d: %s", r.MinAPI, r.MaxAPI, r.Status)
		}
		if r.Scheme != "" {
			line += " (" + r.Scheme + ")"
		}
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

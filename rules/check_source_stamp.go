package rules

import (
	"strings"

	"heyan/analyzer/facts"
)

// judgeSourceStamp judges an APK's source stamp. It vouches for what the signers
// state, so that it is worth nothing where they are not believed.
func judgeSourceStamp(in Input) Check {
	const id = "source-stamp"
	f := in.Facts
	stamp := f.Signature.Stamp
	switch {
	case stamp == nil && !signatureRead(f):
		return newCheck(id, "signature-unreadable", nil)
	case stamp == nil:
		return newCheck(id, "none", nil)
	case f.Signature.Status != facts.SignatureValid && HoldsInPart(f.Signature):
		return newCheck(id, "partial-range", nil).with(describeProblems(stamp.Problems)...)
	case f.Signature.Status != facts.SignatureValid:
		return newCheck(id, "package-invalid", nil).with(describeProblems(stamp.Problems)...)
	case stamp.Status == facts.SignatureInvalid:
		return newCheck(id, "broken", args{}.heaviest(codesByWeight(stamp.Problems))).with(describeProblems(stamp.Problems)...)
	case stamp.Status != facts.SignatureValid || stamp.Certificate == nil:
		return newCheck(id, "undetermined", nil).with(describeProblems(stamp.Problems)...)
	}
	a := args{"actual": stamp.Certificate.Subject}.both("when", "", "")
	if day, _, ok := strings.Cut(stamp.Time, "T"); ok {
		a.both("when", "，"+day+" 加盖", ", made on "+day)
	}
	return newCheck(id, "valid", a).with("SHA-256 " + stamp.Certificate.SHA256)
}

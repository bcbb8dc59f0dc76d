package rules

import "heyan/analyzer/facts"

// judgeV4Signature judges the v4 signature file that was given with an APK. It is
// no part of what is filed, so that nothing hangs on it.
func judgeV4Signature(in Input) Check {
	const id = "v4-signature"
	f := in.Facts
	file := f.Signature.IDSig
	if file == nil {
		return newCheck(id, "not-given", nil)
	}
	a := args{}.heaviest(codesByWeight(append(file.Problems[:len(file.Problems):len(file.Problems)], file.Warnings...)))
	evidence := append(describeProblems(file.Problems), describeProblems(file.Warnings)...)
	malformed := len(file.Problems) > 0 && file.Problems[0].Code == "idsig-malformed"
	switch {
	case file.Status == facts.SignatureUnknown && !signatureRead(f):
		return newCheck(id, "signature-unreadable", nil).with(evidence...)
	case f.Signature.Status != facts.SignatureValid && !malformed && HoldsInPart(f.Signature):
		return newCheck(id, "partial-range", nil).with(evidence...)
	case f.Signature.Status != facts.SignatureValid && !malformed:
		return newCheck(id, "package-invalid", nil).with(evidence...)
	case file.Status == facts.SignatureInvalid:
		return newCheck(id, "broken", a).with(evidence...)
	case file.Status != facts.SignatureValid:
		return newCheck(id, "undetermined", nil).with(evidence...)
	case worstLevel(codesByWeight(file.Warnings)) != "":
		return newCheck(id, "odd", a).with(evidence...)
	}
	a.both("tree", "，文件里的树也相同", ", and so is the tree in the file")
	if !file.Tree {
		a.both("tree", "，文件里没有带树", "; the tree itself is not in the file")
	}
	return newCheck(id, "valid", a).with("SHA-256 " + file.Signer)
}

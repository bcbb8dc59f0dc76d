package rules

import "heyan/analyzer/facts"

func stamped(s facts.SourceStamp, edits ...func(*Input)) func(*Input) {
	return func(in *Input) {
		in.Facts.Signature.Stamp = &s
		for _, edit := range edits {
			edit(in)
		}
	}
}

func beside(s facts.IDSig, edits ...func(*Input)) func(*Input) {
	return func(in *Input) {
		in.Facts.Signature.IDSig = &s
		for _, edit := range edits {
			edit(in)
		}
	}
}

func warned(codes ...string) func(*Input) {
	return func(in *Input) { in.Facts.Signature.Warnings = problems(codes...) }
}

func problems(codes ...string) (list []facts.SignatureProblem) {
	for _, code := range codes {
		list = append(list, facts.SignatureProblem{Code: code, Detail: "as it is"})
	}
	return list
}

func invalid(in *Input) { in.Facts.Signature.Status = facts.SignatureInvalid }

// inPart has the signature hold on newer platform versions alone.
func inPart(in *Input) {
	in.Facts.Signature.Status = facts.SignatureInvalid
	in.Facts.Signature.Ranges = []facts.SignatureRange{{MinAPI: 21, MaxAPI: 23, Scheme: "v1", Status: facts.SignatureUnsigned}, {MinAPI: 24, Scheme: "v2", Status: facts.SignatureValid}}
}

func pairs(list ...facts.SigningBlockEntry) func(*Input) {
	return func(in *Input) { in.Facts.Signature.Blocks = list }
}

var (
	distributor = facts.SourceStamp{Status: facts.SignatureValid, Certificate: new(signer("f")), Time: "2026-01-02T03:04:05Z"}
	v4File      = facts.IDSig{Status: facts.SignatureValid, Version: 2, Signer: a64}
	padding     = facts.SigningBlockEntry{ID: "0x42726577", Name: "verity-padding", Size: 100, Outside: true}
	walle       = facts.SigningBlockEntry{ID: "0x71777777", Name: "meituan-channel", Size: 6, Outside: true, Text: "campus"}
	somebodys   = facts.SigningBlockEntry{ID: "0x12345678", Size: 4096, Outside: true}
)

var apkSignatureTests = []checkTest{
	{"source-stamp", "none", "", nil},
	{"source-stamp", "signature-unreadable", "", unread(facts.AnalyzerSignature)},
	{"source-stamp", "valid", "", stamped(distributor)},
	{"source-stamp", "valid", "no time", stamped(facts.SourceStamp{Status: facts.SignatureValid, Certificate: new(signer("f"))})},
	{"source-stamp", "package-invalid", "a stamp that holds", stamped(distributor, invalid)},
	{"source-stamp", "package-invalid", "one that does not", stamped(facts.SourceStamp{Status: facts.SignatureInvalid}, invalid)},
	{"source-stamp", "partial-range", "", stamped(distributor, inPart)},
	{"source-stamp", "broken", "", stamped(facts.SourceStamp{Status: facts.SignatureInvalid, Problems: problems("source-stamp-did-not-verify")})},
	{"source-stamp", "broken", "nothing says why", stamped(facts.SourceStamp{Status: facts.SignatureInvalid})},
	{"source-stamp", "undetermined", "", stamped(facts.SourceStamp{Status: facts.SignatureUnknown})},
	{"source-stamp", "undetermined", "no certificate", stamped(facts.SourceStamp{Status: facts.SignatureValid})},

	{"v4-signature", "not-given", "", nil},
	{"v4-signature", "valid", "", beside(v4File)},
	{"v4-signature", "valid", "with its tree", beside(facts.IDSig{Status: facts.SignatureValid, Tree: true, Signer: a64})},
	{"v4-signature", "odd", "", beside(facts.IDSig{Status: facts.SignatureValid, Signer: a64, Warnings: problems("idsig-tree-cut")})},
	{"v4-signature", "broken", "", beside(facts.IDSig{Status: facts.SignatureInvalid, Problems: problems("v4-sig-apk-root-did-not-verify")})},
	{"v4-signature", "broken", "malformed, beside a package that is too", beside(facts.IDSig{Status: facts.SignatureInvalid, Problems: problems("idsig-malformed")}, invalid)},
	{"v4-signature", "package-invalid", "", beside(facts.IDSig{Status: facts.SignatureInvalid, Problems: problems("idsig-package-not-verified")}, invalid)},
	{"v4-signature", "partial-range", "", beside(facts.IDSig{Status: facts.SignatureInvalid, Problems: problems("idsig-package-not-verified")}, inPart)},
	{"v4-signature", "broken", "malformed, beside a package that holds in part", beside(facts.IDSig{Status: facts.SignatureInvalid, Problems: problems("idsig-malformed")}, inPart)},
	{"v4-signature", "signature-unreadable", "", beside(facts.IDSig{Status: facts.SignatureUnknown}, unread(facts.AnalyzerSignature))},
	{"v4-signature", "undetermined", "", beside(facts.IDSig{Status: facts.SignatureUnknown, Problems: problems("verifier-panic")})},

	{"security.outside-signature", "none", "", nil},
	{"security.outside-signature", "none", "padding, and a code of another check", func(in *Input) {
		pairs(padding)(in)
		warned("other-signer")(in)
	}},
	{"security.outside-signature", "signature-unreadable", "", unread(facts.AnalyzerSignature)},
	{"security.outside-signature", "no-signer", "", invalid},
	{"security.outside-signature", "partial-range", "", inPart},
	{"security.outside-signature", "ordinary", "", pairs(facts.SigningBlockEntry{ID: "0x504b4453", Name: "dependency-info", Size: 3000, Outside: true}, padding)},
	{"security.outside-signature", "channel", "", pairs(walle, padding)},
	{"security.outside-signature", "unknown-block", "", pairs(somebodys)},
	{"security.outside-signature", "unknown-block", "beside a channel", pairs(walle, somebodys, somebodys, somebodys, somebodys)},
	{"security.outside-signature", "weak", "misaligned by a channel", func(in *Input) {
		pairs(walle, padding)(in)
		warned("verity-padding-misaligned")(in)
	}},
	{"security.outside-signature", "weak", "comment", warned("comment-outside-signature")},
	{"security.outside-signature", "weak", "in front", warned("data-before-zip")},
	{"security.outside-signature", "suspicious", "padding", warned("verity-padding-misaligned", "verity-padding-content")},
	{"security.outside-signature", "suspicious", "malformed", warned("signing-block-malformed")},
}

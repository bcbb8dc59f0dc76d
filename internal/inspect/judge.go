package inspect

import (
	"heyan/analyzer/facts"
	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/filing"
	"heyan/rules/policy"
)

// JudgeInput is what a judgement is made of, besides the engine.
type JudgeInput struct {
	Facts  *facts.Facts
	Filing *filing.Filing
	// Previous is an earlier report of the same app and its digest, or nil and "".
	Previous       *rules.Previous
	PreviousDigest string
	// IDSigDigest is that of the v4 signature file the facts were read with, or "".
	IDSigDigest string
	// Elsewhere says whether another organisation filed the same app, where there
	// are records to ask.
	Elsewhere rules.Elsewhere
	// Sibling is the same app's package for the other platform, nil without one.
	Sibling *facts.Facts
	// Policy is what judges besides the engine, nil for the default one.
	Policy *policy.Policy
	AsOf   string // the day, "2006-01-02"
}

// Judge makes the report of facts against a filing. It reads no package: stored
// facts are judged again this way when only the filing or the rules changed.
func Judge(in JudgeInput) *report.Report {
	j := rules.Judge(rules.Input{Facts: in.Facts, Filing: in.Filing, Previous: in.Previous, Elsewhere: in.Elsewhere, Sibling: in.Sibling, Policy: in.Policy, AsOf: in.AsOf})
	r := &report.Report{
		Schema: report.Schema,
		Engine: report.NewEngine(EngineVersion, in.Facts),
		Inputs: report.Inputs{
			Package:  "sha256:" + in.Facts.File.SHA256,
			Filing:   in.Filing.Digest(),
			Policy:   in.Policy.Digest(),
			Previous: in.PreviousDigest,
			IDSig:    in.IDSigDigest,
			AsOf:     in.AsOf,
		},
		Verdict:     j.Verdict,
		Filing:      in.Filing,
		Checks:      j.Checks,
		Categories:  j.Categories,
		Permissions: j.Permissions,
		Facts:       in.Facts,
	}
	if in.Sibling != nil {
		r.Inputs.Sibling = "sha256:" + in.Sibling.File.SHA256
	}
	return r
}

// Describe reads facts as the catalogue does and fills the form from them.
func Describe(f *facts.Facts) *report.Description {
	readings := rules.ReadPermissions(f, false)
	return &report.Description{
		Schema:      report.DescriptionSchema,
		Engine:      report.NewEngine(EngineVersion, f),
		Facts:       f,
		Permissions: readings,
		Form:        report.NewForm(f, readings),
	}
}

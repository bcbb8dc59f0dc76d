// Package rules judges facts against a filing: every check, the matrix of the
// 13 permission boxes, and the verdict. It is pure: no clock, no I/O, and equal
// inputs give equal judgements.
package rules

import (
	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/filing"
	"heyan/rules/policy"
)

// Input is everything a judgement depends on, besides the rules themselves.
type Input struct {
	Facts  *facts.Facts
	Filing *filing.Filing
	// Previous is what an earlier report said of the same app, nil without one.
	Previous *Previous
	// Elsewhere says whether another organisation filed the same app.
	Elsewhere Elsewhere
	// Sibling is the same app's package for the other platform, nil where it is
	// not judged together with this one (see sibling.go).
	Sibling *facts.Facts
	// Policy sets severities, parameters and further rules; nil is the default one.
	Policy *policy.Policy
	// AsOf is the day, "2006-01-02", against which expiry is judged.
	AsOf string
}

// Previous is the part of an earlier report that continuity is judged by.
type Previous struct {
	Platform     string   // "android" or "ios"
	PackageID    string   // facts.app.id
	Version      string   // facts.app.version
	Build        string   // facts.app.build
	SHA256       string   // of the package
	Certificates []string // SHA-256 digests of the signers' certificates
	// Ranges say who of them signed it for devices of which API levels (apk). Where
	// they are missing, several are taken to have signed together.
	Ranges []facts.SignatureRange
	// TeamID is the developer team of an IPA's signature; Store says that the App
	// Store signed it, so that Certificates can't be known.
	TeamID string
	Store  bool
}

// NewPrevious takes from an earlier package's facts what continuity is judged by.
// Of a signature that does not hold, nothing.
func NewPrevious(f *facts.Facts) *Previous {
	p := &Previous{
		Platform: string(platformOf(f.Format)), PackageID: f.App.ID,
		Version: f.App.Version, Build: f.App.Build, SHA256: f.File.SHA256,
		Store: storeCopy(f),
	}
	if p.Certificates = digestsOf(trustedSigners(f)); len(p.Certificates) > 0 {
		p.Ranges = f.Signature.Ranges
	}
	if f.Signature.Status == facts.SignatureValid {
		p.TeamID = teamOf(f)
	}
	return p
}

// Elsewhere says what the records know of the app at other organisations.
type Elsewhere string

// ElsewhereUnknown where there are no records to ask, as on the command line;
// ElsewhereFiled where another organisation has a judged filing of the app.
const (
	ElsewhereUnknown Elsewhere = ""
	ElsewhereNone    Elsewhere = "none"
	ElsewhereFiled   Elsewhere = "filed"
)

// Verdict is the engine's advice.
type Verdict string

// 建议通过, 建议退回, 需人工复核.
const (
	Pass   Verdict = "pass"
	Return Verdict = "return"
	Review Verdict = "review"
)

// Outcome is how one check ended.
type Outcome string

// A check that could not look is Unknown, never OutcomePass; OutcomeSkipped is
// for optional fields that were not filed and for what the policy switches off.
const (
	OutcomePass    Outcome = "pass"
	OutcomeFail    Outcome = "fail"
	OutcomeUnknown Outcome = "unknown"
	OutcomeSkipped Outcome = "skipped"
)

// Severity is what a failing check leads to.
type Severity string

// Block leads to Return, ReviewSeverity to Review; Advise and Info lead nowhere.
const (
	SeverityBlock  Severity = "block"
	SeverityReview Severity = "review"
	SeverityAdvise Severity = "advise"
	SeverityInfo   Severity = "info"
)

// Text is a sentence for people in both languages.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the text in the language "zh" or "en".
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.ZH
}

// Check is one check's result.
type Check struct {
	ID       string   `json:"id"`
	Outcome  Outcome  `json:"outcome"`
	Severity Severity `json:"severity"`
	// Reason is a stable word for which case of the check it was: "equal",
	// "certificate-md5", "not-filed", … (heyan rules explain ID lists them).
	Reason string `json:"reason"`
	// Title is what a rule of the policy is called; those of the built-in checks
	// are known (Title).
	Title    Text     `json:"title,omitzero"`
	Filed    string   `json:"filed,omitempty"`
	Actual   string   `json:"actual,omitempty"`
	Evidence []string `json:"evidence,omitempty"`
	Message  Text     `json:"message"`
	Remedy   Text     `json:"remedy,omitzero"`
}

// Use says whether the app's code uses what it declares.
type Use string

// UseUnknown until code evidence is examined.
const (
	UseYes     Use = "yes"
	UseNo      Use = "no"
	UseUnknown Use = "unknown"
)

// Category is one row of the matrix of the 13 boxes.
type Category struct {
	ID    box.Box `json:"id"`
	Label Text    `json:"label"`
	Filed bool    `json:"filed"`
	// Declared and Implied are names of permissions whose recommended box this is
	// and that demand a tick, as declared or implied; ExplainedBy are all facts that explain a tick here.
	Declared    []string `json:"declared"`
	Implied     []string `json:"implied"`
	ExplainedBy []string `json:"explained_by"`
	Used        Use      `json:"used"`
	Outcome     Outcome  `json:"outcome"`
}

// Reading is one permission, declared or implied, as the catalogue reads it.
type Reading struct {
	Name     string `json:"name"`
	Source   string `json:"source"`
	Where    string `json:"where,omitempty"`
	Declared bool   `json:"declared"`
	// MinOS and MaxOS are the versions the declaration is bound to, as declared;
	// an implied permission lasts as long as what implies it.
	MinOS string `json:"min_os,omitempty"`
	MaxOS string `json:"max_os,omitempty"`
	// ImpliedBy names the permission, or "targetSdkVersion", that implies it.
	ImpliedBy string `json:"implied_by,omitempty"`
	// Level is the protection level: normal, dangerous, signature, appop,
	// internal, or "" where the catalogue does not know the name.
	Level string `json:"level"`
	// Group is the platform's runtime group (PHONE, STORAGE, …).
	Group      string    `json:"group,omitempty"`
	Effective  bool      `json:"effective"`
	Reason     Text      `json:"reason"`
	Category   box.Box   `json:"category"`
	Acceptable []box.Box `json:"acceptable"`
	// Strength: declares, enables, component, supports, hint, explains, ineffective, none.
	Strength   string `json:"strength"`
	Confidence string `json:"confidence"` // certain, conventional, debatable
	// Nearest is the real name a misspelt one seems to mean.
	Nearest string `json:"nearest,omitempty"`
}

// Judgement is the whole result.
type Judgement struct {
	Verdict     Verdict
	Checks      []Check
	Categories  []Category
	Permissions []Reading
}

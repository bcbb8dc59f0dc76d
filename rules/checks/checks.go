// Package checks holds what every check is: its name, what it compares and why
// that matters, where the demand comes from, and each way it can end with the
// words for it. The words live in data/*.yaml, one file a check; go generate
// compiles them into static tables, so that starting up costs nothing.
//
// It promises the order of All (the order of every report, from data/order.yaml),
// both languages for every sentence, and a remedy for every reason that fails or
// could not be told.
package checks

import "slices"

//go:generate go run ./gen

// Text is a sentence in both languages. {word} in it stands for a value.
type Text struct {
	ZH string
	EN string
}

// In returns the text in the language "zh" or "en".
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.ZH
}

// Check is what one check is, whatever the package.
type Check struct {
	ID string
	// Severity is that of a reason without its own: block, review, advise, info.
	Severity string
	// Platform is "android" or "ios" where the check is for that one alone.
	Platform string
	// FileOnly: the check can be made of any file, even one that is no package.
	FileOnly bool
	Title    Text
	What     Text
	Why      Text
	// Source cites form fields, regulations, AOSP files, OWASP MASVS controls.
	Source []string
	// Reasons are the ways the check can end, in the order of its file.
	Reasons []Reason
}

// Reason is one way a check can end.
type Reason struct {
	ID       string
	Outcome  string // pass, fail, unknown, skipped
	Severity string // the check's, or its own
	Message  Text
	Remedy   Text // empty where there is nothing to do
}

// All returns every check in the order of the report.
func All() []Check { return slices.Clone(table[:]) }

// Get returns the check with the id.
func Get(id string) (Check, bool) {
	if i := Index(id); i >= 0 {
		return table[i], true
	}
	return Check{}, false
}

// Index is the place of the check in All, or -1 where there is none.
func Index(id string) int {
	return slices.IndexFunc(table[:], func(c Check) bool { return c.ID == id })
}

// Reason returns the check's reason with the id.
func (c Check) Reason(id string) (Reason, bool) {
	i := slices.IndexFunc(c.Reasons, func(r Reason) bool { return r.ID == id })
	if i < 0 {
		return Reason{}, false
	}
	return c.Reasons[i], true
}

// Digest is the SHA-256 of everything the checks say, as "sha256:…".
func Digest() string { return digest }

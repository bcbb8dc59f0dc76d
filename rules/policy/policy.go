// Package policy is what a province, or anyone who runs heyan, may set: how
// severe each ending of each check is, a few parameters of the checks, and rules
// of its own in CEL over facts, filing and boxes.
//
// It promises that a policy is read strictly (everything wrong is told at once,
// by line, with what is accepted), that every expression is typed and compiled
// when the policy is read, that an evaluation is bounded in cost and depends on
// nothing but its inputs, and that no policy can turn what could not be read into
// a pass (see floor.go). A *Policy is immutable and safe for concurrent use; a nil
// one is the default.
package policy

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"heyan/rules/box"
)

// Schema names the version of a policy file.
const Schema = "heyan.policy/1"

// MaxSize of a policy's file, in bytes.
const MaxSize = 256 << 10

// Severity is what a failing check leads to.
type Severity string

// The severities, mildest first. Off is for whole checks and single boxes.
const (
	Off    Severity = "off"
	Info   Severity = "info"
	Advise Severity = "advise"
	Review Severity = "review"
	Block  Severity = "block"
)

// Text is a sentence in both languages.
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

// Policy is one policy as read.
type Policy struct {
	// Name is who set it, for people; it changes no judgement and no digest.
	Name       Text
	Parameters Parameters
	// severities that differ from the built-in ones, by "check/reason", and Off by
	// "check".
	severities map[string]Severity
	// missing are the severities of a missing tick, where the policy sets them.
	missing map[box.Box]Severity
	rules   []*Rule
}

// Default is the policy of a run without one.
func Default() *Policy { return &Policy{Parameters: defaultParameters()} }

// Params are the policy's parameters, the default ones of a nil policy.
func (p *Policy) Params() Parameters {
	if p == nil {
		return defaultParameters()
	}
	return p.Parameters
}

// Rules are the policy's own rules, in the order of the file.
func (p *Policy) Rules() []*Rule {
	if p == nil {
		return nil
	}
	return p.rules
}

// Digest is the SHA-256 of what the policy means, "sha256:…": equal for policies
// that judge alike, in whatever words, order or format.
func (p *Policy) Digest() string {
	if p == nil {
		p = Default()
	}
	rules := make([]source, len(p.rules))
	for i, r := range p.rules {
		rules[i] = r.source
	}
	canonical, err := json.Marshal(struct {
		Schema     string               `json:"schema"`
		Parameters Parameters           `json:"parameters"`
		Severities map[string]Severity  `json:"severities,omitempty"`
		Missing    map[box.Box]Severity `json:"missing,omitempty"`
		Rules      []source             `json:"rules,omitempty"`
	}{Schema, p.Parameters, p.severities, p.missing, rules})
	if err != nil {
		panic("policy: a struct of strings did not marshal: " + err.Error())
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256(canonical))
}

// rank orders severities, -1 for none.
func rank(s Severity) int {
	for i, known := range [...]Severity{Off, Info, Advise, Review, Block} {
		if s == known {
			return i
		}
	}
	return -1
}

// AtLeast is the more severe of the two.
func (s Severity) AtLeast(least Severity) Severity {
	if rank(s) < rank(least) {
		return least
	}
	return s
}

// Milder is one step less severe, down to Info.
func (s Severity) Milder() Severity {
	switch s {
	case Block:
		return Review
	case Review:
		return Advise
	}
	return Info
}

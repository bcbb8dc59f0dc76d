package policy

import (
	"strings"

	"heyan/rules/box"
	"heyan/rules/checks"
)

// missingTick is the ending of a box whose severity goes by confidence.
const missingTick = "under-declared"

// everyBox stands for the 13 boxes in a key of severity.
const everyBox = "permissions.*"

// setting is one line of the section severity.
type setting struct {
	checks   []string // one, or the 13 boxes
	reason   string   // "" for the check as a whole
	severity Severity
	line     int
	key      string
}

// weight orders settings, the most general first: a later one overrides.
func (s setting) weight() int {
	w := 0
	if len(s.checks) == 1 {
		w++
	}
	if s.reason != "" {
		w += 2
	}
	return w
}

// apply puts a setting, which was found to be allowed, into the policy.
func (p *Policy) apply(s setting) {
	for _, id := range s.checks {
		c, _ := checks.Get(id)
		b, isBox := boxOf(id)
		switch {
		case s.severity == Off:
			p.set(id, Off, "")
		case s.reason == missingTick && isBox, s.reason == "" && isBox:
			p.missing[b] = s.severity
		case s.reason != "":
			r, _ := c.Reason(s.reason)
			p.set(id+"/"+r.ID, s.severity, Severity(r.Severity))
		default:
			p.whole(c, s.severity)
		}
	}
}

// whole sets a check as a whole: the endings that have the check's own severity.
// Those that the catalogue of checks makes milder or sharper keep theirs.
func (p *Policy) whole(c checks.Check, severity Severity) {
	for _, r := range c.Reasons {
		if r.Severity == c.Severity {
			p.set(c.ID+"/"+r.ID, severity.AtLeast(floor(c.ID, r)), Severity(r.Severity))
		}
	}
}

func (p *Policy) set(key string, severity, builtIn Severity) {
	if severity == builtIn {
		delete(p.severities, key)
		return
	}
	p.severities[key] = severity
}

// Severity is that of the check's ending, given the built-in one.
func (p *Policy) Severity(check, reason string, builtIn Severity) Severity {
	if p == nil {
		return builtIn
	}
	if s, ok := p.severities[check+"/"+reason]; ok {
		return s
	}
	return builtIn
}

// Off reports whether the policy does without the check.
func (p *Policy) Off(check string) bool { return p != nil && p.severities[check] == Off }

// MissingTick is the severity of a missing tick of the box where the policy sets it.
func (p *Policy) MissingTick(b box.Box) (Severity, bool) {
	if p == nil {
		return "", false
	}
	s, ok := p.missing[b]
	return s, ok
}

// Effective is the severity that the check as a whole has under the policy, as
// lists show it; Off where it is off.
func (p *Policy) Effective(c checks.Check) Severity {
	if p.Off(c.ID) {
		return Off
	}
	if b, isBox := boxOf(c.ID); isBox {
		if s, ok := p.MissingTick(b); ok {
			return s
		}
	}
	own := Severity(c.Severity)
	for _, r := range c.Reasons {
		if r.Outcome == "fail" && r.Severity == c.Severity {
			return p.Severity(c.ID, r.ID, own)
		}
	}
	return own
}

// EffectiveReason is the severity that one ending has under the policy.
func (p *Policy) EffectiveReason(c checks.Check, r checks.Reason) Severity {
	if p.Off(c.ID) {
		return Off
	}
	if b, isBox := boxOf(c.ID); isBox && r.ID == missingTick {
		if s, ok := p.MissingTick(b); ok {
			return s
		}
	}
	return p.Severity(c.ID, r.ID, Severity(r.Severity))
}

// checkKeys are the accepted keys of severity, for a message.
func checkKeys() []string {
	keys := []string{}
	for _, c := range checks.All() {
		if _, isBox := boxOf(c.ID); !isBox && c.ID != formatCheck {
			keys = append(keys, c.ID)
		}
	}
	return append(keys, everyBox, strings.Join(boxKeys(), ", "))
}

func boxKeys() []string {
	keys := make([]string, 0, len(box.All))
	for _, b := range box.All {
		keys = append(keys, string(b))
	}
	return keys
}

package policy

import (
	"slices"

	"heyan/rules/checks"
)

// Checks are all checks with the severities they have under the policy, in the
// order of reports, the policy's own rules last.
func (p *Policy) Checks() []checks.Check {
	list := checks.All()
	for i := range list {
		c := &list[i]
		effective := p.Effective(*c)
		c.Reasons = slices.Clone(c.Reasons)
		for j := range c.Reasons {
			c.Reasons[j].Severity = string(p.EffectiveReason(list[i], c.Reasons[j]))
		}
		c.Severity = string(effective)
	}
	for _, r := range p.Rules() {
		list = append(list, r.check())
	}
	return list
}

// check is the rule as lists show it.
func (r *Rule) check() checks.Check {
	return checks.Check{
		ID: r.ID, Severity: string(r.Severity), Platform: r.Platform,
		Title: checks.Text(r.Title),
		What:  checks.Text{ZH: "不应成立：" + r.FailIf, EN: "must not hold: " + r.FailIf},
		Why:   checks.Text{ZH: "所用的政策有此规定", EN: "The policy in use demands it"},
		Reasons: []checks.Reason{
			{ID: "fail", Outcome: "fail", Severity: string(r.Severity), Message: checks.Text(r.Message), Remedy: checks.Text(r.Remedy)},
		},
	}
}

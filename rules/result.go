package rules

import (
	"strings"

	"heyan/rules/checks"
)

// args are the values a check's sentences show, by the name between the braces.
// "filed" and "actual" also become the check's own Filed and Actual.
type args map[string]string

// newCheck is the result of the check with the id, ended for the reason, both as
// named in checks/data. A pair that is named nowhere is a slip of ours that tests
// catch; outside tests it must still never look like a pass.
func newCheck(id, reason string, a args) Check {
	c := Check{ID: id, Reason: reason, Filed: a["filed"], Actual: a["actual"]}
	meta, _ := checks.Get(id)
	r, ok := meta.Reason(reason)
	if !ok {
		c.Outcome, c.Severity = OutcomeUnknown, SeverityBlock
		c.Message = Text{ZH: "规则缺失：" + id + "/" + reason, EN: "missing rule: " + id + "/" + reason}
		return c
	}
	c.Outcome, c.Severity = Outcome(r.Outcome), Severity(r.Severity)
	c.Message, c.Remedy = fill(r.Message, a), fill(r.Remedy, a)
	return c
}

// with adds evidence: lines for a person, most important first.
func (c Check) with(evidence ...string) Check {
	c.Evidence = append(c.Evidence, evidence...)
	return c
}

// fill puts the values into a sentence. A value is never read for braces again.
func fill(t checks.Text, a args) Text {
	return Text{ZH: fillOne(t.ZH, a), EN: fillOne(t.EN, a)}
}

func fillOne(s string, a args) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(a[name])
		s = after
	}
}

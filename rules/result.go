package rules

import (
	"fmt"
	"strings"
	"unicode"

	"heyan/rules/checks"
)

// args are the values a check's sentences show, by the name between the braces.
// "filed" and "actual" also become the check's own Filed and Actual. A value that
// differs between the languages stands under "name.zh" and "name.en".
type args map[string]string

// newCheck is the result of the check with the id, ended for the reason, both as
// named in checks/data. A pair that is named nowhere is a slip of ours that tests
// catch; outside tests it must still never look like a pass.
func newCheck(id, reason string, a args) Check {
	c := Check{ID: id, Reason: reason, Filed: a["filed"], Actual: a["actual"]}
	meta, ok := checks.Get(id)
	if !ok {
		return unworded(c)
	}
	r, ok := meta.Reason(reason)
	if !ok {
		return unworded(c)
	}
	c.Outcome, c.Severity = Outcome(r.Outcome), Severity(r.Severity)
	c.Message, c.Remedy = fill(r.Message, a), fill(r.Remedy, a)
	return c
}

func unworded(c Check) Check {
	c.Outcome, c.Severity = OutcomeUnknown, SeverityBlock
	c.Message = Text{ZH: "规则缺失：" + c.ID + "/" + c.Reason, EN: "missing rule: " + c.ID + "/" + c.Reason}
	c.Remedy = Text{ZH: "请向开发者报告", EN: "please report this"}
	return c
}

// maxEvidence is how many lines of evidence a check shows.
const maxEvidence = 50

// with adds evidence: lines for a person, most important first. What goes over
// the limit is counted.
func (c Check) with(evidence ...string) Check {
	for i, line := range evidence {
		if len(c.Evidence) == maxEvidence-1 && i < len(evidence)-1 {
			c.Evidence = append(c.Evidence, fmt.Sprintf("… +%d", len(evidence)-i))
			break
		}
		c.Evidence = append(c.Evidence, shown(line))
	}
	return c
}

// fill puts the values into a sentence. A value is never read for braces again.
func fill(t checks.Text, a args) Text {
	return Text{ZH: fillOne(t.ZH, "zh", a), EN: fillOne(t.EN, "en", a)}
}

func fillOne(s, lang string, a args) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(shown(a.in(name, lang)))
		s = after
	}
}

// in is the value in the language; one that is not there stays visible as its
// placeholder.
func (a args) in(name, lang string) string {
	if value, ok := a[name+"."+lang]; ok {
		return value
	}
	if value, ok := a[name]; ok {
		return value
	}
	return "{" + name + "}"
}

// both puts a value that differs between the languages under the name.
func (a args) both(name, zh, en string) args {
	a[name+".zh"], a[name+".en"] = zh, en
	return a
}

// maxShown is the longest value in a sentence: a 16384-bit modulus in hex.
const maxShown = 4096

// shown is a value from a package or a filing as a sentence may show it: in one
// line, with what would move the cursor or turn the text's direction made visible.
func shown(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		if n++; n > maxShown {
			b.WriteString("…")
			break
		}
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

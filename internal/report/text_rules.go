package report

import (
	"io"
	"strings"

	"heyan/rules/checks"
)

// RuleList writes every check: id, severity, title.
func RuleList(w io.Writer, all []checks.Check, opt TextOptions) error {
	p := newPrinter(w, opt)
	const idWidth, severityWidth = 30, 8
	for _, c := range all {
		p.line("%s %s %s", p.bold(pad(c.ID, idWidth)), p.severity(c.Severity, severityWidth), p.t(c.Title.ZH, c.Title.EN))
	}
	return p.flush()
}

func (p *printer) severity(s string, n int) string {
	text := pad(s, n)
	switch s {
	case "block":
		return p.red(text)
	case "review":
		return p.yellow(text)
	}
	return p.dim(text)
}

// RuleExplained writes all about one check.
func RuleExplained(w io.Writer, c checks.Check, opt TextOptions) error {
	p := newPrinter(w, opt)
	p.line("%s %s %s", p.bold(p.t(c.Title.ZH, c.Title.EN)), p.dim("["+c.ID+"]"), p.severity(c.Severity, 0))
	p.blank()
	const label = 6
	p.field(p.t("查什么", "What"), label, p.t(c.What.ZH, c.What.EN))
	p.field(p.t("为什么", "Why"), label, p.t(c.Why.ZH, c.Why.EN))
	for i, s := range c.Source {
		title := p.t("依据", "Source")
		if i > 0 {
			title = ""
		}
		p.field(title, label, s)
	}
	p.blank()
	p.heading(p.t("可能的结果", "How it can end"))
	for _, r := range c.Reasons {
		p.line("  %s %s", p.bold(r.ID), p.dim(r.Outcome+", "+r.Severity))
		p.paragraph("", 4, shownAsIs(p.t(r.Message.ZH, r.Message.EN)), p.plain)
		if remedy := p.t(r.Remedy.ZH, r.Remedy.EN); remedy != "" {
			p.paragraph("    → ", 6, shownAsIs(remedy), p.green)
		}
	}
	return p.flush()
}

// shownAsIs shows a sentence's placeholders as what they are: a value to come.
func shownAsIs(s string) string {
	return strings.NewReplacer("{", "‹", "}", "›").Replace(s)
}

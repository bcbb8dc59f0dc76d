package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules"
	"heyan/rules/box"
)

// verdict is the verdict's words, with its colour.
func (p *printer) verdict(v rules.Verdict) string {
	switch v {
	case rules.Pass:
		return p.color("1;32", p.t("建议通过", "pass"))
	case rules.Return:
		return p.color("1;31", p.t("建议退回", "return"))
	}
	return p.color("1;33", p.t("需人工复核", "review"))
}

func (p *printer) reportHead(r *Report) {
	p.line("%s  %s", p.bold(p.t("核验结论", "Verdict")), p.verdict(r.Verdict))
	p.blank()
	p.identity(r.Facts)
	p.blank()
}

// identity is what package this is, in a few lines.
func (p *printer) identity(f *facts.Facts) {
	const label = 8
	name := p.opt.Name
	if name == "" {
		name = "-"
	}
	p.field(p.t("安装包", "Package"), label, fmt.Sprintf(p.t("%s（%s，%s）", "%s (%s, %s)"), name, f.Format, bytesText(f.File.Size)))
	if f.App.ID != "" {
		app := f.App.ID
		if f.App.Name != "" {
			app = f.App.Name + "  " + app
		}
		p.field(p.t("应用", "App"), label, app)
		p.field(p.t("版本", "Version"), label, versionText(f.App))
	}
	p.field("MD5", label, f.File.MD5)
	p.field("SHA-256", label, f.File.SHA256)
}

func versionText(a facts.App) string {
	if a.Build == "" {
		return a.Version
	}
	return fmt.Sprintf("%s (%s)", a.Version, a.Build)
}

// bytesText gives a size with its exact number of bytes.
func bytesText(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, units := float64(n)/unit, []string{"KiB", "MiB", "GiB", "TiB"}
	i := 0
	for value >= unit && i < len(units)-1 {
		value /= unit
		i++
	}
	return fmt.Sprintf("%.1f %s = %s B", value, units[i], thousands(n))
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// groups writes the checks by what they call for, the gravest first; those that
// passed or were skipped in one line each group.
func (p *printer) groups(checks []rules.Check) {
	checks = withoutEchoes(checks)
	open := func(c rules.Check, s rules.Severity) bool {
		return c.Severity == s && (c.Outcome == rules.OutcomeFail || c.Outcome == rules.OutcomeUnknown)
	}
	p.group(p.t("必须改正", "Must be corrected"), p.red, checks, func(c rules.Check) bool {
		return open(c, rules.SeverityBlock) && c.Outcome == rules.OutcomeFail
	})
	p.group(p.t("需人工复核", "For a person to decide"), p.yellow, checks, func(c rules.Check) bool {
		return open(c, rules.SeverityReview) || open(c, rules.SeverityBlock) && c.Outcome == rules.OutcomeUnknown
	})
	p.group(p.t("建议", "Advice"), p.plain, checks, func(c rules.Check) bool { return open(c, rules.SeverityAdvise) })
	p.group(p.t("提示", "Notes"), p.plain, checks, func(c rules.Check) bool {
		return open(c, rules.SeverityInfo)
	})
	p.summary(p.t("通过", "Passed"), checks, rules.OutcomePass)
	p.summary(p.t("未填，不核", "Not filed, not checked"), checks, rules.OutcomeSkipped)
}

// withoutEchoes drops the boxes' checks that only repeat that the permissions
// could not be read: the check of the permissions says it once, and the table of
// the boxes shows it.
func withoutEchoes(checks []rules.Check) []rules.Check {
	unread := slices.ContainsFunc(checks, func(c rules.Check) bool {
		return c.ID == "permissions" && c.Outcome == rules.OutcomeUnknown
	})
	if !unread {
		return checks
	}
	return slices.DeleteFunc(slices.Clone(checks), func(c rules.Check) bool {
		return strings.HasPrefix(c.ID, boxPrefix) && c.Outcome == rules.OutcomeUnknown
	})
}

func (p *printer) group(title string, style func(string) string, checks []rules.Check, in func(rules.Check) bool) {
	var members []rules.Check
	for _, c := range checks {
		if in(c) {
			members = append(members, c)
		}
	}
	if len(members) == 0 {
		return
	}
	p.line("%s %s", p.bold(style(title)), p.dim(fmt.Sprintf("(%d)", len(members))))
	for _, c := range members {
		p.check(c, style)
	}
	p.blank()
}

// check is one open check: title, what was filed and found, why, what to do.
func (p *printer) check(c rules.Check, style func(string) string) {
	mark := "✗"
	if c.Outcome == rules.OutcomeUnknown {
		mark = "?"
	}
	title, id := c.Name().In(p.opt.Lang), "["+c.ID+"]"
	gap := " "
	if cells(title)+cells(id) > columns-5 {
		gap = "\n    "
	}
	p.line("  %s %s%s%s", style(mark), p.bold(title), gap, p.dim(id))
	p.paragraph("", 4, c.Message.In(p.opt.Lang), p.plain)
	filed, actual := p.t("填报", "filed"), p.t("实际", "actual")
	if c.Filed != "" {
		p.paragraph("    "+filed+" ", 11, abridged(filedText(c).In(p.opt.Lang)), p.plain)
	}
	if c.Actual != "" {
		p.paragraph("    "+actual+" ", 11, abridged(c.Actual), p.plain)
	}
	for _, e := range c.Evidence {
		p.paragraph("    · ", 6, e, p.dim)
	}
	if remedy := c.Remedy.In(p.opt.Lang); remedy != "" {
		p.paragraph("    → ", 6, remedy, p.green)
	}
}

// abridged leaves out the middle of a value that would fill the screen, as a
// public key does; JSON has it whole.
func abridged(s string) string {
	const most, kept = 140, 56
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return fmt.Sprintf("%s … %s (%d)", string(runes[:kept]), string(runes[len(runes)-kept/2:]), len(runes))
}

// summary lists the titles of all checks of one outcome; the 13 boxes have a
// table of their own.
func (p *printer) summary(title string, checks []rules.Check, outcome rules.Outcome) {
	var titles []string
	for _, c := range checks {
		if c.Outcome == outcome && !strings.HasPrefix(c.ID, boxPrefix) {
			titles = append(titles, c.Name().In(p.opt.Lang))
		}
	}
	if len(titles) == 0 {
		return
	}
	p.line("%s %s", p.bold(title), p.dim(fmt.Sprintf("(%d)", len(titles))))
	p.paragraph("", 2, strings.Join(titles, p.t("、", ", ")), p.dim)
	p.blank()
}

// matrix is the table of the 13 boxes, with what each box's check came to.
func (p *printer) matrix(categories []rules.Category, checks []rules.Check) {
	p.heading(p.t("应用权限对照（13 项）", "The 13 permission boxes"))
	const boxWidth = 20
	for _, c := range categories {
		tick := "□"
		if c.Filed {
			tick = "■"
		}
		lead := fmt.Sprintf("  %s %s %s ", tick, pad(c.Label.In(p.opt.Lang), boxWidth), p.boxOutcome(boxCheck(c.ID, checks)))
		p.paragraphAfter(lead, 2+1+1+boxWidth+1+outcomeWidth+1, strings.Join(p.reasons(c), p.t("，", ", ")))
	}
	p.line("%s", p.dim("  "+p.t("■ 已勾选  □ 未勾选", "■ ticked  □ not ticked")))
	p.blank()
}

// paragraphAfter is paragraph for a lead that may hold colours.
func (p *printer) paragraphAfter(lead string, indent int, s string) {
	for i, l := range wrap(clean(s), columns-indent) {
		if i > 0 {
			lead = strings.Repeat(" ", indent)
		}
		p.line("%s", strings.TrimRight(lead+p.dim(l), " "))
	}
}

// boxPrefix begins the ids of the 13 checks of the boxes.
const boxPrefix = "permissions."

// boxCheck is the check of one box.
func boxCheck(b box.Box, checks []rules.Check) rules.Check {
	for _, c := range checks {
		if c.ID == boxPrefix+string(b) {
			return c
		}
	}
	return rules.Check{}
}

const outcomeWidth = 8

// boxOutcome is a word for how a box came out: a tick too few weighs more than
// one too many.
func (p *printer) boxOutcome(c rules.Check) string {
	switch {
	case c.Outcome == rules.OutcomePass:
		return p.green(pad(p.t("相符", "ok"), outcomeWidth))
	case c.Outcome == rules.OutcomeUnknown:
		return p.yellow(pad(p.t("无法判定", "unknown"), outcomeWidth))
	case c.Outcome != rules.OutcomeFail:
		return pad("-", outcomeWidth)
	case c.Reason == "over-declared":
		return p.yellow(pad(p.t("无依据", "extra"), outcomeWidth))
	case c.Reason == "under-declared":
		return p.red(pad(p.t("漏勾", "missing"), outcomeWidth))
	}
	return p.red(pad(p.t("不符", "differs"), outcomeWidth))
}

// reasons names what in the package answers to a box.
func (p *printer) reasons(c rules.Category) []string {
	names := c.Declared
	if len(names) == 0 && c.Filed {
		names = c.ExplainedBy
	}
	const most = 4
	var list []string
	for i, n := range names {
		if i == most {
			return append(list, fmt.Sprintf(p.t("等 %d 项", "%d in all"), len(names)))
		}
		list = append(list, shortPermission(n))
	}
	return list
}

// shortPermission drops the platform's own prefix.
func shortPermission(name string) string {
	return strings.TrimPrefix(name, "android.permission.")
}

func (p *printer) unexamined(f *facts.Facts) {
	if len(f.Unexamined) == 0 {
		return
	}
	p.heading(p.t("未检查的内容", "Not examined"))
	for _, u := range f.Unexamined {
		p.paragraph("  · ", 4, Unexamined(u).In(p.opt.Lang), p.dim)
	}
	p.blank()
}

// Unexamined says for a person what was not looked at. A code without words here
// is told as the facts tell it.
func Unexamined(u facts.Unexamined) rules.Text {
	zh, known := map[string]string{
		facts.UnexaminedCode:      "代码：本版本不检查安装包里有哪些 SDK、代码用到什么",
		facts.UnexaminedCodeRest:  "代码：除了导入的需说明理由的 API 和苹果名单上的动态库，本版本不检查安装包里有哪些 SDK、代码用到什么",
		facts.UnexaminedBinary:    "教育备案号：只在清单、资源和文本文件里查找，不查代码、原生库和图片",
		facts.UnexaminedOverLimit: "教育备案号：有些文本文件过大或过多，没有查找",
		facts.UnexaminedAssets:    "图标：资源目录（Assets.car）里的图片没有读取",
		facts.UnexaminedStopped:   "安装包：读取超出时间或内存限度，被中止",
	}[u.Code]
	en := u.Check + ": " + u.Why
	if !known {
		zh = en
	}
	return rules.Text{ZH: zh, EN: en}
}

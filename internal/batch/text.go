package batch

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/filing"
)

// TextOptions say how a summary is written.
type TextOptions struct {
	Lang  string // "zh" or "en"
	Color bool
}

// Text writes the summary of a run for a terminal of 80 columns: a line a
// package, then what was left over, then how packages for both platforms differ.
func Text(w io.Writer, d *Document, opt TextOptions) error {
	p := &printer{w: bufio.NewWriter(w), opt: opt}
	p.counts(d.Summary)
	p.table(d.Results)
	p.errors(d.Results)
	p.unused(d.Summary.Unused)
	for _, s := range d.Siblings {
		p.siblings(s)
	}
	return p.w.Flush()
}

// Heading writes the line above one package's report.
func Heading(w io.Writer, r Result, opt TextOptions) error {
	name := report.Shorten(report.Clean(r.Package), report.Columns-6)
	rule := strings.Repeat("─", max(0, report.Columns-report.Width(name)-4))
	p := &printer{opt: opt}
	_, err := fmt.Fprintf(w, "%s\n", p.style("1", "── "+name+" "+rule))
	return err
}

type printer struct {
	w   *bufio.Writer
	opt TextOptions
}

func (p *printer) t(zh, en string) string { return rules.Text{ZH: zh, EN: en}.In(p.opt.Lang) }

func (p *printer) line(s string) { fmt.Fprintln(p.w, strings.TrimRight(s, " ")) }

func (p *printer) style(code, s string) string {
	if !p.opt.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// counts is how many packages there are of each kind.
func (p *printer) counts(s Summary) {
	parts := []string{fmt.Sprintf(p.t("%d 个安装包", "%d packages"), s.Packages)}
	for _, c := range []struct {
		n      int
		zh, en string
	}{
		{s.Pass, "建议通过", "pass"}, {s.Return, "建议退回", "return"},
		{s.Review, "需人工复核", "review"}, {s.NotRun, "未能核验", "not checked"},
	} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", p.t(c.zh, c.en), c.n))
		}
	}
	p.line(p.style("1", p.t("核验汇总", "Summary")) + "  " + strings.Join(parts, " · "))
	if s.Interrupted {
		p.line(p.t("已中断：下面只有已经完成的结果", "Interrupted: these are the results so far"))
	}
	p.line("")
}

// The widths of the table's columns; the name takes what is left.
const (
	verdictWidth  = 12
	platformWidth = 8
	versionWidth  = 14
	countWidth    = 10
	nameWidth     = report.Columns - verdictWidth - platformWidth - versionWidth - countWidth
)

func (p *printer) table(results []Result) {
	p.line(p.style("2", p.row(p.t("结论", "Verdict"), p.t("安装包", "Package"), p.t("平台", "OS"), p.t("版本", "Version"), p.t("改正/复核", "fix/review"))))
	for _, r := range results {
		mark, code := p.verdict(r)
		counts := ""
		if r.Block+r.Review > 0 {
			counts = fmt.Sprintf("%d/%d", r.Block, r.Review)
		}
		line := p.row(mark, r.Package, p.platform(r.Platform), r.Version, counts)
		// The verdict alone is coloured, so that the columns keep their width.
		p.line(p.style(code, mark) + strings.TrimPrefix(line, mark))
	}
	p.line("")
}

func (p *printer) row(verdict, name, platform, version, counts string) string {
	cell := func(s string, width int) string {
		return report.Pad(report.Shorten(report.Clean(s), width-1), width)
	}
	return report.Pad(verdict, verdictWidth) + cell(name, nameWidth) + cell(platform, platformWidth) + cell(version, versionWidth) + counts
}

func (p *printer) verdict(r Result) (mark, code string) {
	switch {
	case r.Error != nil && r.Error.Reason == Interrupted:
		return p.t("- 未核验", "- not run"), "2"
	case r.Error != nil:
		return p.t("! 未能核验", "! not run"), "31"
	case r.Verdict == rules.Pass:
		return p.t("✓ 建议通过", "✓ pass"), "32"
	case r.Verdict == rules.Return:
		return p.t("✗ 建议退回", "✗ return"), "31"
	}
	return p.t("? 人工复核", "? review"), "33"
}

func (p *printer) platform(f filing.Platform) string {
	switch f {
	case filing.PlatformAndroid:
		return p.t("安卓", "Android")
	case filing.PlatformIOS:
		return "iOS"
	}
	return "-"
}

// errors say why packages could not be checked; those that an interruption left
// are counted.
func (p *printer) errors(results []Result) {
	left, said := 0, false
	for _, r := range results {
		switch {
		case r.Error == nil:
		case r.Error.Reason == Interrupted:
			left++
		default:
			if !said {
				p.line(p.style("1", p.t("未能核验", "Not checked")))
				said = true
			}
			p.item(r.Package, r.Error.Message)
		}
	}
	if left > 0 {
		p.line(fmt.Sprintf(p.t("  · 中断时还有 %d 个没有核验", "  · %d more were not checked when the run was interrupted"), left))
	}
	if said || left > 0 {
		p.line("")
	}
}

// item is a name and what there is to say of it, which may be several lines.
func (p *printer) item(name string, text rules.Text) {
	p.line("  · " + report.Shorten(report.Clean(name), report.Columns-4))
	for line := range strings.Lines(text.In(p.opt.Lang)) {
		for _, part := range report.Wrap(report.Clean(strings.TrimRight(line, "\n")), report.Columns-4) {
			p.line("    " + part)
		}
	}
}

// maxUnused filings are listed; a sheet may hold thousands.
const maxUnused = 20

func (p *printer) unused(list []Unused) {
	if len(list) == 0 {
		return
	}
	p.line(p.style("1", fmt.Sprintf(p.t("没有用到的备案表（%d）", "Filings that were not used (%d)"), len(list))))
	for i, u := range list {
		if i == maxUnused {
			p.line(fmt.Sprintf(p.t("  · 其余 %d 份从略", "  · and %d more"), len(list)-maxUnused))
			break
		}
		name := u.Filing
		if u.File != "" {
			name += "  " + u.File
		}
		p.item(name, u.Why)
	}
	p.line("")
}

// siblings is the table of what the two platforms ask for.
func (p *printer) siblings(s Siblings) {
	p.line(p.style("1", p.t("两个平台的差异", "The two platforms")))
	for _, f := range []struct{ word, name string }{{p.t("安卓", "Android"), s.Android}, {"iOS", s.IOS}} {
		p.line("  " + report.Pad(f.word, 8) + report.Shorten(report.Clean(f.name), report.Columns-10))
	}
	if s.Shared {
		p.line("  " + p.t("权限清单两个平台共用，按两个安装包的并集判断多填", "One list for both: a tick is needless only where neither accounts for it"))
	}
	const box, tick = 32, 8
	line := func(label, filed, android, ios string) {
		p.line("  " + report.Pad(report.Shorten(report.Clean(label), box-1), box) + report.Pad(filed, tick) + report.Pad(android, 13) + ios)
	}
	line(p.t("应用权限", "Box"), p.t("填报", "filed"), p.t("安卓", "Android"), "iOS")
	for _, d := range s.Boxes {
		line(d.Label.In(p.opt.Lang), ticks(d), p.need(d.Android), p.need(d.IOS))
	}
	p.line("")
}

// ticks is the tick, or both where the two filings differ.
func ticks(d Difference) string {
	mark := func(on bool) string {
		if on {
			return "[x]"
		}
		return "[ ]"
	}
	if d.FiledAndroid == d.FiledIOS {
		return mark(d.FiledAndroid)
	}
	return mark(d.FiledAndroid) + "/" + mark(d.FiledIOS)
}

func (p *printer) need(n Need) string {
	switch n {
	case Asks:
		return p.t("要求", "asks")
	case Explains:
		return p.t("可以说明", "explains")
	case Unknown:
		return p.t("未能读全", "unknown")
	}
	return "-"
}

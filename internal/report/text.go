package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"heyan/rules"
)

// TextOptions say how text is written.
type TextOptions struct {
	Lang  string // "zh" or "en"
	Color bool
	Name  string // the package's name as its user gave it, for the heading
}

// Text writes a report for a terminal of 80 columns.
func Text(w io.Writer, r *Report, opt TextOptions) error {
	p := newPrinter(w, opt)
	p.reportHead(r)
	p.groups(r.Checks)
	p.matrix(r.Categories, r.Checks)
	p.signedBy(r.Facts)
	p.unexamined(r.Facts)
	p.line("%s", p.dim(fmt.Sprintf("heyan %s · %s %s · %s %s", r.Engine.Version,
		p.t("规则", "rules"), short(r.Engine.Rules), p.t("核验日期", "as of"), r.Inputs.AsOf)))
	return p.flush()
}

// printer writes lines of text in one language.
type printer struct {
	w   *bufio.Writer
	opt TextOptions
}

func newPrinter(w io.Writer, opt TextOptions) *printer {
	return &printer{w: bufio.NewWriter(w), opt: opt}
}

func (p *printer) flush() error { return p.w.Flush() }

func (p *printer) t(zh, en string) string { return rules.Text{ZH: zh, EN: en}.In(p.opt.Lang) }

func (p *printer) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

func (p *printer) blank() { p.line("") }

// heading is a bold line over a section.
func (p *printer) heading(s string) { p.line("%s", p.bold(s)) }

// field writes "  label   value", the value wrapped under itself.
func (p *printer) field(label string, labelWidth int, value string) {
	const margin = 2
	indent := margin + labelWidth + 1
	for i, l := range wrap(clean(value), columns-indent) {
		if i > 0 {
			label = ""
		}
		p.line("%s%s %s", strings.Repeat(" ", margin), p.dim(pad(label, labelWidth)), l)
	}
}

// paragraph writes wrapped text behind a first-line prefix and an indent.
func (p *printer) paragraph(first string, indent int, s string, style func(string) string) {
	for i, l := range wrap(clean(s), columns-indent) {
		lead := strings.Repeat(" ", indent)
		if i == 0 {
			lead = pad(first, indent)
		}
		p.line("%s%s", lead, style(l))
	}
}

func (p *printer) color(code, s string) string {
	if !p.opt.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p *printer) bold(s string) string   { return p.color("1", s) }
func (p *printer) dim(s string) string    { return p.color("2", s) }
func (p *printer) red(s string) string    { return p.color("31", s) }
func (p *printer) green(s string) string  { return p.color("32", s) }
func (p *printer) yellow(s string) string { return p.color("33", s) }
func (p *printer) plain(s string) string  { return s }

// short is the beginning of a "sha256:…" digest, enough to compare by eye.
func short(digest string) string {
	_, hex, _ := strings.Cut(digest, ":")
	return hex[:min(12, len(hex))]
}

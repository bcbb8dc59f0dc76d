package cli

import (
	"io"

	"heyan/internal/report"
)

// format is a way to write reports.
type format struct {
	extension string // of a file that holds it
	// many writes all reports of a run into one; nil where each needs a file of its own.
	many func(a *app, w io.Writer, reports []*report.Named) error
	// one writes one report; nil where many does.
	one func(a *app, w io.Writer, n *report.Named, output string) error
}

// formatNames are in the order in which help lists them.
func formatNames() []string { return []string{"text", "json", "html", "sarif", "junit", "xlsx", "csv"} }

// formats are the formats by name. A new one is a line here and one above.
func formats() map[string]format {
	return map[string]format{
		"text": {extension: ".txt", one: func(a *app, w io.Writer, n *report.Named, output string) error {
			return report.Text(w, n.Report, a.textOptions(n.Name, output))
		}},
		"json": {extension: ".json", one: func(_ *app, w io.Writer, n *report.Named, _ string) error {
			return report.Encode(w, n.Report)
		}},
		"html": {extension: ".html", one: func(a *app, w io.Writer, n *report.Named, _ string) error {
			return report.HTML(w, n.Report, report.HTMLOptions{Lang: a.lang, Name: n.Name})
		}},
		"sarif": {extension: ".sarif", many: func(_ *app, w io.Writer, reports []*report.Named) error {
			return report.SARIF(w, reports)
		}},
		"junit": {extension: ".xml", many: func(a *app, w io.Writer, reports []*report.Named) error {
			return report.JUnit(w, reports, a.lang)
		}},
		"xlsx": {extension: ".xlsx", many: func(a *app, w io.Writer, reports []*report.Named) error {
			return report.XLSX(w, reports, a.lang)
		}},
		"csv": {extension: ".csv", many: func(a *app, w io.Writer, reports []*report.Named) error {
			return report.CSV(w, reports, a.lang)
		}},
	}
}

// render writes the report of one package in the format of the run, or those of
// several where the format holds them all.
func (a *app) render(w io.Writer, flags checkFlags, reports []*report.Named) error {
	f := formats()[flags.format]
	if f.many != nil {
		return f.many(a, w, reports)
	}
	return f.one(a, w, reports[0], flags.output)
}

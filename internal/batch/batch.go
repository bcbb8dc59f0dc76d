// Package batch checks several packages: it finds them, finds each one's filing,
// judges a few at a time, and tells what came of them all.
//
// It promises that one bad package, or one bad filing, stops no other; that what
// was not judged is told with its reason, never left out; that results stand in
// the order of the packages, whatever ran first; and that an interrupted run
// keeps what it has. It reads folders and filings; packages are read by the
// function it is given.
package batch

import (
	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/filing"
)

// Schema is the name and version of Document.
const Schema = "heyan.batch/1"

// MaxPackages of one run.
const MaxPackages = 5000

// Document is a run's result as JSON (docs/schemas/batch-1.json).
type Document struct {
	Schema  string   `json:"schema"`
	Summary Summary  `json:"summary"`
	Results []Result `json:"results"`
	// Siblings are the packages for both platforms that were judged together.
	Siblings []Siblings `json:"siblings,omitempty"`
}

// Summary counts the results.
type Summary struct {
	Packages int `json:"packages"`
	Pass     int `json:"pass"`
	Return   int `json:"return"`
	Review   int `json:"review"`
	// NotRun are those without a report: each result's error says why.
	NotRun      int  `json:"not_run"`
	Interrupted bool `json:"interrupted,omitempty"`
	// Unused are filings that no package was found for.
	Unused []Unused `json:"unused_filings,omitempty"`
}

// Unused is a filing without a package.
type Unused struct {
	Filing string     `json:"filing"` // the file, or the sheet with its row
	File   string     `json:"file,omitempty"`
	Why    rules.Text `json:"why"`
}

// Result is what came of one package: a report, or why there is none. A report
// that was written to a file of its own is not repeated here.
type Result struct {
	Package    string          `json:"package"`
	Filing     string          `json:"filing,omitempty"`
	Platform   filing.Platform `json:"platform,omitempty"`
	Version    string          `json:"version,omitempty"`
	Verdict    rules.Verdict   `json:"verdict,omitempty"`
	Block      int             `json:"block"`  // checks that must be put right
	Review     int             `json:"review"` // checks for a person to decide
	ReportFile string          `json:"report_file,omitempty"`
	Report     *report.Report  `json:"report,omitempty"`
	Error      *Problem        `json:"error,omitempty"`
}

// Problem is why a package has no report.
type Problem struct {
	// Reason is no-filing, ambiguous-filing, bad-filing, unreadable or interrupted.
	Reason  string     `json:"reason"`
	Message rules.Text `json:"message"`
}

// The reasons of a Problem.
const (
	NoFiling        = "no-filing"
	AmbiguousFiling = "ambiguous-filing"
	BadFiling       = "bad-filing"
	Unreadable      = "unreadable"
	Interrupted     = "interrupted"
)

// The exit statuses of a run, as those of one package.
const (
	exitPass   = 0
	exitReturn = 1
	exitNotRun = 2
	exitReview = 3
)

// Exit is the status of the whole: the gravest of all, where a package that was
// not judged is graver than one to return, and that than one to review.
func (s Summary) Exit() int {
	switch {
	case s.NotRun > 0 || s.Interrupted:
		return exitNotRun
	case s.Return > 0:
		return exitReturn
	case s.Review > 0:
		return exitReview
	}
	return exitPass
}

// NewDocument sums the results up.
func NewDocument(results []Result, unused []Unused, siblings []Siblings) *Document {
	d := &Document{Schema: Schema, Results: results, Siblings: siblings, Summary: Summary{Packages: len(results), Unused: unused}}
	s := &d.Summary
	for _, r := range results {
		switch {
		case r.Error != nil:
			s.NotRun++
			s.Interrupted = s.Interrupted || r.Error.Reason == Interrupted
		case r.Verdict == rules.Pass:
			s.Pass++
		case r.Verdict == rules.Return:
			s.Return++
		default:
			s.Review++
		}
	}
	return d
}

// newResult is the result of an item that has a report.
func newResult(item Item, r *report.Report) Result {
	result := Result{Package: item.Package.Path, Filing: item.Form.Name, Report: r, Verdict: r.Verdict,
		Platform: report.PlatformOf(r.Facts.Format), Version: r.Facts.App.Version}
	for _, c := range r.Checks {
		open := c.Outcome == rules.OutcomeFail || c.Outcome == rules.OutcomeUnknown
		switch {
		case open && c.Severity == rules.SeverityBlock && c.Outcome == rules.OutcomeFail:
			result.Block++
		case open && (c.Severity == rules.SeverityReview || c.Severity == rules.SeverityBlock):
			result.Review++
		}
	}
	return result
}

// failed is the result of an item that has none.
func failed(item Item, p *Problem) Result {
	return Result{Package: item.Package.Path, Filing: item.Form.Name, Error: p}
}

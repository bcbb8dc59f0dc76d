package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"sync"

	"heyan/rules"
)

// HTMLOptions say how a page is written.
type HTMLOptions struct {
	Lang string // "zh" or "en": the language shown first; the page holds both
	Name string // the package's name as its user gave it
}

// HTML writes a report as one self-contained page: no script, nothing loaded from
// elsewhere, and a Content-Security-Policy that allows its own style alone. Both
// languages are in it, switched by two radio buttons; it prints on A4.
//
// Every outside string is escaped by html/template, and what cannot be seen in it
// is shown as its code. Lists are cut at a length that a browser can bear, and the
// page says so; the JSON report has them whole.
func HTML(w io.Writer, r *Report, opt HTMLOptions) error {
	p, err := pageTemplate()
	if err != nil {
		return fmt.Errorf("page template: %w", err)
	}
	if err := p.Execute(w, newPage(r, opt)); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

var (
	//go:embed html.tmpl
	pageSource string
	//go:embed html.css
	pageStyle string
)

// pageTemplate is parsed once, when the first page is written: most runs of the
// command line write none.
var pageTemplate = sync.OnceValues(func() (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{
		"v":     func(s string) string { return visible(s, valueLimit) },
		"both":  both,
		"title": rules.Title,
		"box":   boxWords,
	}).Parse(pageSource)
})

// valueLimit is how many characters of one outside value a page shows: more than
// the modulus of any key in use.
const valueLimit = 8192

// contentPolicy allows the page its own style, known by its hash, and nothing else.
func contentPolicy() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'"
}

// newPage prepares what the template shows.
func newPage(r *Report, opt HTMLOptions) *page {
	p := &page{
		Lang:    rules.Text{ZH: "zh-CN", EN: "en"}.In(opt.Lang),
		English: opt.Lang == "en",
		Style:   template.CSS(pageStyle), // #nosec G203 -- our own file
		Policy:  contentPolicy(),
		Name:    opt.Name,
		Report:  r,
		Verdict: verdictOf(r),
		Matrix:  matrixOf(r),
	}
	p.Findings = findingsOf(r)
	p.Settled = settledOf(r)
	p.Permissions, p.MorePermissions = permissionGroups(r.Permissions)
	p.Package = packageFields(r.Facts, opt.Name)
	p.Filing = filingFields(r.Filing)
	p.Inputs = inputFields(r)
	p.Signature = signatureOf(r.Facts)
	p.IPA = ipaOf(r.Facts)
	p.Anomalies = limited(r.Facts.Anomalies)
	p.Unexamined = limited(r.Facts.Unexamined)
	p.Analyzers = limited(r.Facts.Analyzers)
	p.Contents = contentsOf(p)
	return p
}

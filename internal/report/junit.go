package report

import (
	"encoding/xml"
	"io"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules"
)

// JUnit writes the reports as JUnit XML, as Ant, Jenkins and GitLab read it: a
// suite a package, a case a check. A suite is green exactly where the verdict is
// pass: a failure is a check of severity block or review that failed, an error one
// that could not be told. Advice fails nothing; it stands in the suite's output.
func JUnit(w io.Writer, reports []*Named, lang string) error {
	suites := junitSuites{}
	for i, n := range reports {
		suites.Suites = append(suites.Suites, junitSuiteOf(n, i, lang))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(suites); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Package    string          `xml:"package,attr"`
	ID         int             `xml:"id,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Hostname   string          `xml:"hostname,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       int             `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	Out        string          `xml:"system-out"`
	Err        string          `xml:"system-err"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    int           `xml:"time,attr"`
	Skipped *junitMessage `xml:"skipped"`
	Error   *junitMessage `xml:"error"`
	Failure *junitMessage `xml:"failure"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func junitSuiteOf(n *Named, index int, lang string) junitSuite {
	r := n.Report
	f := r.Facts
	s := junitSuite{
		Name: visible(n.Name, valueLimit), Package: visible(f.App.ID, valueLimit), ID: index,
		// The report has no clock: the day it judges by is all the time there is.
		Timestamp: r.Inputs.AsOf + "T00:00:00", Hostname: "localhost",
	}
	if s.Name == "" {
		s.Name = f.File.SHA256
	}
	for _, p := range []junitProperty{
		{"verdict", string(r.Verdict)}, {"format", string(f.Format)}, {"app_name", f.App.Name}, {"version", f.App.Version},
		{"build", f.App.Build}, {"md5", f.File.MD5}, {"sha256", f.File.SHA256}, {"engine", r.Engine.Version},
		{"rules", r.Engine.Rules}, {"filing", r.Inputs.Filing}, {"as_of", r.Inputs.AsOf},
	} {
		s.Properties = append(s.Properties, junitProperty{p.Name, visible(p.Value, valueLimit)})
	}
	var out []string
	for _, c := range r.Checks {
		s.count(c, f, lang, &out)
	}
	s.Tests = len(s.Cases)
	s.Out = strings.Join(out, "\n")
	return s
}

// count adds the case of one check.
func (s *junitSuite) count(c rules.Check, f *facts.Facts, lang string, out *[]string) {
	class := "heyan"
	if p := PlatformOf(f.Format); p != "" {
		class += "." + string(p)
	}
	tc := junitCase{Name: c.Name().In(lang) + " [" + visible(c.ID, valueLimit) + "]", Class: class}
	m := &junitMessage{Message: visible(c.Message.In(lang), valueLimit), Type: string(c.Severity), Text: junitText(c, lang)}
	switch g := groupOf(c); {
	case g == groupSkipped:
		m.Type, m.Text = "", ""
		tc.Skipped = m
		s.Skipped++
	case g == groupMust, g == groupReview && c.Outcome == rules.OutcomeFail:
		tc.Failure = m
		s.Failures++
	case g == groupReview:
		tc.Error = m
		s.Errors++
	case g == groupAdvice, g == groupNote:
		*out = append(*out, g.title().In(lang)+" "+tc.Name+": "+m.Message+"\n"+m.Text)
	}
	s.Cases = append(s.Cases, tc)
}

// junitText is what was filed and found, the evidence, and what to do, in lines.
func junitText(c rules.Check, lang string) string {
	var lines []string
	add := func(lead, value string) {
		if value != "" {
			lines = append(lines, lead+visible(value, valueLimit))
		}
	}
	add(both("填报：", "filed: ").In(lang), c.Filed)
	add(both("实际：", "actual: ").In(lang), c.Actual)
	for _, e := range c.Evidence {
		add("· ", e)
	}
	add("→ ", c.Remedy.In(lang))
	return strings.Join(lines, "\n")
}

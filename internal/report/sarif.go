package report

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules"
	"heyan/rules/checks"
)

// sarifSchema names the schema of the log for editors; nothing is loaded from it.
const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// SARIF writes the reports as one run of a SARIF 2.1.0 log: a rule a check, an
// artifact a package, and a result for every check that calls for something.
// Checks that passed or were skipped are in the JSON report alone, since many
// readers of SARIF show every result as a fault.
//
// A check that could not be told is a result too: never a silence that looks like
// a pass. Messages are in both languages, Chinese first.
func SARIF(w io.Writer, reports []*Named) error {
	run := sarifRun{
		ColumnKind: "unicodeCodePoints",
		Artifacts:  []sarifArtifact{},
		Results:    []sarifResult{},
		Tool: sarifTool{Driver: sarifDriver{
			Name: "heyan", FullName: "heyan 核验", Language: "zh-CN", Rules: sarifRules(),
		}},
	}
	for i, n := range reports {
		run.Tool.Driver.Version = n.Report.Engine.Version
		run.Artifacts = append(run.Artifacts, sarifArtifactOf(n, i))
		for _, g := range []group{groupMust, groupReview, groupAdvice, groupNote} {
			for _, c := range inGroup(n.Report.Checks, g) {
				run.Results = append(run.Results, sarifResultOf(n, i, g, c))
			}
		}
	}
	return Encode(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// sarifLevel is the level of a result that calls for g.
func sarifLevel(g group) string {
	switch g {
	case groupMust:
		return "error"
	case groupReview:
		return "warning"
	}
	return "note"
}

func sarifRules() []sarifRule {
	var list []sarifRule
	for _, c := range checks.All() {
		list = append(list, sarifRule{
			ID:        c.ID,
			Short:     sarifText{Text: twoLines(rules.Text(c.Title))},
			Full:      sarifText{Text: twoLines(rules.Text(c.What))},
			Help:      sarifText{Text: twoLines(rules.Text(c.Why))},
			Configure: sarifConfiguration{Level: sarifLevel(groupOf(rules.Check{Outcome: rules.OutcomeFail, Severity: rules.Severity(c.Severity)}))},
			Properties: sarifRuleProperties{
				Severity: c.Severity, Platform: c.Platform, Source: c.Source,
				NameZH: c.Title.ZH, NameEN: c.Title.EN,
			},
		})
	}
	return list
}

// twoLines is a text in both languages.
func twoLines(t rules.Text) string {
	zh, en := visible(t.ZH, valueLimit), visible(t.EN, valueLimit)
	if zh == en {
		return zh
	}
	return zh + "\n" + en
}

// sarifEscape keeps outside text in a message from being a placeholder (section
// 3.11.5 of the standard) or a link (3.11.6).
func sarifEscape(s string) string {
	return strings.NewReplacer("{", "{{", "}", "}}", "](", "] (").Replace(s)
}

func sarifArtifactOf(n *Named, index int) sarifArtifact {
	f, r := n.Report.Facts, n.Report
	return sarifArtifact{
		Location: sarifArtifactLocation{URI: sarifURI(n), Index: index},
		Length:   f.File.Size,
		Hashes:   sarifHashes{MD5: f.File.MD5, SHA256: f.File.SHA256},
		Roles:    []string{"analysisTarget"},
		Properties: sarifPackage{
			Verdict: r.Verdict, Format: f.Format, ID: visible(f.App.ID, valueLimit), Name: visible(f.App.Name, valueLimit),
			Version: visible(f.App.Version, valueLimit), Build: visible(f.App.Build, valueLimit),
			AsOf: r.Inputs.AsOf, Rules: r.Engine.Rules, Filing: r.Inputs.Filing,
		},
	}
}

// sarifURI is the package's name as a relative reference; a backslash of Windows
// is a slash there.
func sarifURI(n *Named) string {
	name := strings.ReplaceAll(n.Name, `\`, "/")
	if name == "" {
		name = n.Report.Facts.File.SHA256
	}
	// A path that begins with two slashes would be read as a host.
	name = strings.TrimLeft(name, "/")
	return (&url.URL{Path: name}).String()
}

func sarifResultOf(n *Named, index int, g group, c rules.Check) sarifResult {
	message := twoLines(c.Message)
	if remedy := twoLines(c.Remedy); remedy != "" {
		message += "\n→ " + strings.ReplaceAll(remedy, "\n", "\n→ ")
	}
	r := sarifResult{
		RuleID:    c.ID,
		RuleIndex: checks.Index(c.ID),
		Level:     sarifLevel(g),
		Message:   sarifText{Text: sarifEscape(message)},
		Locations: []sarifLocation{{
			Physical: sarifPhysical{Artifact: sarifArtifactLocation{URI: sarifURI(n), Index: index}},
			Logical:  sarifPlaces(n.Report, c),
		}},
		Fingerprints: sarifFingerprints{Heyan: sarifFingerprint(n.Report.Facts, c)},
		Properties: sarifResultProperties{
			Outcome: c.Outcome, Severity: c.Severity, Reason: c.Reason,
			Filed: visible(c.Filed, valueLimit), Actual: visible(c.Actual, valueLimit),
		},
	}
	for _, e := range c.Evidence {
		r.Properties.Evidence = append(r.Properties.Evidence, visible(e, valueLimit))
	}
	return r
}

// sarifPlacesMost is how many places inside a package a result names.
const sarifPlacesMost = 20

// sarifPlaces are the places inside the package that a check's evidence names:
// the declarations, by "AndroidManifest.xml:LINE" or the path of a plist.
func sarifPlaces(r *Report, c rules.Check) []sarifPlace {
	var places []sarifPlace
	for _, p := range r.Permissions {
		if p.Where == "" || len(places) == sarifPlacesMost || !tellsOf(c.Evidence, p) {
			continue
		}
		places = append(places, sarifPlace{
			Name: visible(p.Name, valueLimit), Full: visible(p.Where, valueLimit), Kind: "declaration",
		})
	}
	return places
}

// tellsOf reports whether a line of evidence is of this declaration: its name,
// then, in brackets, first where it stands.
func tellsOf(evidence []string, p rules.Reading) bool {
	lead := p.Name + " (" + p.Where
	for _, line := range evidence {
		if rest, ok := strings.CutPrefix(line, lead); ok && (rest == ")" || strings.HasPrefix(rest, ", ")) {
			return true
		}
	}
	return false
}

// sarifFingerprint is the same for the same finding in every version of an app,
// so that a reader can tell an old finding from a new one.
func sarifFingerprint(f *facts.Facts, c rules.Check) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(f.Format), f.App.ID, c.ID, c.Reason}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"heyan/analyzer/facts"
	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/box"
	"heyan/rules/filing"
)

// parsed is a page as a browser reads it.
func parsed(t testing.TB, r *report.Report, opt report.HTMLOptions) (*html.Node, string) {
	t.Helper()
	var out bytes.Buffer
	if err := report.HTML(&out, r, opt); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return doc, out.String()
}

// elements are all elements of a tree, in order.
func elements(n *html.Node) []*html.Node {
	var list []*html.Node
	for c := range n.Descendants() {
		if c.Type == html.ElementNode {
			list = append(list, c)
		}
	}
	return list
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// text is all text under n.
func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// allowed are the elements of a page, and the attributes each may have. Nothing
// here runs, loads or leads out of the page.
var allowed = map[string][]string{
	"html": {"lang"}, "head": nil, "body": nil, "title": nil, "style": nil,
	"meta":  {"charset", "http-equiv", "content", "name"},
	"input": {"type", "name", "id", "class", "aria-label", "checked"}, "label": {"for", "lang"},
	"header": {"class"}, "footer": nil, "nav": {"class"}, "main": nil, "section": {"class", "id", "aria-labelledby"},
	"article": {"class"}, "div": {"class"}, "span": {"class", "lang"}, "p": {"class"}, "b": nil, "strong": nil,
	"bdi": nil, "br": nil, "code": {"class"}, "h1": nil, "h2": {"id", "class"}, "h3": nil, "h4": nil,
	"ul": {"class"}, "ol": {"class"}, "li": {"class"}, "a": {"href"}, "dl": {"class"}, "dt": nil, "dd": {"class"},
	"table": {"class"}, "thead": nil, "tbody": nil, "tr": {"class"}, "th": {"scope", "class", "colspan"}, "td": {"class"},
}

// inert fails the test where the page holds anything that is not of its template.
func inert(t testing.TB, doc *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	for _, e := range elements(doc) {
		attributes, ok := allowed[e.Data]
		if !ok {
			t.Fatalf("element <%s>", e.Data)
		}
		for _, a := range e.Attr {
			if !slices.Contains(attributes, a.Key) {
				t.Fatalf("<%s %s=%q>", e.Data, a.Key, a.Val)
			}
			if a.Key == "id" {
				if ids[a.Val] {
					t.Fatalf("id %q twice", a.Val)
				}
				ids[a.Val] = true
			}
		}
	}
	for _, e := range elements(doc) {
		for _, key := range []string{"href", "for", "aria-labelledby"} {
			if v := attribute(e, key); v != "" && !ids[strings.TrimPrefix(v, "#")] {
				t.Fatalf("%s=%q leads nowhere", key, v)
			}
		}
	}
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode {
			t.Fatalf("comment %q", n.Data)
		}
		if n.Type != html.TextNode || n.Parent.Data == "style" {
			continue
		}
		for _, r := range n.Data {
			if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
				t.Fatalf("%U in %q", r, n.Data)
			}
		}
	}
}

// nasty is text that breaks pages which do not escape; seen is how it must show.
const (
	nasty = "\"'><script>alert(1)</script></style><img src=x onerror=alert(1)>&lt;{{.}}<!-- \x00\x1b[31m\u202e\u200b\u2028 课堂 ]]></title>`${1}"
	seen  = "\"'><script>alert(1)</script></style><img src=x onerror=alert(1)>&lt;{{.}}<!-- \\u0000\\u001b[31m\\u202e\\u200b\\u2028 课堂 ]]></title>`${1}"
)

// hostile is a report with s in every place that comes from outside.
func hostile(s string) *report.Report {
	inBoth := rules.Text{ZH: s, EN: "en " + s}
	certificate := facts.Certificate{
		Subject: s, Issuer: s + "i", Serial: s, NotBefore: s, NotAfter: s, SignatureAlgorithm: s, MD5: s, SHA1: s, SHA256: s,
		Key: facts.Key{Algorithm: s, Bits: -1, Curve: s, ModulusHex: s, ModulusDec: s, Exponent: s},
	}
	problem := []facts.SignatureProblem{{Code: s, Scheme: s, Detail: s}}
	f := &facts.Facts{
		Schema: facts.Schema, Format: facts.Format(s), FormatDetail: s,
		Analyzers: []facts.Analyzer{{Name: s, Version: s, Status: facts.Status(s), Detail: s}},
		File:      facts.File{Size: 1 << 62, MD5: s, SHA256: s, SHA1: s, SM3: s},
		App: facts.App{
			ID: s, Name: s, Names: map[string]string{s: s, "default": s, "zh-CN": s}, LauncherName: s, Version: s, Build: s,
			MinOS: s, TargetOS: s, SharedUserID: s, Split: s, SupportedOSNames: []string{s, s},
			Icon: &facts.Icon{Path: s, Kind: s},
		},
		NativeABIs:        []string{s},
		Permissions:       []facts.Permission{{Name: s, Where: s, Purpose: map[string]string{s: s}}},
		Bundles:           []facts.Bundle{{Path: s, Kind: s, ID: s, Version: s, Build: s}},
		Executables:       []facts.Executable{{Path: s, Slices: []facts.Slice{{Arch: s, Platform: s, MinOS: s, Encrypted: true}}}},
		Entitlements:      []facts.Entitlement{{Bundle: s, Key: s, Value: s}},
		TransportSecurity: &facts.TransportSecurity{AllowsArbitraryLoads: true, InsecureDomains: []string{s}},
		PrivacyManifests: []facts.PrivacyManifest{{
			Path: s, Tracking: true, CollectedTypes: []facts.CollectedDataType{{Type: s}},
			AccessedAPIs: []facts.AccessedAPI{{Category: s, Reasons: []string{s}}},
		}},
		Signature: facts.Signature{
			Status: facts.SignatureStatus(s), Schemes: []string{s}, Present: []string{s, s}, Problems: problem, Warnings: problem,
			Signers: []facts.Certificate{certificate}, Certificates: []facts.Certificate{certificate},
			Ranges:  []facts.SignatureRange{{MinAPI: -1, MaxAPI: 1 << 40, Scheme: s, Status: facts.SignatureStatus(s), Signers: []string{s}, Problems: problem}},
			Lineage: []facts.LineageNode{{Certificate: certificate, Capabilities: []string{s}}},
			Kind:    facts.CodeKind(s), Code: []facts.CodeSignature{{Path: s, Slice: s, Findings: []facts.Finding{{Code: s, Apple: s, Where: s, Detail: s, Fatal: true}}}},
			Seals: []facts.Seal{{Bundle: s, Added: []string{s}}}, Findings: []facts.Finding{{Code: s + "2", Where: s}}, Validity: &facts.Validity{Until: s},
			Profile: &facts.Profile{Kind: s, Name: s, UUID: s, TeamID: s, TeamName: s, AppID: s, Created: s, Expires: s, Devices: 1, Certificates: []facts.Certificate{certificate}},
		},
		FilingNumbers: []facts.FilingNumber{{Number: s, Where: s}},
		Anomalies:     []facts.Anomaly{{Code: s, Detail: s, Where: s}},
		Unexamined:    []facts.Unexamined{{Check: s, Why: s}},
	}
	return &report.Report{
		Facts:   f,
		Verdict: rules.Verdict(s),
		Engine:  report.Engine{Version: s, Rules: s},
		Inputs:  report.Inputs{Package: s, Filing: s, Policy: s, Previous: s, IDSig: s, AsOf: s},
		Filing: &filing.Filing{
			Kind: filing.Kind(s), Round: filing.Round(s), Platform: filing.Platform(s), AppName: s, ShortName: s, Provider: s, Version: s, MD5: s,
			Permissions: []box.Box{box.Box(s)}, PermissionsText: s, Features: []filing.Feature{filing.Feature(s)}, PackageID: s,
			CertificateDigest: s, PublicKey: s, SecurityCertificate: s, FilingNumber: s, Preinstalled: true,
		},
		Checks: []rules.Check{
			{ID: "md5", Outcome: rules.OutcomeFail, Severity: rules.SeverityBlock, Reason: s, Filed: s, Actual: s, Evidence: []string{s}, Message: inBoth, Remedy: inBoth},
			{ID: s, Outcome: rules.Outcome(s), Severity: rules.Severity(s), Reason: s, Filed: s, Actual: s, Evidence: []string{s}, Message: inBoth, Remedy: inBoth},
			{ID: s + "2", Outcome: rules.OutcomePass, Severity: rules.SeverityBlock, Message: inBoth},
		},
		Categories:  []rules.Category{{ID: box.Box(s), Label: inBoth, Filed: true, Declared: []string{s}, Implied: []string{s}, ExplainedBy: []string{s}}, {ID: box.Camera, Filed: true, ExplainedBy: []string{s}}},
		Permissions: []rules.Reading{{Name: s, Source: s, Where: s, MinOS: s, MaxOS: s, ImpliedBy: s, Level: s, Group: s, Reason: inBoth, Category: box.Camera, Acceptable: []box.Box{box.Box(s)}, Nearest: s}},
	}
}

// TestHTMLEscapes writes a page full of nasty strings: a browser finds the
// template's elements alone, and every string as text.
func TestHTMLEscapes(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh", "en", "", nasty} {
		doc, _ := parsed(t, hostile(nasty), report.HTMLOptions{Lang: lang, Name: nasty})
		inert(t, doc)
		if n := strings.Count(text(doc), seen); n < 100 {
			t.Errorf("the string stands %d times in the text of the page", n)
		}
	}
}

// TestHTMLPolicy: the page's policy allows its own style, by the hash a browser
// computes, and nothing else.
func TestHTMLPolicy(t *testing.T) {
	t.Parallel()
	doc, page := parsed(t, hostile(nasty), report.HTMLOptions{Lang: "zh"})
	var policy, style string
	for _, e := range elements(doc) {
		switch {
		case attribute(e, "http-equiv") == "Content-Security-Policy":
			policy = attribute(e, "content")
		case e.Data == "style":
			style = text(e)
		}
	}
	sum := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	if policy != want {
		t.Errorf("policy %q, want %q", policy, want)
	}
	for _, out := range []string{"url(", "@import", "http:", "https:"} {
		if strings.Contains(style, out) {
			t.Errorf("the style has %q", out)
		}
	}
	if i, j := strings.Index(page, "Content-Security-Policy"), strings.Index(page, "<style"); i < 0 || i > j {
		t.Error("the policy does not come first")
	}
}

// TestHTMLIsAccessible: one h1, headings without a gap, landmarks, header cells
// with a scope, and a language for every foreign part.
func TestHTMLIsAccessible(t *testing.T) {
	t.Parallel()
	for _, n := range samples(t) {
		doc, _ := parsed(t, n.Report, report.HTMLOptions{Lang: "en", Name: n.Name})
		inert(t, doc)
		count, last := map[string]int{}, 0
		for _, e := range elements(doc) {
			count[e.Data]++
			switch e.Data {
			case "h2", "h3", "h4":
				level := int(e.Data[1] - '0')
				if level > last+1 && last > 0 {
					t.Errorf("h%d after h%d: %q", level, last, text(e))
				}
				last = level
			case "th":
				if attribute(e, "scope") == "" {
					t.Errorf("header cell %q has no scope", text(e))
				}
			case "section":
				if attribute(e, "aria-labelledby") == "" {
					t.Error("a section has no name")
				}
			case "span":
				if class := attribute(e, "class"); (class == "zh" || class == "en") && attribute(e, "lang") == "" {
					t.Errorf("%q has no language", text(e))
				}
			}
		}
		for _, once := range []string{"h1", "main", "nav", "header", "footer", "title"} {
			if count[once] != 1 {
				t.Errorf("%d <%s>", count[once], once)
			}
		}
	}
}

// TestHTMLHoldsTheReport: what a reviewer looks for is in the page, in both
// languages, whatever language is shown first.
func TestHTMLHoldsTheReport(t *testing.T) {
	t.Parallel()
	n := sample(t, "school", "school-wrong")
	for _, lang := range []string{"zh", "en"} {
		doc, _ := parsed(t, n.Report, report.HTMLOptions{Lang: lang, Name: n.Name})
		got := text(doc)
		for _, want := range []string{
			"建议退回", "Return", "必须改正", "Must be corrected", "晨光课堂", "cn.example.chenguang", "2.3.1 (20301)", n.Name,
			n.Report.Facts.File.MD5, n.Report.Facts.File.SHA256, n.Report.Facts.Signature.Signers[0].SHA256,
			n.Report.Inputs.Filing, n.Report.Inputs.Policy, n.Report.Engine.Rules, "2026-09-01",
			"android.permission.CAMERA (AndroidManifest.xml:11)", "漏勾", "无依据", "API 24–27", "按 v2 核验，接受", "API 28 and up", "accepts it by v3",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in the page", lang, want)
			}
		}
		for _, c := range n.Report.Checks {
			if c.Outcome != rules.OutcomeFail {
				continue
			}
			for _, want := range []string{c.Message.ZH, c.Message.EN, c.Remedy.ZH, c.Remedy.EN} {
				if !strings.Contains(got, want) {
					t.Errorf("%s: %q is not in the page", c.ID, want)
				}
			}
		}
		for _, e := range elements(doc) {
			if _, checked := e.Attr, attribute(e, "id") == lang; e.Data == "input" && checked {
				if !slices.ContainsFunc(e.Attr, func(a html.Attribute) bool { return a.Key == "checked" }) {
					t.Errorf("%s is not shown first", lang)
				}
			}
		}
	}
}

// TestHTMLIsBounded: lists and values of a hostile size do not make a page that no
// browser opens, and what is left out is said.
func TestHTMLIsBounded(t *testing.T) {
	t.Parallel()
	n := sample(t, "school", "school")
	r, f := *n.Report, *n.Report.Facts
	r.Facts = &f
	f.App.Name = strings.Repeat("长", 1<<20)
	for range 50_000 {
		f.Anomalies = append(f.Anomalies, facts.Anomaly{Code: "c", Detail: "d"})
		f.Bundles = append(f.Bundles, facts.Bundle{Path: "p"})
		r.Permissions = append(r.Permissions, rules.Reading{Name: "n", Source: "uses-permission", Category: box.Camera})
	}
	_, page := parsed(t, &r, report.HTMLOptions{Lang: "zh"})
	if len(page) > 1<<20 {
		t.Errorf("a page of %d bytes", len(page))
	}
	if !strings.Contains(page, "另有 49600 行") {
		t.Error("the page does not say how many rows are left out")
	}
}

package rules_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/rules"
	"heyan/rules/box"
	"heyan/rules/checks"
	"heyan/rules/filing"
	"heyan/rules/policy"
)

// Judging by the default policy's file is judging without a policy, in every case.
func TestDefaultPolicyJudgesAlike(t *testing.T) {
	t.Parallel()
	byDefault, err := policy.Parse([]byte(policy.DefaultSource()))
	if err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, path := range casePaths(t) {
		c := readCase(t, path)
		f := caseFacts(t, c)
		filed, err := filing.Parse(caseFiling(c, f))
		if err != nil {
			continue
		}
		in := rules.Input{Facts: f, Filing: filed, Previous: casePrevious(t, c, f), AsOf: defaultAsOf}
		without := rules.Judge(in)
		in.Policy = byDefault
		if diff := cmp.Diff(without, rules.Judge(in)); diff != "" {
			t.Errorf("%s (-without +with the default policy):\n%s", path, diff)
		}
		judged++
	}
	if judged < leastCases {
		t.Errorf("%d cases judged", judged)
	}
}

// mildest sets everything as mild as a policy can: each check off or as low as is
// accepted, each ending too.
func mildest(t *testing.T) *policy.Policy {
	t.Helper()
	accepted := []string{"parameters:", "  missing_tick: {certain: info, conventional: info, debatable: info, purpose_string: info}", "severity:"}
	try := func(key string, severities ...string) {
		for _, s := range severities {
			line := "  " + key + ": " + s
			if _, err := policy.Parse([]byte(strings.Join(append(accepted[:len(accepted):len(accepted)], line), "\n"))); err == nil {
				accepted = append(accepted, line)
				return
			}
		}
	}
	for _, c := range checks.All() {
		try(c.ID, "off", "info", "advise", "review")
		for _, r := range c.Reasons {
			try(c.ID+"/"+r.ID, "info", "advise", "review")
		}
	}
	p, err := policy.Parse([]byte(strings.Join(accepted, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// No policy turns what could not be read, or what is not the package that was
// filed, into a pass.
func TestNoPolicyPassesTheUnreadable(t *testing.T) {
	t.Parallel()
	p := mildest(t)
	filed := &filing.Filing{Platform: filing.PlatformAndroid, Version: "3.2.1", MD5: defaultFacts(t).File.MD5, Permissions: []box.Box{}}
	judge := func(change func(*facts.Facts)) rules.Verdict {
		f := defaultFacts(t)
		change(f)
		return rules.Judge(rules.Input{Facts: f, Filing: filed, AsOf: defaultAsOf, Policy: p}).Verdict
	}
	if v := judge(func(*facts.Facts) {}); v != rules.Pass {
		t.Fatalf("an ordinary package under the mildest policy: %s", v)
	}
	status := func(name string, s facts.Status) func(*facts.Facts) {
		return func(f *facts.Facts) { f.Analyzer(name).Status = s }
	}
	tests := map[string]func(*facts.Facts){
		"no manifest":         status(facts.AnalyzerManifest, facts.StatusFailed),
		"part of a manifest":  status(facts.AnalyzerManifest, facts.StatusPartial),
		"no reader ran":       func(f *facts.Facts) { f.Analyzers = nil },
		"no signature read":   status(facts.AnalyzerSignature, facts.StatusFailed),
		"part of a signature": status(facts.AnalyzerSignature, facts.StatusPartial),
		"no archive":          status(facts.AnalyzerArchive, facts.StatusFailed),
		"two manifests":       func(f *facts.Facts) { f.Anomalies = []facts.Anomaly{{Code: "manifest-duplicate"}} },
		"ambiguous archive":   func(f *facts.Facts) { f.Anomalies = []facts.Anomaly{{Code: "zip-ambiguous-names"}} },
		"stopped":             func(f *facts.Facts) { f.Format = facts.FormatUndetermined },
		"a plain ZIP":         func(f *facts.Facts) { f.Format = facts.FormatZIP },
		"another file":        func(f *facts.Facts) { f.File.MD5 = strings.Repeat("0", 32) },
	}
	for name, change := range tests {
		if v := judge(change); v == rules.Pass {
			t.Errorf("%s: the mildest policy passes it", name)
		}
	}
}

// A rule can neither see what was not read nor pass over it.
func TestRuleOverUnreadParts(t *testing.T) {
	t.Parallel()
	expressions := map[string]string{
		"facts.app.debuggable": facts.AnalyzerManifest, "facts.permissions.size() > 99": facts.AnalyzerManifest,
		"categories.size() == 0": facts.AnalyzerManifest, "permissions.size() > 99": facts.AnalyzerManifest,
		"facts.app.name == ''": facts.AnalyzerResources, "facts.signature.status == 'invalid'": facts.AnalyzerSignature,
		"facts.filing_numbers.size() > 0": facts.AnalyzerText,
	}
	for expression, reader := range expressions {
		p, err := policy.Parse([]byte("rules: [{id: policy.x, severity: block, title: {zh: 甲, en: a}, message: {zh: 甲, en: a}, remedy: {zh: 甲, en: a}, fail_if: \"" + expression + "\"}]"))
		if err != nil {
			t.Fatal(err)
		}
		for status, want := range map[facts.Status]rules.Outcome{
			facts.StatusOK: rules.OutcomePass, facts.StatusPartial: rules.OutcomeUnknown, facts.StatusFailed: rules.OutcomeUnknown,
		} {
			f := defaultFacts(t)
			f.Analyzer(reader).Status = status
			j := rules.Judge(rules.Input{Facts: f, Filing: &filing.Filing{}, AsOf: defaultAsOf, Policy: p})
			if last := j.Checks[len(j.Checks)-1]; last.ID != "policy.x" || last.Outcome != want || last.Severity != rules.SeverityBlock {
				t.Errorf("%s with %s %s: %s %s %s", expression, reader, status, last.ID, last.Outcome, last.Severity)
			}
		}
	}
}

// A hostile package can't have a rule run for long: it is stopped and told.
func TestRuleOverTheCost(t *testing.T) {
	t.Parallel()
	p, err := policy.Parse([]byte("rules: [{id: policy.x, severity: info, title: {zh: 甲, en: a}, message: {zh: 甲, en: a}, remedy: {zh: 甲, en: a}, " +
		"fail_if: \"facts.components.exists(a, facts.components.exists(b, a.name != b.name))\"}]"))
	if err != nil {
		t.Fatal(err)
	}
	f := defaultFacts(t)
	f.Components = make([]facts.Component, 5000)
	j := rules.Judge(rules.Input{Facts: f, Filing: &filing.Filing{}, AsOf: defaultAsOf, Policy: p})
	last := j.Checks[len(j.Checks)-1]
	if last.Reason != "cost-limit" || last.Outcome != rules.OutcomeUnknown || last.Severity != rules.SeverityReview {
		t.Errorf("%s %s %s, want unknown at review", last.Reason, last.Outcome, last.Severity)
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		check rules.Check
		want  string
	}{
		{rules.Check{ID: "md5"}, "安装包MD5码"},
		{rules.Check{ID: "policy.x", Title: rules.Text{ZH: "甲", EN: "a"}}, "甲"},
		{rules.Check{ID: "policy.y"}, "policy.y"},
	} {
		if got := tt.check.Name().ZH; got != tt.want {
			t.Errorf("%s is called %q, want %q", tt.check.ID, got, tt.want)
		}
	}
}

// What the package says is shown in a rule's evidence, never acted on.
func TestRuleEvidenceIsShownSafely(t *testing.T) {
	t.Parallel()
	p, err := policy.Parse([]byte("rules: [{id: policy.x, severity: info, title: {zh: 甲, en: a}, message: {zh: '{filed}', en: '{filed}'}, remedy: {zh: 甲, en: a}, " +
		"fail_if: 'true', evidence: 'facts.permissions.map(p, p.name)'}]"))
	if err != nil {
		t.Fatal(err)
	}
	f := defaultFacts(t)
	f.Permissions = append(f.Permissions, facts.Permission{Name: "a\x1b[2J\nb", Source: facts.SourceUsesPermission})
	j := rules.Judge(rules.Input{Facts: f, Filing: &filing.Filing{}, AsOf: defaultAsOf, Policy: p})
	last := j.Checks[len(j.Checks)-1]
	if diff := cmp.Diff([]string{`a\u001b[2J\u000ab`}, last.Evidence); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	if last.Message.ZH != "{filed}" {
		t.Errorf("the message was filled in: %q", last.Message.ZH)
	}
}

package report_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"heyan/analyzer"
	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/checks"
)

// sarifSchema is the standard's own schema; formats are asserted too.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("testdata/sarif-2.1.0-rtm.5.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sarifLog is the part of a log that tests look at.
type sarifLog struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []struct {
					ID string `json:"id"`
				} `json:"rules"`
			} `json:"driver"`
		} `json:"tool"`
		Artifacts []struct {
			Location struct {
				URI   string `json:"uri"`
				Index int    `json:"index"`
			} `json:"location"`
		} `json:"artifacts"`
		Results []struct {
			RuleID    string `json:"ruleId"`
			RuleIndex int    `json:"ruleIndex"`
			Level     string `json:"level"`
			Message   struct {
				Text string `json:"text"`
			} `json:"message"`
			Fingerprints map[string]string `json:"partialFingerprints"`
			Locations    []struct {
				Physical struct {
					Artifact struct {
						URI   string `json:"uri"`
						Index int    `json:"index"`
					} `json:"artifactLocation"`
				} `json:"physicalLocation"`
			} `json:"locations"`
		} `json:"results"`
	} `json:"runs"`
}

func sarif(t *testing.T, s *jsonschema.Schema, reports []*report.Named) sarifLog {
	t.Helper()
	var out bytes.Buffer
	if err := report.SARIF(&out, reports); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(doc); err != nil {
		t.Error(err)
	}
	var log sarifLog
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	return log
}

// TestSARIFMatchesTheStandard writes every fixture into one log.
func TestSARIFMatchesTheStandard(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../../testdata/apk/*.apk")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d fixtures (%v)", len(names), err)
	}
	list := samples(t)
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, judgedAs(t, filepath.Base(name), analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}, "school-wrong"))
	}
	s := sarifSchema(t)
	sarif(t, s, nil)
	log := sarif(t, s, list)
	run := log.Runs[0]
	if len(run.Tool.Driver.Rules) != len(checks.All()) || len(run.Artifacts) != len(list) {
		t.Errorf("%d rules, %d artifacts", len(run.Tool.Driver.Rules), len(run.Artifacts))
	}
	worst := make([]string, len(list))
	for _, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("rule %d is not %q", r.RuleIndex, r.RuleID)
		}
		where := r.Locations[0].Physical.Artifact
		if run.Artifacts[where.Index].Location.URI != where.URI || run.Artifacts[where.Index].Location.Index != where.Index {
			t.Errorf("artifact %d is not %q", where.Index, where.URI)
		}
		if w := worst[where.Index]; w == "" || r.Level == "error" || r.Level == "warning" && w == "note" {
			worst[where.Index] = r.Level
		}
	}
	for i, n := range list {
		want := map[rules.Verdict]string{rules.Return: "error", rules.Review: "warning", rules.Pass: "note"}[n.Report.Verdict]
		if got := worst[i]; got != want && !(n.Report.Verdict == rules.Pass && got == "") {
			t.Errorf("%s: the verdict is %q, the worst result %q", n.Name, n.Report.Verdict, got)
		}
	}
}

// TestSARIFSchemaRefuses makes sure that the schema can say no.
func TestSARIFSchemaRefuses(t *testing.T) {
	t.Parallel()
	s := sarifSchema(t)
	for _, bad := range []string{
		`{"version":"2.1.0"}`,
		`{"version":"2.0.0","runs":[]}`,
		`{"version":"2.1.0","runs":[{"tool":{"driver":{}}}]}`,
		`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"message":{"text":"m"},"level":"fatal"}]}]}`,
	} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(doc) == nil {
			t.Errorf("accepts %s", bad)
		}
	}
}

// TestSARIFNames: every name of a package is a valid relative reference that reads
// back as that name.
func TestSARIFNames(t *testing.T) {
	t.Parallel()
	s, first := sarifSchema(t), sample(t, "school", "school-wrong")
	for name, want := range map[string]string{
		"school.apk":              "school.apk",
		"课件 第1讲.apk":              "课件 第1讲.apk",
		`dir\app.apk`:             "dir/app.apk",
		"//host/app.apk":          "host/app.apk",
		"/srv/app.apk":            "srv/app.apk",
		"javascript:alert(1).apk": "./javascript:alert(1).apk",
		"50%?#x.apk":              "50%?#x.apk",
		"":                        first.Report.Facts.File.SHA256,
		"-":                       "-",
		"a\x00\xff.apk":           "a\x00\xff.apk",
	} {
		log := sarif(t, s, []*report.Named{{Name: name, Report: first.Report}})
		u, err := url.Parse(log.Runs[0].Artifacts[0].Location.URI)
		if err != nil {
			t.Fatal(err)
		}
		if u.Scheme != "" || u.Host != "" || u.RawQuery != "" || u.Fragment != "" || u.Path != want {
			t.Errorf("%q became %q", name, u)
		}
	}
}

// TestSARIFFingerprints: the same finding in another version of the app has the
// same fingerprint, another finding another.
func TestSARIFFingerprints(t *testing.T) {
	t.Parallel()
	s := sarifSchema(t)
	n := sample(t, "school", "school-wrong")
	later, f := *n.Report, *n.Report.Facts
	later.Facts = &f
	f.App.Version, f.File.SHA256, f.File.MD5 = "9.9", strings.Repeat("0", 64), strings.Repeat("0", 32)
	log := sarif(t, s, []*report.Named{n, {Name: "later.apk", Report: &later}})
	prints := [2][]string{}
	seen := map[string]bool{}
	for _, r := range log.Runs[0].Results {
		i := r.Locations[0].Physical.Artifact.Index
		prints[i] = append(prints[i], r.Fingerprints["heyan/v1"])
		if i == 0 {
			if seen[r.Fingerprints["heyan/v1"]] {
				t.Errorf("two findings have the fingerprint of %s", r.RuleID)
			}
			seen[r.Fingerprints["heyan/v1"]] = true
		}
	}
	if diff := cmp.Diff(prints[0], prints[1]); diff != "" || len(prints[0]) == 0 {
		t.Errorf("fingerprints (-first +later):\n%s", diff)
	}
}

// TestSARIFMessagesAreInert: outside text is no placeholder and no link.
func TestSARIFMessagesAreInert(t *testing.T) {
	t.Parallel()
	n := sample(t, "school", "school")
	r := *n.Report
	r.Checks = []rules.Check{{ID: "md5", Outcome: rules.OutcomeFail, Severity: rules.SeverityBlock, Message: rules.Text{
		ZH: "[here](http://example.invalid) {0}", EN: "[here](http://example.invalid) {0}",
	}}}
	log := sarif(t, sarifSchema(t), []*report.Named{{Name: "x", Report: &r}})
	if got, want := log.Runs[0].Results[0].Message.Text, "[here] (http://example.invalid) {{0}}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

package policy

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/rules/checks"
)

var update = flag.Bool("update", false, "rewrite default.yaml by the checks")

func mustParse(t testing.TB, text string) *Policy {
	t.Helper()
	p, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("Parse: %v\n%s", err, text)
	}
	return p
}

// rule is a policy with one rule.
func rule(failIf string) string {
	return "rules:\n  - id: policy.rule\n    severity: block\n    title: {zh: 规则, en: a rule}\n    fail_if: |-\n      " + failIf +
		"\n    message: {zh: 不符, en: it differs}\n    remedy: {zh: 请改正, en: mend it}\n"
}

func TestDefaultSource(t *testing.T) {
	t.Parallel()
	before, rest, _ := strings.Cut(DefaultSource(), "\nseverity:\n")
	_, after, _ := strings.Cut(rest, "\n\nparameters:")
	want := before + "\nseverity:\n" + severitySection() + "\nparameters:" + after
	if *update {
		if err := os.WriteFile("default.yaml", []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return // compiled in with the next run
	}
	if diff := cmp.Diff(want, DefaultSource()); diff != "" {
		t.Errorf("default.yaml is not of the checks as they are; run go test -update (-want +file):\n%s", diff)
	}
	p := mustParse(t, DefaultSource())
	if diff := Diff(nil, p); len(diff) > 0 {
		t.Errorf("the file differs from Default: %v", diff)
	}
	if diff := cmp.Diff(Default().Parameters, p.Parameters); diff != "" {
		t.Errorf("parameters (-Default +file):\n%s", diff)
	}
	if p.Digest() != Default().Digest() || p.Digest() != (*Policy)(nil).Digest() {
		t.Error("the digests of the default policy differ")
	}
}

// severitySection is every check with its severity and those of its failures that
// have their own.
func severitySection() string {
	var b strings.Builder
	for _, c := range checks.All() {
		if _, isBox := boxOf(c.ID); isBox || c.ID == formatCheck {
			continue
		}
		fmt.Fprintf(&b, "  %s: %s # %s %s\n", c.ID, c.Severity, c.Title.ZH, c.Title.EN)
		for _, r := range c.Reasons {
			if r.Outcome == "fail" && r.Severity != c.Severity {
				fmt.Fprintf(&b, "  %s/%s: %s\n", c.ID, r.ID, r.Severity)
			}
		}
		if c.ID == "permissions" {
			b.WriteString("  # 13 个方框：漏勾的轻重见 parameters.missing_tick；可逐个写，如 location: block 或 读取位置信息: block\n" +
				"  # The 13 boxes: a missing tick goes by parameters.missing_tick; one may be set, as location: block\n")
			b.WriteString(boxSection())
		}
	}
	return b.String()
}

// boxSection are the failures of the boxes, but for those that go by confidence.
func boxSection() string {
	var b strings.Builder
	c, _ := checks.Get(boxPrefix + "camera")
	for _, r := range c.Reasons {
		if r.Outcome == "fail" && r.ID != missingTick && r.ID != "acceptable-only" {
			fmt.Fprintf(&b, "  %s/%s: %s\n", everyBox, r.ID, r.Severity)
		}
	}
	return b.String()
}

func TestParseProblems(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"empty", "", "the file is empty"},
		{"null", "~\n", "the file is empty"},
		{"a list", "- a\n", "line 1: a policy is written as lines of"},
		{"two documents", "schema: heyan.policy/1\n---\nschema: heyan.policy/1\n", "more than one document"},
		{"not YAML", "a: [\n", "not valid YAML"},
		{"not UTF-8", "name: \xff", "not UTF-8"},
		{"too big", strings.Repeat("#", MaxSize+1), "over 256 KiB"},
		{"alias", "severity: &a {name: block}\n", "anchors, aliases and tags"},
		{"tag", "severity: {name: !!str block}\n", "anchors, aliases and tags"},
		{"unknown key", "severities: {}\n", `line 1: there is no key "severities"; accepted: schema, name, severity, parameters, rules`},
		{"repeated key", "severity: {name: block, name: info}\n", "repeats line 1"},
		{"other schema", "schema: heyan.policy/2\n", `this version knows "heyan.policy/1"`},
		{"half a name", "name: {zh: 甲}\n", "needs both zh and en"},

		{"unknown check", "severity:\n  nahme: block\n", `line 2: there is no check or box "nahme"; accepted: structure`},
		{"unknown ending", "severity: {name/missmatch: block}\n", `"name" has no ending "missmatch"; accepted: role-differs`},
		{"blank ending", "severity: {name/: block}\n", `"name" has no ending ""`},
		{"passing ending", "severity: {name/equal: block}\n", "is a pass or a skip"},
		{"unknown severity", "severity: {name: blokc}\n", `"name" can't be "blokc"; accepted: off, block, review, advise, info`},
		{"one box twice", "severity: {location: block, 读取位置信息: info}\n", "is the same as line 1"},
		{"a list of severities", "severity: {name: [block]}\n", "takes one value"},

		{"format", "severity: {format: review}\n", "can't be changed"},
		{"format off", "severity: {format: off}\n", "can't be changed"},
		{"format's ending", "severity: {format/undetermined: info}\n", "can't be changed"},
		{"structure off", "severity: {structure: off}\n", "can't be off"},
		{"permissions off", "severity: {permissions: off}\n", "can't be off"},
		{"signature off", "severity: {signature: off}\n", "can't be off"},
		{"md5 off", "severity: {md5: off}\n", "can't be off"},
		{"boxes off", "severity: {permissions.*: off}\n", "name them one by one"},
		{"ending off", "severity: {name/mismatch: off}\n", "off is for a whole check"},
		{"md5 mild", "severity: {md5: advise}\n", "at least review"},
		{"md5 ending mild", "severity: {md5/mismatch: info}\n", "at least review"},
		{"ambiguous mild", "severity: {structure/ambiguous: advise}\n", "at least review"},
		{"unreadable mild", "severity: {version/manifest-unreadable: info}\n", "at least review"},

		{"unknown parameter", "parameters: {nope: 1}\n", `there is no key "nope"; accepted: missing_tick`},
		{"wrong word", "parameters: {read_app_data: both}\n", "accepted: either, apps-only, storage"},
		{"wrong flag", "parameters: {other_suffices: maybe}\n", "accepted: true, false"},
		{"off as a missing tick", "parameters: {missing_tick: {certain: off}}\n", "accepted: block, review, advise, info"},
		{"unknown box", "parameters: {accepted_boxes: {储存: [其它]}}\n", `there is no box "储存"; accepted: sms`},
		{"unknown box in a list", "parameters: {accepted_boxes: {其它: [x]}}\n", `there is no box "x"`},
		{"no list of boxes", "parameters: {accepted_boxes: {其它: 短信}}\n", "takes a list of boxes"},
		{"field that can't be required", "parameters: {required_fields: {short_name: block}}\n", "accepted: app_name (应用名称)"},
		{"field off", "parameters: {required_fields: {包名: off}}\n", "accepted: block, review, advise, info"},

		{"rules as a mapping", "rules: {id: policy.x}\n", "rules takes a list"},
		{"bare rule", "rules:\n  - {}\n", "line 2: this rule has no id, severity, title, fail_if, message, remedy"},
		{"rule with a check's id", strings.Replace(rule("false"), "policy.rule", "md5", 1), "begins with policy."},
		{"rule with odd letters", strings.Replace(rule("false"), "policy.rule", "policy.A", 1), "begins with policy."},
		{"two rules of one id", rule("false") + strings.TrimPrefix(rule("true"), "rules:\n"), "is that of the rule in line 2"},
		{"rule off", strings.Replace(rule("false"), "severity: block", "severity: off", 1), "accepted: block, review, advise, info"},
		{"rule for another platform", strings.Replace(rule("false"), "severity: block", "severity: block\n    platform: hap", 1), "accepted: android, ios"},
		{"rule without a remedy", strings.Replace(rule("false"), "remedy: {zh: 请改正, en: mend it}", "remedy:", 1), "this rule has no remedy"},
		{"many rules", "rules: [" + strings.Repeat("{},", maxRules+1) + "]\n", "more than 50 rules"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Parse([]byte(tt.text))
			var bad *ParseError
			if !errors.As(err, &bad) || p != nil {
				t.Fatalf("accepted: %v, %v", p, err)
			}
			if !strings.Contains(bad.Error(), tt.want) {
				t.Errorf("problems are\n%v\nwant %q", bad, tt.want)
			}
			for _, problem := range bad.Problems {
				if problem.Message.ZH == "" || problem.Message.ZH == problem.Message.EN {
					t.Errorf("not in both languages: %+v", problem.Message)
				}
			}
		})
	}
}

func TestParseTellsAllProblems(t *testing.T) {
	t.Parallel()
	_, err := Parse([]byte("severity:\n  nope: block\n  name: never\nparameters:\n  what: 1\n" + rule("facts.nope")))
	var bad *ParseError
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range bad.Problems {
		lines = append(lines, p.Line)
	}
	if diff := cmp.Diff([]int{2, 3, 5, 10}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s\n%v", diff, bad)
	}
	if !strings.HasPrefix(bad.In("zh"), "第 2 行：") {
		t.Errorf("in Chinese: %s", bad.In("zh"))
	}
}

func TestParseCountsProblems(t *testing.T) {
	t.Parallel()
	_, err := Parse([]byte("severity:\n" + strings.Repeat("  nope%: block\n", 500)))
	var bad *ParseError
	if !errors.As(err, &bad) || len(bad.Problems) > maxProblems+1 {
		t.Fatalf("%d problems", len(bad.Problems))
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	same := [][2]string{
		{"severity: {location: block, name: review}", "name: {zh: 甲, en: A}\nseverity:\n  name: review # so\n  读取位置信息: block\n"},
		{"parameters: {other_suffices: true}", "severity: {}\n"},
		{"severity: {md5: block, name: advise}", "schema: heyan.policy/1\n"},
	}
	for _, s := range same {
		if mustParse(t, s[0]).Digest() != mustParse(t, s[1]).Digest() {
			t.Errorf("digests differ:\n%s\n%s", s[0], s[1])
		}
	}
	seen := map[string]string{}
	for _, text := range []string{
		"severity: {}", "severity: {name: review}", "severity: {name: off}", "severity: {location: block}", "severity: {location: off}",
		"parameters: {name_match: exact}", "parameters: {accepted_boxes: {sms: []}}", "parameters: {required_fields: {包名: block}}",
		rule("false"), rule("true"), strings.Replace(rule("true"), "mend it", "mend that", 1),
	} {
		d := mustParse(t, text).Digest()
		if other, twice := seen[d]; twice {
			t.Errorf("one digest for\n%s\n%s", other, text)
		}
		seen[d] = text
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	a := mustParse(t, "severity: {name/mismatch: review, camera: off}\n"+rule("false"))
	b := mustParse(t, "severity: {location: block}\nparameters: {name_match: exact, required_fields: {包名: block}}\n"+rule("true"))
	got := Diff(a, b)
	want := []Difference{
		{"severity.name/mismatch", "review", "advise"},
		{"severity.permissions.camera", "off", "on"},
		{"severity.permissions.location/under-declared", "missing_tick", "block"},
		{"parameters.name_match", "similar", "exact"},
		{"parameters.required_fields.package_id", "-", "block"},
		{"rules.policy.rule.fail_if", "false", "true"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Diff(nil, mustParse(t, rule("true"))); len(got) != 1 || got[0] != (Difference{"rules.policy.rule", "-", "block: true"}) {
		t.Errorf("a new rule: %v", got)
	}
	if got := Diff(a, a); len(got) != 0 {
		t.Errorf("a policy differs from itself: %v", got)
	}
}

func TestChecksUnderAPolicy(t *testing.T) {
	t.Parallel()
	p := mustParse(t, "severity: {name: block, features: off, location: advise, security.backup/allowed-by-default: review}\n"+rule("false"))
	got := map[string]string{}
	for _, c := range p.Checks() {
		got[c.ID] = c.Severity
		for _, r := range c.Reasons {
			got[c.ID+"/"+r.ID] = r.Severity
		}
	}
	want := map[string]string{
		"name": "block", "name/mismatch": "block", "name/not-a-package": "info", "features": "off", "permissions.location": "advise",
		"permissions.location/under-declared": "advise", "permissions.location/over-declared": "advise", "permissions.location/impossible": "review",
		"security.backup": "advise", "security.backup/allowed-by-default": "review", "policy.rule": "block", "md5": "block",
	}
	for key, severity := range want {
		if got[key] != severity {
			t.Errorf("%s is %q, want %q", key, got[key], severity)
		}
	}
	if diff := cmp.Diff(checks.All(), (*Policy)(nil).Checks()); diff != "" {
		t.Errorf("the default policy changes checks:\n%s", diff)
	}
}

// The examples of the documentation are read, and none says nothing.
func TestExamples(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../../docs/examples/policy-*.yaml")
	if err != nil || len(paths) < 3 {
		t.Fatalf("%d examples, %v", len(paths), err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Parse(data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if len(Diff(nil, p)) == 0 || p.Name.ZH == "" {
			t.Errorf("%s is the default policy, or has no name", path)
		}
	}
}

// The documentation names every parameter with its default, every limit and every
// variable.
func TestDocumented(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for key, value := range flat("", defaultParameters()) {
		if row := "| `" + strings.TrimPrefix(key, ".") + "` | `" + value + "` |"; !strings.Contains(text, row) {
			t.Errorf("no row begins %s", row)
		}
	}
	for _, row := range []string{"| `accepted_boxes` | `{}` |", "| `required_fields` | `{}` |"} {
		if !strings.Contains(text, row) {
			t.Errorf("no row begins %s", row)
		}
	}
	for _, f := range requirable {
		if !strings.Contains(text, "`"+f.id+"` "+f.zh) {
			t.Errorf("the field %s is not named", f.id)
		}
	}
	for _, v := range []string{varFacts, varFiling, varCategories, varPermissions, varAsOf} {
		if !strings.Contains(text, "| `"+v+"` |") {
			t.Errorf("the variable %s is not named", v)
		}
	}
	for _, id := range kept {
		if !strings.Contains(text, "`"+id+"`") {
			t.Errorf("%s is never off, which is not said", id)
		}
	}
}

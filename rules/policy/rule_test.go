package policy

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"cel.dev/cel-go/cel"
	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/filing"
)

// row and reading stand for the report's structs.
type row struct {
	ID       box.Box  `json:"id"`
	Filed    bool     `json:"filed"`
	Declared []string `json:"declared"`
}

type reading struct {
	Name      string  `json:"name"`
	Category  box.Box `json:"category"`
	Effective bool    `json:"effective"`
}

func sample() *View {
	yes := true
	f := &facts.Facts{
		Format: facts.FormatAPK,
		File:   facts.File{Size: 7},
		App: facts.App{ID: "cn.example", AllowBackup: &yes, MinOS: "24", TargetOS: "Tiramisu",
			Names: map[string]string{"zh": "甲", "en": "A", "default": "D"}},
		Permissions: []facts.Permission{{Name: "p1", Source: facts.SourceUsesPermission}, {Name: "p2", Purpose: map[string]string{"default": "so"}}},
		Components:  slices.Repeat([]facts.Component{{Kind: "activity", Exported: &yes}}, 1000),
		Signature:   facts.Signature{Status: facts.SignatureValid, Signers: []facts.Certificate{{NotAfter: "2030-01-01T00:00:00Z", Key: facts.Key{Bits: 2048}}}},
	}
	filed := &filing.Filing{Platform: filing.PlatformAndroid, Features: []filing.Feature{filing.FeatureLive}, Permissions: []box.Box{box.Camera}}
	return NewView(f, filed, []row{{box.Camera, true, []string{"p1"}}}, []reading{{"p1", box.Camera, true}}, "2026-03-02")
}

func TestEval(t *testing.T) {
	t.Parallel()
	tests := []struct {
		expression string
		want       bool
		err        string
	}{
		{expression: `facts.app.id == "cn.example"`, want: true},
		{expression: `facts.app.allow_backup == "true" && facts.app.has_code == ""`, want: true},
		{expression: `facts.app.min_api == 24 && facts.app.target_api == 30`, want: true},
		{expression: `facts.app.names.map(n, n.locale) == ["default", "en", "zh"]`, want: true},
		{expression: `facts.app.names.exists(n, n.text == "甲")`, want: true},
		{expression: `facts.permissions[1].purpose[0].text == "so"`, want: true},
		{expression: `facts.permissions.exists(p, p.name.matches("^p[12]$"))`, want: true},
		{expression: `facts.components.all(c, c.exported == "true")`, want: true},
		{expression: `has(facts.network)`},
		{expression: `facts.network.cleartext_domains.size() == 0 && facts.signature.profile.devices == 0`, want: true},
		{expression: `facts.signature.signers.all(s, s.not_after > as_of && s.key.bits >= 2048)`, want: true},
		{expression: `filing.platform == "android" && "live" in filing.features && "camera" in filing.permissions`, want: true},
		{expression: `categories.exists(c, c.id == "camera" && c.filed && c.declared.size() == 1)`, want: true},
		{expression: `permissions.filter(p, p.effective && p.category == "camera").size() == 1`, want: true},
		{expression: `facts.permissions[7].name == ""`, err: "index out of bounds: 7"},
		{expression: `1 / (facts.app.min_api - 24) == 1`, err: "division by zero"},
		{expression: `facts.components.exists(c, facts.components.exists(d, d.kind != "activity"))`, err: ErrCost.Error()},
	}
	for _, tt := range tests {
		r := mustParse(t, rule(tt.expression)).Rules()[0]
		first, err := r.Eval(sample())
		for range 2 {
			again, err2 := r.Eval(sample())
			if !cmp.Equal(first, again) || fmt.Sprint(err) != fmt.Sprint(err2) {
				t.Errorf("%s: %v, %v, then %v, %v", tt.expression, first, err, again, err2)
			}
		}
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || first.Failed {
				t.Errorf("%s: %v, %v, want error %q", tt.expression, first, err, tt.err)
			}
			continue
		}
		if err != nil || first.Failed != tt.want {
			t.Errorf("%s: %v, %v, want %v", tt.expression, first.Failed, err, tt.want)
		}
	}
}

func TestCostLimitIsTold(t *testing.T) {
	t.Parallel()
	r := mustParse(t, rule(`facts.components.map(c, facts.components.map(d, d.name)).size() > 0`)).Rules()[0]
	if _, err := r.Eval(sample()); !errors.Is(err, ErrCost) {
		t.Errorf("error %v, want ErrCost", err)
	}
}

func TestCompileProblems(t *testing.T) {
	t.Parallel()
	tests := []struct{ expression, want string }{
		{`facts.app.debugable`, "undefined field 'debugable'"},
		{`facts.appp.id == ""`, "undefined field 'appp'"},
		{`has(facts.networks)`, "undefined field 'networks'"},
		{`filing.app_nam == ""`, "undefined field 'app_nam'"},
		{`categories.exists(c, c.idd == "sms")`, "undefined field 'idd'"},
		{`permissions.exists(p, p.effectiv)`, "undefined field 'effectiv'"},
		{`fact.app.id == ""`, "undeclared reference to 'fact'"},
		{`facts.app.id == 1`, "no matching overload"},
		{`facts.app.id`, "of type string, want bool"},
		{`dyn(facts).anything == 1`, "undeclared reference to 'dyn'"},
		{`type(facts) == type(filing)`, "undeclared reference to 'type'"},
		{`timestamp(as_of + "T00:00:00Z").getHours("Asia/Shanghai") == 0`, "undeclared reference to 'timestamp'"},
		{`now() == as_of`, "undeclared reference to 'now'"},
		{`facts.app.id.matches("(")`, "missing closing )"},
		{`[1, "a"].size() == 2`, "expected type 'int'"},
		{`facts.app.`, "Syntax error"},
		{strings.Repeat("(", 300) + "true" + strings.Repeat(")", 300), "recursion"},
		{strings.Repeat("true && ", 2000) + "true", "too long"},
	}
	for _, tt := range tests {
		_, err := Parse([]byte(rule(tt.expression)))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "line 6") && !strings.Contains(err.Error(), "line 5") {
			t.Errorf("%.60s: %v, want %q and the line", tt.expression, err, tt.want)
		}
	}
}

// TestCompileSideBySide has the race detector watch policies that are read at the
// same time, as a service's are.
func TestCompileSideBySide(t *testing.T) {
	t.Parallel()
	for range 20 {
		c, err := newCompiler()
		if err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		for expression, fails := range map[string]bool{`facts.components.exists(c, c.name == "")`: false, `nowhere == ""`: true} {
			both.Go(func() {
				if _, err := c.compile(expression); (err != nil) != fails {
					t.Errorf("%s: %v", expression, err)
				}
			})
		}
		both.Wait()
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	m, r, n, s, x := PartManifest, PartResources, PartNetwork, PartSignature, PartText
	tests := []struct {
		expression string
		want       []Part
	}{
		{`filing.app_name == "" || as_of > "2026"`, nil},
		{`facts.format == "apk" && facts.anomalies.size() + facts.analyzers.size() == 0`, nil},
		{`facts.app.id == ""`, []Part{m}},
		{`facts.app.name == ""`, []Part{m, r}},
		{`facts.app.names.exists(n, n.text == "")`, []Part{m, r}},
		{`[facts.app].size() == 1`, []Part{m, r}},
		{`facts.network.trusts_user`, []Part{m, n}},
		{`facts.signature.signers.exists(c, c.key.bits < 1024)`, []Part{s}},
		{`facts.filing_numbers.size() == 0`, []Part{x}},
		{`categories.size() == 0`, []Part{m}},
		{`permissions.exists(p, facts.signature.status == p.name)`, []Part{m, s}},
		{`has(facts.signature)`, []Part{s}},
		{`[facts].exists(f, f.app.debuggable)`, []Part{m, n, r, s, x}},
		{`facts == facts`, []Part{m, n, r, s, x}},
	}
	for _, tt := range tests {
		c, problem := compile(tt.expression, cel.BoolType)
		if c == nil {
			t.Fatalf("%s: %s", tt.expression, problem)
		}
		if diff := cmp.Diff(tt.want, c.parts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.expression, diff)
		}
	}
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	with := func(evidence string) *Rule {
		return mustParse(t, strings.Replace(rule("true"), "    message:", "    evidence: "+evidence+"\n    message:", 1)).Rules()[0]
	}
	out, err := with(`facts.permissions.map(p, p.name)`).Eval(sample())
	if diff := cmp.Diff(Outcome{Failed: true, Evidence: []string{"p1", "p2"}}, out); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if out, err := with(`facts.components.map(c, c.kind)`).Eval(sample()); err != nil || len(out.Evidence) != maxLines {
		t.Errorf("%d lines, %v", len(out.Evidence), err)
	}
	if _, err := with(`"[facts.permissions[9].name]"`).Eval(sample()); err == nil {
		t.Error("evidence that can't be had is no error")
	}
	if got := with(`"[facts.signature.status]"`).Parts(); !slices.Equal(got, []Part{PartSignature}) {
		t.Errorf("parts %v", got)
	}
}

// Every field of a view is one of the document, by the same name and of a kind
// that mirror takes, but for the two that are derived.
func TestViewsMirrorTheDocuments(t *testing.T) {
	t.Parallel()
	compareFields(t, "facts", reflect.TypeFor[factsView](), reflect.TypeFor[facts.Facts]())
	compareFields(t, "filing", reflect.TypeFor[filingView](), reflect.TypeFor[filing.Filing]())
}

func compareFields(t *testing.T, path string, view, document reflect.Type) {
	t.Helper()
	for i := range view.NumField() {
		f := view.Field(i)
		name := path + "." + jsonName(f)
		if name == "facts.app.min_api" || name == "facts.app.target_api" {
			continue
		}
		j := fieldNamed(document, jsonName(f))
		if j < 0 {
			t.Errorf("%s is not in the document", name)
			continue
		}
		from, to := document.Field(j).Type, f.Type
		for from.Kind() == reflect.Pointer || from.Kind() == reflect.Slice && to.Kind() == reflect.Slice {
			if from.Kind() == reflect.Slice {
				to = to.Elem()
			}
			from = from.Elem()
		}
		if from.Kind() == reflect.Struct {
			compareFields(t, name, to, from)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add(DefaultSource())
	f.Add(rule(`facts.permissions.exists(p, p.name == "x")`))
	f.Add("severity: {location: block, name/mismatch: review, camera: off}\nparameters: {accepted_boxes: {sms: [其它]}}\n")
	f.Add("severity: &a [*a]\n")
	f.Add(rule(`facts.app.names.map(n, n.text.matches(n.locale)).size() > 0`))
	view := sample()
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse([]byte(text))
		again, err2 := Parse([]byte(text))
		if fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Fatalf("two readings: %v, %v", err, err2)
		}
		if err != nil {
			return
		}
		if p.Digest() != again.Digest() || len(Diff(p, again)) > 0 {
			t.Fatal("two readings differ")
		}
		for _, check := range kept {
			if p.Off(check) {
				t.Fatalf("%s is off", check)
			}
		}
		for i, r := range p.Rules() {
			out, err := r.Eval(view)
			out2, err2 := again.Rules()[i].Eval(view)
			if !cmp.Equal(out, out2) || fmt.Sprint(err) != fmt.Sprint(err2) {
				t.Fatalf("%s: %v, %v, then %v, %v", r.ID, out, err, out2, err2)
			}
		}
	})
}

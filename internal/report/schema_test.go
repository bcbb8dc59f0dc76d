package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"heyan/analyzer"
	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/rules/filing"
)

// schema compiles one of the published schemas.
func schema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("../../docs/schemas", name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func accepts(t *testing.T, s *jsonschema.Schema, v any) {
	t.Helper()
	var out bytes.Buffer
	if err := report.Encode(&out, v); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(doc); err != nil {
		t.Error(err)
	}
}

// packages are every fixture, and bytes that are no package.
func packages(t *testing.T) map[string]analyzer.Input {
	t.Helper()
	names, err := filepath.Glob("../../testdata/[ai]p[ka]/*.[ai]p[ka]")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d fixtures (%v)", len(names), err)
	}
	inputs := map[string]analyzer.Input{
		"empty":   {Package: strings.NewReader(""), Size: 0},
		"page":    {Package: strings.NewReader("<html></html>"), Size: 13},
		"cut zip": {Package: strings.NewReader("PK\x03\x04 and no more"), Size: 16},
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		inputs[filepath.Base(name)] = analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}
	}
	return inputs
}

// TestOutputsMatchTheSchemas checks facts, description and report of every
// fixture against the published contracts.
func TestOutputsMatchTheSchemas(t *testing.T) {
	t.Parallel()
	factsSchema, description, judged := schema(t, "facts-1.json"), schema(t, "description-1.json"), schema(t, "report-1.json")
	for name, in := range packages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := inspect.Facts(t.Context(), in, inspect.Options{SHA1: true})
			if err != nil {
				t.Fatal(err)
			}
			accepts(t, factsSchema, f)
			accepts(t, description, inspect.Describe(f))
			for _, filed := range []string{"platform: android\n", "permissions: [camera]\nmd5: x\nversion: 1.0\nplatform: ios\n"} {
				form, err := filing.Parse([]byte(filed))
				if err != nil {
					t.Fatal(err)
				}
				accepts(t, judged, inspect.Judge(inspect.JudgeInput{Facts: f, Filing: form, AsOf: "2026-09-01"}))
			}
		})
	}
}

// TestSchemaRefuses makes sure that the schemas can say no.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	s := schema(t, "facts-1.json")
	for _, spoil := range []func(map[string]any){
		func(m map[string]any) { m["schema"] = "heyan.facts/2" },
		func(m map[string]any) { m["format"] = "exe" },
		func(m map[string]any) { m["unheard_of"] = 1 },
		func(m map[string]any) { delete(m, "permissions") },
		func(m map[string]any) { m["permissions"] = nil },
	} {
		f, err := inspect.Facts(t.Context(), analyzer.Input{Package: strings.NewReader(""), Size: 0}, inspect.Options{})
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(data, &m); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(m); err != nil {
			t.Fatalf("refused as it is: %v", err)
		}
		spoil(m)
		if s.Validate(m) == nil {
			t.Errorf("accepted %v", m)
		}
	}
}

// TestFilingSchema: what the parser accepts the schema accepts, and the other way.
func TestFilingSchema(t *testing.T) {
	t.Parallel()
	s := schema(t, "filing-1.json")
	for _, name := range []string{"school", "school-wrong"} {
		data, err := os.ReadFile("../../testdata/filing/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		f, err := filing.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		accepts(t, s, f)
	}
	for _, refused := range []string{`{"platform":"windows"}`, `{"permissions":["sing"]}`, `{"extra":1}`} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(refused))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(doc) == nil {
			t.Errorf("the schema accepts %s", refused)
		}
		if _, err := filing.Parse([]byte(refused)); err == nil {
			t.Errorf("the parser accepts %s", refused)
		}
	}
}

package policy

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/common/types/ref"

	"heyan/analyzer/facts"
	"heyan/rules/filing"
)

// View is what the rules see of one judgement.
type View struct {
	variables map[string]any
}

// NewView makes the view. Categories and readings are slices of the report's
// structs (rules.Category, rules.Reading), taken by their JSON names; nothing of
// what is given is changed.
func NewView(f *facts.Facts, filed *filing.Filing, categories, readings any, asOf string) *View {
	var m mirror
	var fv factsView
	m.fill(&fv, f)
	fv.App.MinAPI, fv.App.TargetAPI = level(f, f.App.MinOS), level(f, f.App.TargetOS)
	var form filingView
	m.fill(&form, filed)
	var rows []categoryView
	m.fill(&rows, categories)
	var read []readingView
	m.fill(&read, readings)
	return &View{variables: map[string]any{
		varFacts: &fv, varFiling: &form, varCategories: rows, varPermissions: read, varAsOf: asOf,
	}}
}

func level(f *facts.Facts, s string) int {
	if n, ok := facts.APILevel(s); ok && f.Format == facts.FormatAPK {
		return n
	}
	return 0
}

func toStrings(value any) ([]string, error) {
	v, ok := value.(ref.Val)
	if !ok {
		return nil, fmt.Errorf("evidence gave %T", value)
	}
	native, err := v.ConvertToNative(reflect.TypeFor[[]string]())
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	list, _ := native.([]string)
	return list, nil
}

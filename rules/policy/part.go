package policy

import (
	"slices"

	"cel.dev/cel-go/common/ast"
)

// Part is a part of a package that some reader must have read in full before a
// rule that looks at it can be told.
type Part string

// The parts.
const (
	PartManifest  Part = "manifest"  // AndroidManifest.xml, or the plists of an IPA
	PartResources Part = "resources" // names and icon
	PartNetwork   Part = "network"   // the network security configuration
	PartSignature Part = "signature"
	PartText      Part = "text" // filing numbers
)

// allParts are those of a rule that takes the facts as a whole.
var allParts = []Part{PartManifest, PartResources, PartNetwork, PartSignature, PartText}

// partsOf finds what an expression looks at. What it can't follow counts as
// looking at everything.
func partsOf(a *ast.AST) []Part {
	var parts []Part
	walk(ast.NavigateAST(a), &parts)
	slices.Sort(parts)
	return slices.Compact(parts)
}

func walk(e ast.NavigableExpr, parts *[]Part) {
	if e.Kind() == ast.IdentKind {
		*parts = append(*parts, partsOfVariable(e)...)
	}
	for _, child := range e.Children() {
		walk(child, parts)
	}
}

func partsOfVariable(e ast.NavigableExpr) []Part {
	switch e.AsIdent() {
	case varCategories, varPermissions:
		return []Part{PartManifest}
	case varFacts:
	default:
		return nil
	}
	field, above := selected(e)
	switch field {
	case "":
		return allParts
	case "analyzers", "file", "format", "format_detail", "anomalies", "unexamined":
		return nil
	case "app":
		switch of, _ := selected(above); of {
		case "":
			return []Part{PartManifest, PartResources}
		case "name", "names", "launcher_name":
			return []Part{PartManifest, PartResources}
		}
	case "network":
		return []Part{PartManifest, PartNetwork}
	case "signature":
		return []Part{PartSignature}
	case "filing_numbers":
		return []Part{PartText}
	}
	return []Part{PartManifest}
}

// selected is the field that is taken of e, and the expression that takes it.
func selected(e ast.NavigableExpr) (string, ast.NavigableExpr) {
	above, ok := e.Parent()
	if !ok || above.Kind() != ast.SelectKind {
		return "", nil
	}
	return above.AsSelect().FieldName(), above
}

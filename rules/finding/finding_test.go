package finding

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sources are the packages that find what there are words for.
var sources = []string{"../../analyzer/ipa", "../../analyzer/ipa/codesign", "../../analyzer/ipa/seal"}

// finders are the functions that enter a finding, by the place of its code among
// the arguments.
var finders = map[string]int{"fatal": 0, "fatalf": 0, "note": 0, "refuse": 0, "list": 1}

// slotCodes are the codes of a slot: its name with each of these behind.
var slotCodes = []string{"-unbound", "-missing", "-altered"}

// emitted are all codes in the analyzers' sources.
func emitted(t *testing.T) []string {
	t.Helper()
	var codes []string
	for _, dir := range sources {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no sources (%v)", dir, err)
		}
		constants := map[string]string{}
		var files []*ast.File
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
			constantsOf(file, constants)
		}
		for _, file := range files {
			codes = append(codes, codesOf(file, constants)...)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func constantsOf(file *ast.File, into map[string]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for i, name := range spec.Names {
				if i < len(spec.Values) {
					into[name.Name] = literal(spec.Values[i], nil)
				}
			}
		}
		return true
	})
}

// codesOf are the codes of one file: those of facts.Finding values, of calls that
// enter one, and of slots.
func codesOf(file *ast.File, constants map[string]string) []string {
	var codes []string
	add := func(e ast.Expr) {
		if code := literal(e, constants); codeForm.MatchString(code) {
			codes = append(codes, code)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			for _, f := range findingsIn(n) {
				for _, e := range f.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == "Code" {
						add(kv.Value)
					}
				}
			}
		case *ast.AssignStmt:
			if name, ok := n.Lhs[0].(*ast.SelectorExpr); ok && name.Sel.Name == "Code" {
				add(n.Rhs[0])
			}
		case *ast.CallExpr:
			name := called(n.Fun)
			if at, ok := finders[name]; ok && at < len(n.Args) {
				add(n.Args[at])
			}
			if name == "find" && len(n.Args) > 1 { // the seal's, by its parts
				add(n.Args[0])
			}
			if name == "slot" && len(n.Args) > 3 {
				for _, suffix := range slotCodes {
					codes = append(codes, literal(n.Args[3], constants)+suffix)
				}
			}
		}
		return true
	})
	return codes
}

// findingsIn are the findings that a literal is or lists.
func findingsIn(n *ast.CompositeLit) []*ast.CompositeLit {
	switch name := n.Type.(type) {
	case *ast.SelectorExpr:
		if name.Sel.Name == "Finding" {
			return []*ast.CompositeLit{n}
		}
	case *ast.ArrayType:
		var list []*ast.CompositeLit
		if elem, ok := name.Elt.(*ast.SelectorExpr); ok && elem.Sel.Name == "Finding" {
			for _, e := range n.Elts {
				if lit, ok := e.(*ast.CompositeLit); ok {
					list = append(list, lit)
				}
			}
		}
		return list
	}
	return nil
}

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func called(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

func literal(e ast.Expr, constants map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return s
	case *ast.Ident:
		return constants[e.Name]
	case *ast.SelectorExpr:
		return constants[e.Sel.Name]
	}
	return ""
}

// Every code that an analyzer of IPAs can emit has words, and no word is for a code
// that none emits.
func TestEveryCodeHasWords(t *testing.T) {
	t.Parallel()
	codes := emitted(t)
	if len(codes) < 50 {
		t.Errorf("%d codes found in the sources: %q", len(codes), codes)
	}
	for _, code := range codes {
		if !Known(code) {
			t.Errorf("no words for %q", code)
		}
	}
	for _, e := range table {
		if !slices.Contains(codes, e.Code) {
			t.Errorf("words for %q, which no analyzer emits", e.Code)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, e := range All() {
		if seen[e.Code] || !codeForm.MatchString(strings.TrimPrefix(e.Code, "*-")) {
			t.Errorf("%q stands twice or is no code", e.Code)
		}
		seen[e.Code] = true
		for _, text := range []Text{e.Means, e.Remedy} {
			if text.ZH == "" || text.EN == "" || strings.HasSuffix(text.ZH, "。") || strings.HasSuffix(text.EN, ".") {
				t.Errorf("%s: %+v is not a sentence in both languages without its full stop", e.Code, text)
			}
		}
		if Weight(e.Code) != i || Of(e.Code) != e {
			t.Errorf("%s is not found at %d", e.Code, i)
		}
		if !slices.Contains([]string{"", Review, Advise, Info}, e.Level) {
			t.Errorf("%s: level %q", e.Code, e.Level)
		}
	}
	unknown := Of("of-a-later-version")
	if Weight("of-a-later-version") != len(All()) || unknown.Level != Review || !strings.Contains(unknown.Means.EN, "of-a-later-version") {
		t.Errorf("an unknown code is %+v", unknown)
	}
}

// The guide has a row for every code.
func TestGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/signatures.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range All() {
		for _, want := range []string{"| `" + e.Code + "` |", e.Means.ZH, e.Means.EN, e.Remedy.ZH, e.Remedy.EN} {
			if !strings.Contains(string(guide), want) {
				t.Errorf("docs/signatures.md does not have %q of %s", want, e.Code)
			}
		}
	}
}

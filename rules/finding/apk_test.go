package finding

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// verifier is the source of the package that verifies APKs, with what its functions
// that enter a problem do to the code they are given.
type verifier struct {
	files *token.FileSet
	funcs []*ast.FuncDecl
	// codeAt is the place of the parameter "code" of such a function, and prefix
	// what it puts in front, by "TYPE.NAME".
	codeAt map[string]int
	prefix map[string]string
}

const apkSource = "../../analyzer/apk/sig"

func readVerifier(t *testing.T) *verifier {
	t.Helper()
	v := &verifier{files: token.NewFileSet(), codeAt: map[string]int{}, prefix: map[string]string{}}
	names, err := filepath.Glob(filepath.Join(apkSource, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: no sources (%v)", apkSource, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(v.files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				v.funcs = append(v.funcs, f)
				v.wrapper(f)
			}
		}
	}
	return v
}

// wrapper remembers a function with a parameter "code".
func (v *verifier) wrapper(f *ast.FuncDecl) {
	at, i := -1, 0
	for _, p := range f.Type.Params.List {
		for _, name := range p.Names {
			if name.Name == "code" {
				at = i
			}
			i++
		}
	}
	if at < 0 {
		return
	}
	key := receiver(f) + "." + f.Name.Name
	v.codeAt[key] = at
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if sum, ok := n.(*ast.BinaryExpr); ok && isIdent(sum.Y, "code") {
			v.prefix[key] = prefixOf(sum.X)
		}
		return true
	})
}

// prefixOf is the text of a literal, or the family for a call of family().
func prefixOf(e ast.Expr) string {
	if call, ok := e.(*ast.CallExpr); ok && called(call.Fun) == "family" {
		return family
	}
	return literal(e, nil)
}

func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return ""
	}
	return typeName(f.Recv.List[0].Type)
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.UnaryExpr:
		return typeName(e.X)
	case *ast.CompositeLit:
		return typeName(e.Type)
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// codes are all that the source enters as a problem.
func (v *verifier) codes(t *testing.T) []string {
	t.Helper()
	var codes []string
	for _, f := range v.funcs {
		types := typesIn(f)
		ast.Inspect(f.Body, func(n ast.Node) bool {
			var e ast.Expr
			prefix := ""
			switch n := n.(type) {
			case *ast.CompositeLit:
				e = codeField(n)
			case *ast.CallExpr:
				e, prefix = v.argument(n, types)
			}
			if e == nil || isIdent(e, "code") || namedCode(e) {
				return true // handed on: told where it comes from
			}
			if sum, ok := e.(*ast.BinaryExpr); ok && !isIdent(sum.Y, "code") {
				prefix, e = prefix+prefixOf(sum.X), sum.Y
			} else if ok {
				return true
			}
			code := prefix + literal(e, nil)
			if !codeForm.MatchString(strings.TrimPrefix(code, "*-")) || code == prefix {
				t.Errorf("%s: no code can be read here", v.files.Position(n.Pos()))
				return true
			}
			codes = append(codes, code)
			return true
		})
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// namedCode reports a field "code" of something else, that is one told before.
func namedCode(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "code"
}

// codeField is the code of a literal of a problem, or of an error that becomes one.
func codeField(n *ast.CompositeLit) ast.Expr {
	if name := typeName(n); n.Type != nil && name != "SignatureProblem" && name != "unanswered" && name != "finding" {
		return nil
	}
	for _, e := range n.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && (isIdent(kv.Key, "Code") || isIdent(kv.Key, "code")) {
			return kv.Value
		}
	}
	return nil
}

// argument is the code in a call that enters a problem, and what is put in front.
func (v *verifier) argument(n *ast.CallExpr, types map[string]string) (ast.Expr, string) {
	name, of := called(n.Fun), ""
	if s, ok := n.Fun.(*ast.SelectorExpr); ok {
		// Of a field, or of what has findings in it, it is their own method.
		of = "findings"
		if id, ok := s.X.(*ast.Ident); ok && v.has(types[id.Name]+"."+name) {
			of = types[id.Name]
		}
	}
	at, ok := v.codeAt[of+"."+name]
	if !ok || at >= len(n.Args) {
		return nil, ""
	}
	return n.Args[at], v.prefix[of+"."+name]
}

func (v *verifier) has(key string) bool {
	_, ok := v.codeAt[key]
	return ok
}

// typesIn are the types of a function's receiver, parameters and of variables that
// are set to a literal.
func typesIn(f *ast.FuncDecl) map[string]string {
	types := map[string]string{}
	lists := []*ast.FieldList{f.Type.Params}
	if f.Recv != nil {
		lists = append(lists, f.Recv)
	}
	for _, list := range lists {
		for _, p := range list.List {
			for _, name := range p.Names {
				types[name.Name] = typeName(p.Type)
			}
		}
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.DEFINE && len(a.Lhs) == len(a.Rhs) {
			for i, left := range a.Lhs {
				if id, ok := left.(*ast.Ident); ok && typeName(a.Rhs[i]) != "" {
					types[id.Name] = typeName(a.Rhs[i])
				}
			}
		}
		return true
	})
	return types
}

// Every code that the verifier of APKs can emit has words, and no word is for a
// code that it never emits.
func TestEveryCodeOfAPKsHasWords(t *testing.T) {
	t.Parallel()
	codes := readVerifier(t).codes(t)
	if len(codes) < 100 {
		t.Errorf("%d codes found in the source: %q", len(codes), codes)
	}
	for _, code := range codes {
		if !Known(code) {
			t.Errorf("no words for %q", code)
		}
	}
	for _, e := range apkTable {
		if !slices.Contains(codes, e.Code) && !slices.Contains(codes, familyOf(e.Code)) {
			t.Errorf("words for %q, which is never emitted", e.Code)
		}
	}
}

// A family's words are found under each scheme, and none is found under another. A
// scheme's own come first.
func TestFamily(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"v2-sig-did-not-verify": "*-sig-did-not-verify", "v3-sig-did-not-verify": "*-sig-did-not-verify",
		"v4-sig-did-not-verify": "v4-sig-did-not-verify", "v4-sig-no-certificates": "*-sig-no-certificates",
		"v2-sig-missing": "v2-sig-missing",
	} {
		if got := Of(code).Code; got != want {
			t.Errorf("%s has the words of %q, want %q", code, got, want)
		}
	}
	if Known("v5-sig-did-not-verify") || Known("v2-sig-") {
		t.Error("words for what is no code")
	}
}

// Every name that a pair of the signing block is given has words.
func TestEveryBlockHasWords(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), apkSource+"/internal/block/known.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 2 {
			if name := literal(r.Results[0], nil); name != "" {
				names = append(names, name)
			}
		}
		return true
	})
	if len(names) < 10 {
		t.Errorf("%d names found in the source: %q", len(names), names)
	}
	for _, name := range names {
		if text, ok := Block(name); !ok || text.ZH == "" || text.EN == "" {
			t.Errorf("no words for a block %q", name)
		}
	}
	for _, b := range blocks {
		if !slices.Contains(names, b.name) {
			t.Errorf("words for a block %q, which there is none of", b.name)
		}
	}
	if _, ok := Block("of-a-later-version"); ok {
		t.Error("words for an unknown block")
	}
}

// No package finds anything that is not looked at here.
func TestSourcesAreAll(t *testing.T) {
	t.Parallel()
	known := append(slices.Clone(sources), apkSource)
	err := filepath.WalkDir("../../analyzer", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || slices.Contains(known, filepath.ToSlash(filepath.Dir(path))) {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "facts.Finding{") || strings.Contains(string(text), "facts.SignatureProblem{") {
			t.Errorf("%s enters findings, and no test looks for words for them", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

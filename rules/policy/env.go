package policy

import (
	"reflect"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
)

// Limits of one expression. Cost is CEL's own unit, roughly one step of the
// evaluation: a look at each of 10,000 components costs some 50,000, and the
// limit is reached in less than 0.1 s.
const (
	maxExpression = 4096 // bytes of source
	maxNodes      = 1000
	maxDepth      = 50
	maxRegexp     = 1000 // instructions of a compiled pattern
	CostLimit     = 500_000
)

// The variables of an expression.
const (
	varFacts       = "facts"
	varFiling      = "filing"
	varCategories  = "categories"
	varPermissions = "permissions"
	varAsOf        = "as_of"
)

// excluded are what CEL has and a rule must not: times, since zones are looked up
// on the machine, and what takes the type from a value, since a misspelt field
// must fail when the policy is read.
var excluded = [...]string{"timestamp", "duration", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear",
	"getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds", "dyn", "type"}

// A compiler is what every expression is compiled in, one after the other: to tell
// what a misspelt name might have meant, cel-go v0.33 fills a catalogue in unguarded
// (checker.Env.Catalog beside cloneWithDecls).
type compiler struct {
	mu  sync.Mutex
	env *cel.Env
}

func (c *compiler) compile(text string) (*cel.Ast, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	checked, issues := c.env.Compile(text)
	return checked, issues.Err()
}

// environment is made when a policy with rules is first read.
var environment = sync.OnceValues(newCompiler)

func newCompiler() (*compiler, error) {
	subset := env.NewLibrarySubset()
	for _, name := range excluded {
		subset.AddExcludedFunctions(env.NewFunction(name))
	}
	made, err := cel.NewCustomEnv(
		cel.StdLib(cel.StdLibSubset(subset)),
		views,
		cel.Variable(varFacts, cel.ObjectType("policy.factsView")),
		cel.Variable(varFiling, cel.ObjectType("policy.filingView")),
		cel.Variable(varCategories, cel.ListType(cel.ObjectType("policy.categoryView"))),
		cel.Variable(varPermissions, cel.ListType(cel.ObjectType("policy.readingView"))),
		cel.Variable(varAsOf, cel.StringType),
		cel.HomogeneousAggregateLiterals(),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(maxDepth),
		cel.ExpressionNodeLimit(maxNodes),
		cel.RegexProgramSizeLimit(maxRegexp),
	)
	return &compiler{env: made}, err
}

// views makes the views' types known by their JSON names.
func views(e *cel.Env) (*cel.Env, error) {
	provider, adapter, err := types.ComposeTypes(e.CELTypeProvider(), e.CELTypeAdapter(),
		reflect.TypeFor[factsView](), reflect.TypeFor[filingView](),
		reflect.TypeFor[categoryView](), reflect.TypeFor[readingView](), types.ParseStructTag("json"))
	if err != nil {
		return nil, err
	}
	if e, err = cel.CustomTypeAdapter(adapter)(e); err != nil {
		return nil, err
	}
	return cel.CustomTypeProvider(provider)(e)
}

// compiled is one expression, and the parts of the package it looks at.
type compiled struct {
	program cel.Program
	parts   []Part
}

// compile checks an expression against the type it must have. The problem names
// what is wrong, for a person, and is empty where nothing is.
func compile(text string, want *cel.Type) (*compiled, string) {
	c, err := environment()
	if err != nil {
		return nil, err.Error()
	}
	if len(text) > maxExpression {
		return nil, "the expression is too long"
	}
	checked, err := c.compile(text)
	if err != nil {
		return nil, oneLine(err)
	}
	if got := checked.OutputType(); !got.IsExactType(want) {
		return nil, "the expression is of type " + got.String() + ", want " + want.String()
	}
	program, err := c.env.Program(checked, cel.CostLimit(CostLimit), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, oneLine(err)
	}
	return &compiled{program: program, parts: partsOf(checked.NativeRep())}, ""
}

// oneLine is what CEL says, without its drawing of the place.
func oneLine(err error) string {
	var list []string
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "|") {
			continue
		}
		list = append(list, strings.TrimPrefix(strings.TrimPrefix(line, "ERROR: "), "<input>:"))
	}
	return clipTo(strings.Join(list, "; "), 400)
}

func clipTo(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

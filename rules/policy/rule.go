package policy

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/interpreter"
)

// Rule is a check of the policy's own.
type Rule struct {
	source
	failIf   *compiled
	evidence *compiled // nil where the rule names none
}

// source is a rule as the file has it.
type source struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"`
	Platform string   `json:"platform,omitempty"` // "android", "ios", or both
	FailIf   string   `json:"fail_if"`
	Evidence string   `json:"evidence,omitempty"`
	Title    Text     `json:"title"`
	Message  Text     `json:"message"`
	Remedy   Text     `json:"remedy"`
}

// Parts are what the rule looks at.
func (r *Rule) Parts() []Part {
	parts := r.failIf.parts
	if r.evidence != nil {
		parts = append(parts[:len(parts):len(parts)], r.evidence.parts...)
	}
	return parts
}

// Outcome is how a rule ended.
type Outcome struct {
	Failed   bool
	Evidence []string
}

// ErrCost: an evaluation went over CostLimit.
var ErrCost = errors.New("cost limit exceeded")

// Eval makes the rule of one package. An error (ErrCost, or what the expression
// ran into) means that nothing is known.
func (r *Rule) Eval(v *View) (Outcome, error) {
	out, err := r.failIf.eval(v)
	if err != nil {
		return Outcome{}, err
	}
	failed, ok := out.(bool)
	if !ok {
		return Outcome{}, fmt.Errorf("fail_if gave %T", out)
	}
	if !failed || r.evidence == nil {
		return Outcome{Failed: failed}, nil
	}
	lines, err := r.evidence.lines(v)
	return Outcome{Failed: failed, Evidence: lines}, err
}

// maxLines of evidence that one rule gives.
const maxLines = 200

// lines evaluates an expression that is a list of texts.
func (c *compiled) lines(v *View) ([]string, error) {
	out, err := c.eval(v)
	if err != nil {
		return nil, err
	}
	native, err := toStrings(out)
	if err != nil {
		return nil, err
	}
	return native[:min(len(native), maxLines)], nil
}

// eval is the expression's value. A panic of the evaluator is an error like any
// other: a rule must never take a judgement down.
func (c *compiled) eval(v *View) (value any, err error) {
	defer func() {
		if r := recover(); r != nil {
			value, err = nil, fmt.Errorf("evaluation panicked: %v", r)
		}
	}()
	out, _, err := c.program.Eval(v.variables)
	var over interpreter.EvalCancelledError
	switch {
	case errors.As(err, &over) && over.Cause == interpreter.CostLimitExceeded:
		return nil, ErrCost
	case err != nil:
		return nil, errors.New(clipTo(strings.ReplaceAll(err.Error(), "\n", " "), 400))
	}
	if out.Type() == cel.BoolType {
		return out.Value(), nil
	}
	return out, nil
}

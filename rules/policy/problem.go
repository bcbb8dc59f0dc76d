package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that keeps a policy from being read.
type Problem struct {
	Line    int    `json:"line,omitempty"` // 1-based, 0 where it is the whole
	Key     string `json:"key,omitempty"`  // as written in the policy
	Message Text   `json:"message"`
}

// ParseError is everything wrong with a policy, by line.
type ParseError struct {
	Problems []Problem
}

func (e *ParseError) Error() string { return e.In("en") }

// In lists the problems in the language "zh" or "en", one a line.
func (e *ParseError) In(lang string) string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.in(lang)
	}
	return strings.Join(lines, "\n")
}

func (p Problem) in(lang string) string {
	switch {
	case p.Line <= 0:
		return p.Message.In(lang)
	case lang == "en":
		return fmt.Sprintf("line %d: %s", p.Line, p.Message.EN)
	}
	return fmt.Sprintf("第 %d 行：%s", p.Line, p.Message.ZH)
}

// maxProblems are reported; a file that has more is not a policy.
const maxProblems = 50

// problems gathers what is wrong.
type problems struct {
	list []Problem
}

func (p *problems) add(line int, key string, m Text) {
	if !p.full() {
		p.list = append(p.list, Problem{Line: line, Key: clip(key), Message: m})
	}
}

func (p *problems) full() bool { return len(p.list) >= maxProblems }

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	if p.full() {
		p.list = append(p.list, Problem{Message: say("问题太多，其余未列出", "too many problems; the rest are not listed")})
	}
	return &ParseError{Problems: p.list}
}

// say is a sentence whose two languages take the same values in the same order.
func say(zh, en string, values ...any) Text {
	return Text{ZH: fmt.Sprintf(zh, values...), EN: fmt.Sprintf(en, values...)}
}

// accepting adds what is accepted.
func (t Text) accepting(words []string) Text {
	return Text{ZH: t.ZH + "。可填：" + strings.Join(words, "、"), EN: t.EN + "; accepted: " + strings.Join(words, ", ")}
}

// clip keeps a quoted piece of the policy short.
func clip(s string) string {
	const limit = 60
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

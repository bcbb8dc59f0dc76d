package filing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Text is a sentence in both languages.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the text in the language "zh" or "en".
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.ZH
}

// Problem is one thing that keeps a filing from being read.
type Problem struct {
	Line    int    `json:"line,omitempty"` // 1-based, 0 where it is the whole
	Key     string `json:"key,omitempty"`  // as written in the filing
	Message Text   `json:"message"`
}

// ParseError is everything wrong with a filing, by line.
type ParseError struct {
	Problems []Problem
}

func (e *ParseError) Error() string { return e.In("en") }

// In lists the problems in the language "zh" or "en", one a line.
func (e *ParseError) In(lang string) string {
	var lines []string
	for _, p := range e.Problems {
		lines = append(lines, p.in(lang))
	}
	return strings.Join(lines, "\n")
}

func (p Problem) in(lang string) string {
	where := ""
	switch {
	case p.Line > 0 && lang == "en":
		where = fmt.Sprintf("line %d: ", p.Line)
	case p.Line > 0:
		where = fmt.Sprintf("第 %d 行：", p.Line)
	}
	return where + p.Message.In(lang)
}

// maxProblems are reported; a file that has more is not a filing.
const maxProblems = 50

// problems gathers what is wrong.
type problems struct {
	list []Problem
}

func (p *problems) add(line int, key string, m Text) {
	if p.full() {
		return
	}
	p.list = append(p.list, Problem{Line: line, Key: clip(key), Message: m})
}

// full says that reading on would tell nobody anything.
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

// clip keeps a quoted piece of the filing short.
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

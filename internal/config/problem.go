package config

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong or worth a warning, in both languages.
type Problem struct {
	// Where is a file and line, a variable or a flag; "" where the value is a default.
	Where string
	Key   string
	ZH    string
	EN    string
}

// In is the problem in a language, one line.
func (p Problem) In(lang string) string {
	text, mark := p.ZH, "："
	if lang == "en" {
		text, mark = p.EN, ": "
	}
	if p.Key != "" {
		text = p.Key + mark + text
	}
	if p.Where != "" {
		text = p.Where + mark + text
	}
	return text
}

// Error is everything that is wrong with a configuration.
type Error struct{ Problems []Problem }

func (e *Error) Error() string { return "configuration: " + strings.Join(e.lines("en"), "; ") }

// In is one line a problem, in a language.
func (e *Error) In(lang string) string { return strings.Join(e.lines(lang), "\n") }

func (e *Error) lines(lang string) []string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.In(lang)
	}
	return lines
}

// problems collects.
type problems struct{ list []Problem }

// add notes a problem; the arguments fill both sentences.
func (p *problems) add(where, key, zh, en string, args ...any) {
	p.list = append(p.list, Problem{Where: where, Key: key, ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)})
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return &Error{Problems: p.list}
}

package sig

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"heyan/analyzer/apk/sig/internal/apkzip"
	"heyan/analyzer/apk/sig/internal/block"
	"heyan/analyzer/apk/sig/internal/digest"
	"heyan/analyzer/facts"
)

// Bounds of each list of findings and of a finding's text, in which there may be
// names out of the package.
const (
	maxProblems = 100
	maxDetail   = 1000
)

// findings is what a verifier has to say: errors decide, warnings do not.
type findings struct {
	errors, warnings []facts.SignatureProblem
}

func (f *findings) fail(scheme, code, text string, args ...any) {
	f.errors = add(f.errors, scheme, code, text, args)
}

func (f *findings) warn(scheme, code, text string, args ...any) {
	f.warnings = add(f.warnings, scheme, code, text, args)
}

// clone is a copy that can be added to without changing f.
func (f *findings) clone() findings {
	return findings{errors: slices.Clone(f.errors), warnings: slices.Clone(f.warnings)}
}

func (f *findings) failed() bool { return len(f.errors) > 0 }

func add(list []facts.SignatureProblem, scheme, code, text string, args []any) []facts.SignatureProblem {
	switch {
	case len(list) < maxProblems:
		return append(list, facts.SignatureProblem{Code: code, Scheme: scheme, Detail: cut(fmt.Sprintf(text, args...))})
	case len(list) == maxProblems:
		return append(list, moreProblems(scheme))
	}
	return list
}

func moreProblems(scheme string) facts.SignatureProblem {
	return facts.SignatureProblem{Code: "more-problems", Scheme: scheme, Detail: "there are more findings"}
}

// cut shortens a text to what a report can hold.
func cut(text string) string {
	if len(text) <= maxDetail {
		return text
	}
	end := maxDetail
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// unanswered is a file about which apksig gives no answer but an exception.
type unanswered struct{ code, detail string }

func (e *unanswered) Error() string { return strings.ReplaceAll(e.code, "-", " ") + ": " + e.detail }

// exception is a case in which apksig stops with an unchecked exception.
func exception(text string, args ...any) error {
	return &unanswered{code: "unexpected-exception", detail: cut(fmt.Sprintf(text, args...))}
}

func tooLarge(text string, args ...any) error {
	return &unanswered{code: "entry-too-large", detail: cut(fmt.Sprintf(text, args...))}
}

// classify turns the readers' errors that mean "no answer" into an unanswered;
// it leaves errors of ctx and I/O alone.
func classify(err error) error {
	switch {
	case errors.Is(err, apkzip.ErrFormat):
		return &unanswered{code: "malformed-apk", detail: cut(err.Error())}
	case errors.Is(err, apkzip.ErrBudget):
		return &unanswered{code: "entry-too-large", detail: cut(err.Error())}
	case errors.Is(err, block.ErrNegative), errors.Is(err, digest.ErrUnaligned):
		return exception("%v", err)
	}
	return err
}

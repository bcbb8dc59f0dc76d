// Package finding has the words for what verifying an IPA's code signature can
// find: what each of facts.Finding's codes means, for people, in both languages.
// It is a leaf and decides nothing.
//
// It promises words for every code that the analyzers have (a test reads their
// sources), the heaviest first, and an answer for a code it does not know.
package finding

import (
	"crypto/sha256"
	"fmt"
	"slices"
)

// Text is a sentence in both languages, without its full stop.
type Text struct {
	ZH string
	EN string
}

// Levels of what is no reason for a device to refuse the app.
const (
	Review = "review" // for a person to look at
	Advise = "advise"
	Info   = "info" // said, of no weight
)

// Entry is one code's words.
type Entry struct {
	Code string
	// Level is for findings that are not fatal, "" where the code always is.
	Level string
	// Means is what was found, Remedy what to do about it.
	Means, Remedy Text
}

// All returns every entry, the heaviest first.
func All() []Entry { return slices.Clone(table[:]) }

// Weight is the place of the code in All: the lower, the heavier. Unknown codes
// come last.
func Weight(code string) int {
	if i := index(code); i >= 0 {
		return i
	}
	return len(table)
}

// Of returns the code's words. A code without any is named as it is.
func Of(code string) Entry {
	if i := index(code); i >= 0 {
		return table[i]
	}
	return Entry{Code: code, Level: Review, Means: Text{ZH: "代码签名有问题（" + code + "）", EN: "there is a problem with the code signature (" + code + ")"}, Remedy: exportAnew}
}

// Known reports whether the code has words of its own.
func Known(code string) bool { return index(code) >= 0 }

func index(code string) int {
	return slices.IndexFunc(table[:], func(e Entry) bool { return e.Code == code })
}

// Digest is the SHA-256 of everything said here, as "sha256:…".
func Digest() string { return fmt.Sprintf("sha256:%x", sha256.Sum256(fmt.Appendf(nil, "%q", table))) }

// Package finding has the words for what verifying a package's signature can find:
// what each code of facts.Finding (IPA) and of facts.SignatureProblem (APK) means,
// for people, in both languages. It is a leaf and decides nothing.
//
// It promises words for every code that the analyzers have (a test reads their
// sources), the heaviest first, and an answer for a code it does not know.
package finding

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// Text is a sentence in both languages, without its full stop.
type Text struct {
	ZH string
	EN string
}

// Levels of what is no reason for a device to refuse the app: of an IPA's findings
// that are not fatal, of an APK's warnings, of its stamp and v4 file.
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

// All returns every entry: those of IPAs, then those of APKs, each the heaviest
// first.
func All() []Entry { return slices.Concat(table[:], apkTable[:]) }

// Weight is the place of the code in All: the lower, the heavier. Unknown codes
// come last.
func Weight(code string) int {
	if i := index(code); i >= 0 {
		return i
	}
	return len(table) + len(apkTable)
}

// Of returns the code's words. A code without any is named as it is.
func Of(code string) Entry {
	i := index(code)
	switch {
	case i >= len(table):
		return apkTable[i-len(table)]
	case i >= 0:
		return table[i]
	}
	return Entry{Code: code, Level: Review, Means: Text{ZH: "签名有问题（" + code + "）", EN: "there is a problem with the signature (" + code + ")"}, Remedy: signUnknown}
}

// signUnknown is what to do about what a later version found.
var signUnknown = Text{
	ZH: "请重新构建并签名；仍然如此时由人工核验",
	EN: "Build and sign it anew; if it stays so a person must look at it",
}

// Known reports whether the code has words of its own.
func Known(code string) bool { return index(code) >= 0 }

func index(code string) int {
	if i := slices.IndexFunc(table[:], func(e Entry) bool { return e.Code == code }); i >= 0 {
		return i
	}
	for _, code := range [...]string{code, familyOf(code)} {
		if i := slices.IndexFunc(apkTable[:], func(e Entry) bool { return e.Code == code }); i >= 0 {
			return len(table) + i
		}
	}
	return -1
}

// familyOf is a code that v2, v3 or v4 shares with the others: v2-sig-no-signers is
// *-sig-no-signers. It is empty for others.
func familyOf(code string) string {
	for _, scheme := range [...]string{"v2-sig-", "v3-sig-", "v4-sig-"} {
		if rest, ok := strings.CutPrefix(code, scheme); ok {
			return family + rest
		}
	}
	return ""
}

// Digest is the SHA-256 of everything said here, as "sha256:…".
func Digest() string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256(fmt.Appendf(nil, "%q%q%q", table, apkTable, blocks)))
}

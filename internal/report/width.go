package report

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// columns is how wide a text report may be.
const columns = 80

// runeWidth is how many terminal cells r takes: 2 for wide East Asian
// characters, 0 for combining ones.
func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case isWide(r):
		return 2
	}
	return 1
}

func isWide(r rune) bool {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return true
	}
	return false
}

// cells is the width of s on a terminal.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// pad fills s with blanks to n cells.
func pad(s string, n int) string {
	if w := cells(s); w < n {
		return s + strings.Repeat(" ", n-w)
	}
	return s
}

// clean makes outside text safe to print: control characters (escape sequences,
// line breaks) and those that nobody sees (zero width, bidirectional overrides)
// become visible marks.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029', r == unicode.ReplacementChar:
			return '·'
		}
		return r
	}, s)
}

// wrap breaks s into lines of at most n cells: between words, before any wide
// character that may start a line, and inside a word only where it is longer
// than a whole line.
func wrap(s string, n int) []string {
	var lines []string
	var line strings.Builder
	used := 0
	flush := func() {
		lines = append(lines, strings.TrimRight(line.String(), " "))
		line.Reset()
		used = 0
	}
	for _, word := range words(s) {
		w := cells(word)
		if used > 0 && used+cells(strings.TrimRight(word, " ")) > n {
			flush()
		}
		if used == 0 {
			word = strings.TrimLeft(word, " ")
			w = cells(word)
		}
		for w > n && cells(strings.TrimRight(word, " ")) > n {
			head := cut(word, n)
			line.WriteString(head)
			flush()
			word = word[len(head):]
			w = cells(word)
		}
		line.WriteString(word)
		used += w
	}
	if used > 0 || len(lines) == 0 {
		flush()
	}
	return lines
}

// words splits s where a line may break. Each piece keeps its trailing blanks.
func words(s string) []string {
	var pieces []string
	start := 0
	runes := []rune(s)
	for i := 1; i < len(runes); i++ {
		if breaksBetween(runes[i-1], runes[i]) {
			pieces = append(pieces, string(runes[start:i]))
			start = i
		}
	}
	if start < len(runes) {
		pieces = append(pieces, string(runes[start:]))
	}
	return pieces
}

// breaksBetween follows the plain part of line breaking: after a blank, and
// around wide characters, but never before closing or after opening punctuation.
func breaksBetween(a, b rune) bool {
	switch {
	case strings.ContainsRune("，。、；：！？）」』》”’…)%", b), strings.ContainsRune("（「『《“‘(", a), b == ' ':
		return false
	case a == ' ':
		return true
	}
	return isWide(a) || isWide(b)
}

// cut returns the longest beginning of s of at most n cells (at least one rune).
func cut(s string, n int) string {
	used := 0
	for i, r := range s {
		used += runeWidth(r)
		if used > n && i > 0 {
			return s[:i]
		}
	}
	return s
}

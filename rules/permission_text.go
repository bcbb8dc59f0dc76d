package rules

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"heyan/rules/box"
)

const (
	maxText      = 16 << 10 // bytes of the free text that are read
	maxTextParts = 50       // terms and leftovers that are kept
)

// freeText is what was understood of the form's free text.
type freeText struct {
	given bool
	// boxes are those the text claims, in the order of the form.
	boxes []box.Box
	// matched are "WORD → BOX" lines, "WORD → ×" for what the text denies; words the
	// form has no box for are there too. rest are the pieces that were not understood.
	matched []string
	rest    []string
}

// readText reads the free text clause by clause. What a refusing word reaches
// claims nothing, and what it may or may not reach is left over for a person; what
// tells a purpose ("用于…") is passed over to the end of its clause; the names of
// Android permissions and Info.plist keys are understood too.
func readText(s string) freeText {
	t := freeText{given: strings.TrimSpace(s) != ""}
	s = t.cut(strings.ToLower(norm.NFKC.String(t.cut(s)))) // NFKC can make it longer
	doubt := false                                         // an earlier clause of the sentence refused something
	for len(s) > 0 {
		c, n := nextClause(s)
		s = s[n:]
		doubt = t.add(c, doubt) && !c.end
	}
	slices.SortFunc(t.boxes, func(a, b box.Box) int { return a.Index() - b.Index() })
	return t
}

// cut bounds the text that is read.
func (t *freeText) cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	t.note(&t.rest, "…")
	return strings.ToValidUTF8(s[:maxText], "")
}

// add takes one clause in, and returns whether what follows may be refused too:
// "不获取短信，通讯录" can be read both ways.
func (t *freeText) add(c clause, doubt bool) bool {
	doubt = doubt && !c.claims
	for _, w := range c.terms {
		zh, _ := w.box.Label()
		switch {
		case w.denied:
			t.note(&t.matched, w.text+" → ×")
		case w.unclear || doubt:
			t.note(&t.rest, w.text)
		default:
			t.note(&t.matched, w.text+" → "+zh)
			if w.box != box.None && !slices.Contains(t.boxes, w.box) {
				t.boxes = append(t.boxes, w.box)
			}
		}
	}
	for _, r := range c.rest {
		t.note(&t.rest, r)
	}
	if c.refused && len(c.terms) == 0 && len(c.rest) == 0 {
		t.note(&t.matched, "无 → ×") // "无", "none": the text says that nothing is asked for
	}
	return doubt || c.refused
}

func (t *freeText) note(list *[]string, s string) {
	if len(*list) < maxTextParts && !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

// check is the check of the free text.
func (t freeText) check() Check {
	a := args{"matched": strings.Join(t.matched, "; "), "rest": strings.Join(t.rest, ", ")}
	reason := "matched"
	switch {
	case !t.given:
		reason = "not-filed"
	case len(t.rest) > 0 || len(t.matched) == 0:
		reason = "unmatched-text"
	}
	return newCheck("permissions.text", reason, a).with(t.matched...)
}

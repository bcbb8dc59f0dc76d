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
	// matched are "WORD → BOX" lines; a word the text denies or the form has no box
	// for is there too. rest are the pieces that were not understood.
	matched []string
	rest    []string
}

// readText reads the free text clause by clause. What a refusing word reaches
// claims nothing, and what it may or may not reach is left over for a person; what
// tells a purpose ("用于…") is passed over to the end of its clause; the names of
// Android permissions and Info.plist keys are understood too.
func readText(s string) freeText {
	t := freeText{given: strings.TrimSpace(s) != ""}
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
		t.rest = append(t.rest, "…")
	}
	s = strings.ToLower(norm.NFKC.String(s))
	doubt := false // an earlier clause of the sentence refused something
	for len(s) > 0 {
		c, n := nextClause(s)
		s = s[n:]
		doubt = t.add(c, doubt) && !c.end
	}
	slices.SortFunc(t.boxes, func(a, b box.Box) int { return a.Index() - b.Index() })
	return t
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
	return doubt || c.refused
}

func (t *freeText) note(list *[]string, s string) {
	if len(*list) < maxTextParts && !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

// check is the check of the free text.
func (t freeText) check() Check {
	a := args{"matched": strings.Join(t.matched, "；"), "rest": strings.Join(t.rest, "、")}
	reason := "matched"
	switch {
	case !t.given:
		reason = "not-filed"
	case len(t.rest) > 0 || len(t.matched) == 0:
		reason = "unmatched-text"
	}
	return newCheck("permissions.text", reason, a).with(t.matched...)
}

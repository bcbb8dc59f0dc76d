package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"heyan/rules/box"
	"heyan/rules/catalogue"
)

// clause is a run of free text between marks, taken apart.
type clause struct {
	terms   []term
	rest    []string // what was not understood
	claims  bool     // begins by a word like 获取, so it stands for itself
	refused bool     // something in it is refused
	end     bool     // a sentence ends here

	item    int     // place in terms where the item of an enumeration begins
	refusal refusal // what a refusing word before the terms reaches
	before  rune    // the last mark or letter before the next word
}

// term is a word that stands for a box, or for none.
type term struct {
	text            string
	box             box.Box
	denied, unclear bool
}

// refusal is what a refusing word before the terms does to those that follow.
type refusal uint8

const (
	noRefusal    refusal = iota
	itemRefusal          // within the item that has the word
	listRefusal          // and the further items of its enumeration
	maybeRefusal         // an item with its own verb follows: either reading is possible
)

// nextClause takes the first clause of s apart and says how long it is.
func nextClause(s string) (clause, int) {
	var c clause
	left, purpose := -1, false // where a piece that is not understood begins
	flush := func(i int) {
		if left >= 0 {
			c.rest, left = append(c.rest, s[left:i]), -1
		}
	}
	i := 0
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if stop, end := isStop(r, s[i+size:]); stop {
			flush(i)
			c.end = end
			return c, i + size
		}
		if purpose || isGap(r) {
			flush(i)
			c.mark(r)
			purpose = purpose && !isItemMark(r)
			i += size
			continue
		}
		if name, e, ok := identifier(s, i); ok {
			flush(i)
			c.term(name, e.Box)
			i += len(name)
			continue
		}
		w, ok := wordAt(s, i)
		if !ok {
			if left < 0 {
				left = i
			}
			i += size
			continue
		}
		flush(i)
		if w.Role == catalogue.RoleTurn && i > 0 {
			return c, i
		}
		purpose = c.take(w)
		i += len(w.Text)
	}
	flush(i)
	c.end = true
	return c, i
}

// take adds a word to the clause and returns whether it begins a purpose.
func (c *clause) take(w catalogue.Word) bool {
	switch w.Role {
	case catalogue.RoleBox:
		c.term(w.Text, w.Box)
	case catalogue.RoleNegation:
		c.refuse()
	case catalogue.RoleAffirmation:
		c.affirm()
	case catalogue.RolePurpose:
		return true
	}
	c.before = 0
	return false
}

func (c *clause) term(text string, b box.Box) {
	c.terms = append(c.terms, term{text: text, box: b,
		denied: c.refusal == itemRefusal || c.refusal == listRefusal, unclear: c.refusal == maybeRefusal})
	c.before = 0
}

// refuse: before the terms of its item the word reaches forward ("不获取短信、
// 通讯录"); after them it reaches back, over the whole enumeration ("短信、通讯录均
// 不获取"), or its own item where a mark ties it to that ("短信：否、相机：是").
func (c *clause) refuse() {
	if len(c.terms) == c.item {
		c.refusal, c.refused = itemRefusal, true
		return
	}
	from := 0
	if c.before == '(' || c.before == ':' || c.before == '-' || c.before == '[' {
		from = c.item
	} else {
		c.refused = true
	}
	for i := from; i < len(c.terms); i++ {
		c.terms[i].denied = true
	}
}

func (c *clause) affirm() {
	switch {
	case len(c.terms) > c.item || c.refusal == itemRefusal:
	case c.refusal == listRefusal:
		c.refusal = maybeRefusal
	case len(c.terms) == 0 && !c.refused:
		c.claims = true
	}
}

// mark takes a sign between words in.
func (c *clause) mark(r rune) {
	if !unicode.IsSpace(r) {
		c.before = r
	}
	if isItemMark(r) {
		c.item = len(c.terms)
		if c.refusal == itemRefusal {
			c.refusal = listRefusal
		}
	}
}

// isItemMark reports whether r stands between the items of an enumeration.
func isItemMark(r rune) bool { return r == '、' || r == '/' || r == '|' || r == '・' || r == '·' }

// isStop reports whether r ends a clause, and with it a sentence. A comma or a
// full stop inside a number or a name is none.
func isStop(r rune, after string) (stop, end bool) {
	switch r {
	case '。', ';', '!', '?', '\n', '\r':
		return true, true
	case ',':
		return true, false
	case '.':
		next, _ := utf8.DecodeRuneInString(after)
		dot := after == "" || unicode.IsSpace(next)
		return dot, dot
	}
	return false, false
}

// isGap reports whether r only stands between words.
func isGap(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.IsDigit(r) || unicode.IsControl(r)
}

// wordAt is the longest word of the catalogue at s[i:]. A Latin word must not
// begin or end inside another.
func wordAt(s string, i int) (catalogue.Word, bool) {
	rest := s[i:]
	for _, w := range catalogue.Words() {
		if strings.HasPrefix(rest, w.Text) && !inside(s, i, i+len(w.Text)) {
			return w, true
		}
	}
	return catalogue.Word{}, false
}

// inside reports whether s[from:to] cuts a Latin word.
func inside(s string, from, to int) bool {
	return from > 0 && isLatin(s[from-1]) && isLatin(s[from]) || to < len(s) && isLatin(s[to-1]) && isLatin(s[to])
}

func isLatin(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' }

// identifier finds the name of a permission or a key at s[i:], which is in lower
// case by now.
func identifier(s string, i int) (string, catalogue.Entry, bool) {
	n := i
	for n < len(s) && (isLatin(s[n]) || s[n] == '.') {
		n++
	}
	name := strings.TrimRight(s[i:n], ".")
	if i > 0 && isLatin(s[i-1]) || len(name) < 8 || len(name) > 128 || !strings.ContainsAny(name, "._") && !strings.HasSuffix(name, "description") {
		return "", catalogue.Entry{}, false
	}
	e, ok := catalogue.LookupFold(name)
	return name, e, ok
}

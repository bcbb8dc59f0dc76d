package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"heyan/rules/box"
	table "heyan/rules/catalogue"
)

var roleNames = map[table.Role]string{table.RoleBox: "RoleBox", table.RoleNegation: "RoleNegation", table.RoleFiller: "RoleFiller",
	table.RolePurpose: "RolePurpose", table.RoleTurn: "RoleTurn", table.RoleAffirmation: "RoleAffirmation"}

// list turns the synonyms into words, the longest first. A word may stand as a
// filler and an affirmation: it is the latter.
func (s synonyms) list() []table.Word {
	var words []table.Word
	affirm := map[string]bool{}
	put := func(texts []string, role table.Role, b box.Box) {
		for _, t := range texts {
			if role == table.RoleFiller && affirm[t] {
				continue
			}
			words = append(words, table.Word{Text: t, Role: role, Box: b})
		}
	}
	for _, a := range s.Affirmations {
		affirm[a] = true
	}
	for _, b := range box.All {
		put(s.Boxes[string(b)], table.RoleBox, b)
	}
	put(s.NoBox, table.RoleBox, box.None)
	put(s.Negations, table.RoleNegation, "")
	put(s.NotNegations, table.RoleFiller, "")
	put(s.Fillers, table.RoleFiller, "")
	put(s.Purposes, table.RolePurpose, "")
	put(s.Turns, table.RoleTurn, "")
	put(s.Affirmations, table.RoleAffirmation, "")
	slices.SortFunc(words, func(a, b table.Word) int {
		return cmp.Or(len(b.Text)-len(a.Text), strings.Compare(a.Text, b.Text))
	})
	return words
}

func checkWords(s synonyms) []error {
	var problems []error
	add := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("synonyms.yaml: "+format, args...))
	}
	for _, b := range slices.Sorted(maps.Keys(s.Boxes)) {
		if box.Box(b).Index() < 0 {
			add("box %q is unknown", b)
		}
	}
	for _, b := range box.All {
		zh, _ := b.Label()
		if !slices.Contains(s.Boxes[string(b)], zh) {
			add("the form's own word %q is missing", zh)
		}
	}
	last := ""
	for _, w := range s.list() {
		if w.Text == "" || w.Text != strings.ToLower(strings.TrimSpace(w.Text)) {
			add("%q is not lower case without blanks about it", w.Text)
		}
		if w.Text == last {
			add("%q stands twice", w.Text)
		}
		last = w.Text
	}
	return problems
}

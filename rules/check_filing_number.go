package rules

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"heyan/analyzer/facts"
	"heyan/rules/filing"
)

var filingNumber = pattern(`^教APP备(\d{2})\d{5}号$`)

// provinces are the two-digit codes of GB/T 2260.
var provinces = []string{"11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37",
	"41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82"}

func judgeFilingNumber(in Input) Check {
	const id = "filing-number"
	filed := plainFilingNumber(in.Filing.FilingNumber)
	a := args{"filed": in.Filing.FilingNumber}
	match := filingNumber().FindStringSubmatch(filed)
	switch {
	case in.Filing.Round != filing.RoundChange:
		return newCheck(id, "first-round", a)
	case filed == "":
		return newCheck(id, "not-filed", a)
	case match == nil:
		return newCheck(id, "malformed", a)
	case !slices.Contains(provinces, match[1]):
		a["digits"] = match[1]
		return newCheck(id, "province", a)
	}
	return findFilingNumber(in.Facts, filed, a)
}

// findFilingNumber looks for the number among those the package shows.
func findFilingNumber(f *facts.Facts, filed string, a args) Check {
	const id = "filing-number"
	var others, where []string
	for _, n := range f.FilingNumbers {
		if plainFilingNumber(n.Number) == filed {
			a["actual"] = n.Number
			return newCheck(id, "shown", a).with(n.Where)
		}
		if !slices.Contains(others, n.Number) {
			others = append(others, n.Number)
		}
		where = append(where, n.Number+" ("+n.Where+")")
	}
	switch {
	case len(others) > 0:
		a["actual"] = strings.Join(others, "、")
		return newCheck(id, "other-number", a).with(where...)
	case !textRead(f):
		return newCheck(id, "not-searched", a)
	}
	return newCheck(id, "not-found", a)
}

func plainFilingNumber(s string) string {
	return strings.ToUpper(dropBlanks(norm.NFKC.String(s)))
}

package rules

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"heyan/analyzer/facts"
	"heyan/rules/catalogue"
)

// usageDescription ends the key of a purpose string.
const usageDescription = "UsageDescription"

// purposes is what there is to say of a package's purpose strings: the keys of
// each kind, once, in the order of the package, and lines of evidence.
type purposes struct {
	all, empty, elsewhere, foreign, nested names
	lines                                  []string
}

// judgePurposeStrings judges the texts with which the system asks people.
func judgePurposeStrings(in Input) Check {
	const id = "purpose-strings"
	f := in.Facts
	p := readPurposes(f)
	undeclared, placeholders := anomalies(f, "purpose-undeclared"), anomalies(f, "purpose-placeholder")
	lines := slices.Concat(p.lines, undeclared, placeholders)
	a := args{"count": strconv.Itoa(len(p.all.list)), "names": strings.Join(capped(p.empty.list), ", ")}
	switch {
	case len(p.empty.list) > 0:
		return newCheck(id, "empty", a).with(lines...)
	case !manifestRead(f):
		return newCheck(id, "manifest-unreadable", nil)
	case len(undeclared) > 0:
		return newCheck(id, "undeclared", a).with(lines...)
	case len(placeholders) > 0:
		return newCheck(id, "placeholder", a).with(lines...)
	case len(p.elsewhere.list) > 0:
		return newCheck(id, "empty-elsewhere", a).with(lines...)
	case !f.OK(facts.AnalyzerStrings):
		return newCheck(id, "texts-unreadable", a).with(anomalies(f, "strings-unreadable")...)
	}
	return wordedPurposes(p, a)
}

// wordedPurposes judges texts of which every one says something.
func wordedPurposes(p purposes, a args) Check {
	const id = "purpose-strings"
	switch {
	case len(p.all.list) == 0:
		return newCheck(id, "none", a)
	case len(p.foreign.list) > 0:
		a["names"] = strings.Join(capped(p.foreign.list), ", ")
		return newCheck(id, "no-chinese", a)
	case len(p.nested.list) > 0:
		a["names"] = strings.Join(capped(p.nested.list), ", ")
		return newCheck(id, "nested-only", a).with(p.lines...)
	}
	return newCheck(id, "complete", a)
}

func readPurposes(f *facts.Facts) purposes {
	var p purposes
	own := map[string]bool{}
	for _, d := range f.Permissions {
		if purposeText(d) && ofApp(f, d.Where) {
			own[d.Name] = true
		}
	}
	for _, d := range f.Permissions {
		if !purposeText(d) {
			continue
		}
		p.all.add(d.Name)
		switch seen, languages := shownPurpose(d); {
		case !seen:
			p.empty.add(d.Name)
			p.lines = append(p.lines, d.Name+" ("+d.Where+"): \"\"")
		case len(languages) > 0:
			p.elsewhere.add(d.Name)
			p.lines = append(p.lines, d.Name+" ("+d.Where+", "+strings.Join(languages, ", ")+"): \"\"")
		case !slices.ContainsFunc(values(d.Purpose), hasHan):
			p.foreign.add(d.Name)
		}
		if !own[d.Name] {
			p.nested.add(d.Name)
			p.lines = append(p.lines, d.Name+" ("+d.Where+")")
		}
	}
	return p
}

// purposeText reports whether the declaration is one whose text people see: none
// for what only macOS or tvOS asks.
func purposeText(d facts.Permission) bool {
	if d.Source != facts.SourcePurposeString || !strings.HasSuffix(d.Name, usageDescription) && len(d.Purpose) == 0 {
		return false
	}
	e, known := catalogue.Lookup(catalogue.KindPurposeString, d.Name)
	return !known || e.Strength != catalogue.None
}

func ofApp(f *facts.Facts, where string) bool {
	return len(f.Bundles) == 0 || path.Dir(where) == f.Bundles[0].Path
}

// shownPurpose reports whether people in China see a text: one for a Chinese
// locale, else any other. languages are those whose text is blank beside it.
func shownPurpose(d facts.Permission) (seen bool, languages []string) {
	var worded, chinese, chineseBlank bool
	for _, tag := range locales(d.Purpose) {
		zh := strings.HasPrefix(tag, "zh")
		if blank(d.Purpose[tag]) {
			languages = append(languages, tag)
			chineseBlank = chineseBlank || zh
			continue
		}
		worded, chinese = true, chinese || zh
	}
	return chinese || worded && !chineseBlank, languages
}

func locales(texts map[string]string) []string {
	var tags []string
	for tag := range texts {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}

func values(texts map[string]string) []string {
	var list []string
	for _, tag := range locales(texts) {
		list = append(list, texts[tag])
	}
	return list
}

// blank reports whether a text has neither letters nor digits.
func blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

package rules

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"heyan/analyzer/facts"
)

// judgeSignerName compares the provider's name with those in the signing
// certificate. Names are written in many ways, so that nothing hangs on it.
func judgeSignerName(in Input) Check {
	const id = "signer-name"
	filed := strings.TrimSpace(in.Filing.Provider)
	a := args{"filed": filed}
	switch {
	case filed == "":
		return newCheck(id, "not-filed", nil)
	case !signatureRead(in.Facts):
		return newCheck(id, "signature-unreadable", a)
	case len(trustedSigners(in.Facts)) == 0:
		return newCheck(id, "no-signer", a)
	}
	names := signerNames(in.Facts)
	if len(names) == 0 {
		return newCheck(id, "unnamed", a)
	}
	a["actual"] = names[0]
	for _, n := range names {
		if sameOrganisation(filed, n) {
			a["actual"] = n
			return newCheck(id, "alike", a)
		}
	}
	if hasHan(filed) != slices.ContainsFunc(names, hasHan) {
		return newCheck(id, "other-script", a)
	}
	return newCheck(id, "differs", a).with(names...)
}

// signerNames are the organisations, and else the common names, of the signers. In
// a development certificate of Apple's the common name is a person's.
func signerNames(f *facts.Facts) []string {
	var names []string
	for _, c := range trustedSigners(f) {
		for _, attribute := range []string{"O", "CN"} {
			if attribute == "CN" && f.Format == facts.FormatIPA {
				continue // it repeats the organisation, or is a person's
			}
			for _, n := range nameValues(c.Subject, attribute) {
				if organisation(n) != "" && !slices.Contains(names, n) {
					names = append(names, n)
				}
			}
		}
	}
	return names
}

// nameValues are the values of an attribute in a distinguished name as text
// ("C=CN,O=Example\, Ltd"), without their escapes.
func nameValues(subject, attribute string) []string {
	var values []string
	var part strings.Builder
	flush := func() {
		if key, value, ok := strings.Cut(part.String(), "="); ok && strings.EqualFold(strings.TrimSpace(key), attribute) {
			values = append(values, strings.TrimSpace(value))
		}
		part.Reset()
	}
	escaped := false
	for _, r := range subject {
		switch {
		case escaped:
			part.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == ',', r == '+':
			flush()
		default:
			part.WriteRune(r)
		}
	}
	flush()
	return values
}

// legalForms end an organisation's name and say nothing of who it is.
var legalForms = [...]string{"股份有限公司", "有限责任公司", "有限公司", "公司", "coltd", "companylimited", "corporation", "limited", "company", "corp", "inc", "llc", "ltd"}

// organisation is a name's letters and digits in one case, without its legal form.
func organisation(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
	for _, form := range legalForms {
		if rest, ok := strings.CutSuffix(s, form); ok && rest != "" {
			return rest
		}
	}
	return s
}

// leastShared is the fewest letters of a name that say anything where one name is
// but a part of the other.
const leastShared = 4

// sameOrganisation reports whether one of two names holds the other.
func sameOrganisation(a, b string) bool {
	a, b = organisation(a), organisation(b)
	if a == b {
		return a != ""
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	return len([]rune(a)) >= leastShared && strings.Contains(b, a)
}

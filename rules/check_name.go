package rules

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"heyan/analyzer/facts"
	"heyan/rules/filing"
	"heyan/rules/policy"
)

// name is an app's name as it is compared.
type name struct {
	base string // letters and digits in one case, without suffixes
	role string // 学生, 教师 … "" where none is stated
}

var (
	// A Latin suffix needs something before it that is no Latin letter: Helios is
	// not Hel for iOS.
	platformSuffix = pattern(`(?:[\s\p{P}]*(?:安卓|苹果|鸿蒙)|(?:[\s\p{P}]+|[^a-z\s\p{P}])(?:android|ios|iphone|ipad))(?:手机)?(?:版|端)?[\s\p{P}]*$`)
	latinSuffix    = pattern(`(?:android|ios|iphone|ipad)(?:手机)?(?:版|端)?[\s\p{P}]*$`)
	roleSuffix     = pattern(`[\s\p{P}]*(学生|教师|老师|家长|校长|园长|管理|机构|校园|企业)(?:版|端)[\s\p{P}]*$`)
)

func judgeName(in Input) Check {
	f, filed := in.Facts, in.Filing
	a := args{"filed": filed.AppName, "actual": f.App.Name}
	if filed.AppName == "" {
		a["filed"] = filed.ShortName
	}
	switch {
	case filed.AppName == "" && filed.ShortName == "":
		return newCheck("name", "not-filed", a)
	case !manifestRead(f):
		return newCheck("name", "manifest-unreadable", a)
	case !resourcesRead(f):
		return newCheck("name", "resources-unreadable", a)
	}
	names := packageNames(f)
	if len(names) == 0 {
		return newCheck("name", "no-name", a)
	}
	if !stated(a["actual"]) {
		a["actual"] = names[0]
	}
	c := compareNames(filed.AppName, filed.ShortName, names, a)
	if in.Policy.Params().NameMatch == policy.NameExact && c.Outcome == OutcomePass && !sameName(filed, names) {
		return newCheck("name", "mismatch", a).with(names...)
	}
	return c
}

// sameName reports whether a filed name is one of the package's letter by letter.
func sameName(filed *filing.Filing, names []string) bool {
	return slices.Contains(names, filed.AppName) || filed.ShortName != "" && slices.Contains(names, filed.ShortName)
}

// packageNames are all names the package shows, the likeliest first.
func packageNames(f *facts.Facts) []string {
	names := []string{f.App.Name, f.App.LauncherName}
	for _, locale := range slices.Sorted(maps.Keys(f.App.Names)) {
		names = append(names, f.App.Names[locale])
	}
	var list []string
	for _, n := range names {
		if stated(n) && !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

// compareNames takes the best match of either filed name with any of the
// package's: equal, then a role stated on one side, then another role.
func compareNames(appName, shortName string, names []string, a args) Check {
	for _, reason := range []string{"equal", "role-unstated", "role-differs"} {
		for i, filed := range []string{appName, shortName} {
			for _, actual := range names {
				if filed == "" || matchNames(splitName(filed), splitName(actual)) != reason {
					continue
				}
				a["filed"], a["actual"] = filed, actual
				a["role"] = splitName(filed).role + splitName(actual).role
				if i == 1 && reason == "equal" && appName != "" {
					return newCheck("name", "short-name", a)
				}
				return newCheck("name", reason, a)
			}
		}
	}
	return newCheck("name", "mismatch", a).with(names...)
}

func matchNames(a, b name) string {
	switch {
	case a.base == "" || a.base != b.base:
		return "mismatch"
	case a.role == b.role:
		return "equal"
	case a.role == "" || b.role == "":
		return "role-unstated"
	}
	return "role-differs"
}

// splitName takes suffixes of platform and role off a name, in any order.
func splitName(s string) name {
	s = strings.ToLower(strings.TrimSpace(norm.NFKC.String(s)))
	var n name
	for {
		rest := trimPlatform(s)
		if m := roleSuffix().FindStringSubmatchIndex(rest); m != nil && m[0] > 0 && n.role == "" {
			n.role = rest[m[2]:m[3]]
			rest = rest[:m[0]]
		}
		if rest == s || lettersOf(rest) == "" {
			break
		}
		s = rest
	}
	if n.role == "老师" {
		n.role = "教师" // two words for one role
	}
	n.base = lettersOf(s)
	return n
}

func trimPlatform(s string) string {
	if !platformSuffix().MatchString(s) {
		return s
	}
	if at := latinSuffix().FindStringIndex(s); at != nil {
		return s[:at[0]]
	}
	return s[:platformSuffix().FindStringIndex(s)[0]]
}

// lettersOf drops blanks, punctuation and what can't be seen.
func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}

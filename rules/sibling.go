package rules

import (
	"slices"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/filing"
)

// An app is filed once a platform, and its Android and its iOS package may be
// judged together. Where the list of permissions is filed for both, each package
// must have what it asks for on the list, and a tick is needless only where
// neither accounts for it. One form names one platform: its version, MD5, package
// id, certificate and key are those of that platform's package, and are not
// compared with the other one.

// sibling is what the other platform's package says for the ticks of a shared
// list. The zero sibling is of a package that is not there.
type sibling struct {
	// whole: all that it declares was read, so that what is not explained here is
	// explained by nothing of it.
	whole     bool
	explained map[box.Box][]*Reading
}

// readSibling reads the sibling for a list that it shares.
func readSibling(in Input) sibling {
	if !shared(in) {
		return sibling{}
	}
	s := sibling{explained: map[box.Box][]*Reading{}}
	s.whole = declarationsStatus(in.Sibling) == facts.StatusOK
	readings := readingsOf(in, in.Sibling)
	for i := range readings {
		for _, b := range readings[i].Acceptable {
			s.explained[b] = append(s.explained[b], &readings[i])
		}
	}
	return s
}

// shared reports whether the list stands for the package and a sibling that is
// one: a package for the other platform.
func shared(in Input) bool {
	if in.Sibling == nil || in.Filing.PermissionScope != filing.ScopeShared {
		return false
	}
	own, other := platformOf(in.Facts.Format), platformOf(in.Sibling.Format)
	return own != "" && other != "" && own != other
}

// platformFields are the checks of fields that belong to one platform's package.
var platformFields = [...]string{"platform", "md5", "version", "package-id", "certificate-digest", "public-key"}

// siblings is the check c, or, where the field it is of is filed for the other
// platform's package, one that says so. What was filed stays out of it, but for
// the platform itself.
func siblings(in Input, c Check) Check {
	theirs := slices.Contains(platformFields[:], c.ID) && c.Reason != "not-filed" &&
		shared(in) && in.Filing.Platform == platformOf(in.Sibling.Format)
	if !theirs {
		return c
	}
	filed, actual := platformWord(in.Filing.Platform), platformWord(platformOf(in.Facts.Format))
	if c.ID == "platform" {
		return newCheck(c.ID, "filed-for-sibling", args{"filed": filed, "actual": actual})
	}
	return newCheck(c.ID, "filed-for-sibling", args{"platform": filed})
}

// Package privacy has what Apple publishes on privacy manifests: the categories of
// interfaces that need a reason with the reasons allowed, and the SDKs that have to
// bring a manifest of their own. It is a leaf and decides nothing.
package privacy

import (
	"slices"
	"strings"
)

// categoryPrefix begins the name of every category.
const categoryPrefix = "NSPrivacyAccessedAPICategory"

// reasons are the codes a manifest may give for each category (Apple Developer
// Documentation, Describing use of required reason API; App privacy configuration,
// NSPrivacyAccessedAPITypeReasons).
var reasons = [...]struct{ category, codes string }{
	{"ActiveKeyboards", "3EC4.1 54BD.1"},
	{"DiskSpace", "7D9E.1 85F4.1 B728.1 E174.1"},
	{"FileTimestamp", "0A2A.1 3B52.1 C617.1 DDA9.1"},
	{"SystemBootTime", "35F9.1 3D61.1 8FFB.1"},
	{"UserDefaults", "1C8F.1 AC6B.1 C56D.1 CA92.1"},
}

// Reasons are the codes allowed for a category, nil for one that Apple has not.
func Reasons(category string) []string {
	short, ok := strings.CutPrefix(category, categoryPrefix)
	if !ok {
		return nil
	}
	for _, r := range reasons {
		if r.category == short {
			return strings.Fields(r.codes)
		}
	}
	return nil
}

// Short is a category's name without what all begin with.
func Short(category string) string { return strings.TrimPrefix(category, categoryPrefix) }

// SDK is what Apple calls the SDK that an embedded framework of this name is, or ""
// for one that is not on the list.
func SDK(framework string) string {
	if name, ok := otherNames[framework]; ok {
		return name
	}
	if _, ok := slices.BinarySearch(listed[:], framework); ok {
		return framework
	}
	return ""
}

package rules

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"heyan/rules/filing"
)

var (
	androidID  = pattern(`^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+$`)
	bundleID   = pattern(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$`)
	teamPrefix = pattern(`^[A-Z0-9]{10}\.`)
)

func judgePackageID(in Input) Check {
	filed := dropBlanks(norm.NFKC.String(in.Filing.PackageID))
	actual := in.Facts.App.ID
	a := args{"filed": in.Filing.PackageID, "actual": actual}
	switch {
	case filed == "":
		return newCheck("package-id", "not-filed", a)
	case !manifestRead(in.Facts):
		return newCheck("package-id", "manifest-unreadable", a)
	case !stated(actual):
		return newCheck("package-id", "no-id", a)
	}
	return newCheck("package-id", packageIDReason(filed, actual, platformOf(in.Facts.Format)), a)
}

func packageIDReason(filed, actual string, platform filing.Platform) string {
	android := platform == filing.PlatformAndroid
	switch {
	case filed == actual:
		return "equal"
	case strings.EqualFold(filed, actual):
		return "case-differs"
	case !android && teamPrefix().MatchString(filed) && filed[len("ABCDE12345."):] == actual:
		return "team-prefix"
	case android && !androidID().MatchString(filed) && strings.Contains(filed, ".") && bundleID().MatchString(filed):
		return "other-platform"
	case android && !androidID().MatchString(filed), !android && !bundleID().MatchString(filed):
		return "malformed"
	}
	return "mismatch"
}

// dropBlanks also drops what can't be seen and comes along when copying.
func dropBlanks(s string) string {
	return strings.NewReplacer("\u200b", "", "\ufeff", "").Replace(strings.Join(strings.Fields(s), ""))
}

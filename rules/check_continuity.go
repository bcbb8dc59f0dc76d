package rules

import (
	"strconv"
	"strings"
)

// noPrevious is why nothing can be compared with an earlier package, "" where it
// can.
func noPrevious(in Input) string {
	switch {
	case in.Previous == nil:
		return "no-previous"
	case in.Previous.Platform != "" && in.Previous.Platform != string(platformOf(in.Facts.Format)):
		return "other-platform"
	}
	return ""
}

func judgeContinuityPackageID(in Input) Check {
	const id = "continuity.package-id"
	if reason := noPrevious(in); reason != "" {
		return newCheck(id, reason, nil)
	}
	a := args{"previous": in.Previous.PackageID, "actual": in.Facts.App.ID}
	switch {
	case !manifestRead(in.Facts):
		return newCheck(id, "manifest-unreadable", a)
	case in.Previous.PackageID != in.Facts.App.ID:
		return newCheck(id, "changed", a)
	}
	return newCheck(id, "equal", a)
}

func judgeContinuityVersionCode(in Input) Check {
	const id = "continuity.version-code"
	if reason := noPrevious(in); reason != "" {
		return newCheck(id, reason, nil)
	}
	a := args{"previous": in.Previous.Build, "actual": in.Facts.App.Build}
	switch {
	case in.Previous.SHA256 != "" && in.Previous.SHA256 == in.Facts.File.SHA256:
		return newCheck(id, "same-package", a)
	case !manifestRead(in.Facts):
		return newCheck(id, "manifest-unreadable", a)
	}
	order, ok := compareBuilds(in.Facts.App.Build, in.Previous.Build)
	switch {
	case !ok:
		return newCheck(id, "undetermined", a)
	case order > 0:
		return newCheck(id, "ascending", a)
	}
	return newCheck(id, "not-ascending", a)
}

// judgeOtherOrganisation says that somebody else filed the app, and never who.
func judgeOtherOrganisation(in Input) Check {
	const id = "continuity.other-organisation"
	switch {
	case in.Elsewhere == ElsewhereUnknown:
		return newCheck(id, "no-records", nil)
	case !manifestRead(in.Facts), in.Facts.App.ID == "":
		return newCheck(id, "manifest-unreadable", nil)
	case in.Elsewhere == ElsewhereFiled:
		return newCheck(id, "filed-elsewhere", args{"actual": in.Facts.App.ID})
	}
	return newCheck(id, "only-here", args{"actual": in.Facts.App.ID})
}

// compareBuilds compares numbers, or dotted numbers part by part with absent
// parts as 0, as iOS compares CFBundleVersion.
func compareBuilds(a, b string) (int, bool) {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	order := 0
	for i := range max(len(as), len(bs)) {
		x, ok := buildPart(as, i)
		y, also := buildPart(bs, i)
		if !ok || !also {
			return 0, false
		}
		if order == 0 && x != y {
			order = 1
			if x < y {
				order = -1
			}
		}
	}
	return order, true
}

func buildPart(parts []string, i int) (uint64, bool) {
	if i >= len(parts) {
		return 0, true
	}
	n, err := strconv.ParseUint(strings.TrimSpace(parts[i]), 10, 64)
	return n, err == nil
}

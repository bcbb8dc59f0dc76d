package policy

import (
	"slices"
	"strings"

	"heyan/rules/box"
	"heyan/rules/checks"
)

// What a policy can't do, so that none can turn a package that could not be read,
// or that is another than the one filed, into a pass:
//
//   - format says whether there is a package at all and stays as it is;
//   - the checks in kept are never off, so each way a package can be unreadable
//     (no manifest, no signature, an ambiguous archive) still ends in one of them;
//   - their endings in floors lead at least to review;
//   - an ending that could not be told and leads to review or more is never
//     lowered below review;
//   - boxes go off one by one, never all at once, and each says so in the report.

const formatCheck = "format"

// kept are the checks that are never off.
var kept = []string{formatCheck, "structure", "platform", "md5", "version", "permissions", "permissions.text", "signature"}

// floors are endings that lead at least to review, by check: "" is every failure.
var floors = map[string][]string{
	"md5":         {""},
	"platform":    {""},
	"structure":   {"ambiguous", "tricks"},
	"permissions": {"not-filed"},
}

// unknowable is the outcome of an ending that could not be told.
const unknowable = "unknown"

// floor is the least severity an ending may get.
func floor(check string, r checks.Reason) Severity {
	if r.Outcome == unknowable && rank(Severity(r.Severity)) >= rank(Review) {
		return Review
	}
	for _, reason := range floors[check] {
		if r.Outcome == "fail" && (reason == "" || reason == r.ID) {
			return Review
		}
	}
	return Info
}

// boxPrefix begins the ids of the checks of the boxes.
const boxPrefix = "permissions."

// boxOf is the box that a check is of.
func boxOf(check string) (box.Box, bool) {
	b := box.Box(strings.TrimPrefix(check, boxPrefix))
	return b, strings.HasPrefix(check, boxPrefix) && b.Index() >= 0
}

func neverOff(check string) bool { return slices.Contains(kept, check) }

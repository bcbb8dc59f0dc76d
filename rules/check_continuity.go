package rules

import (
	"slices"
	"strconv"
	"strings"

	"heyan/analyzer/facts"
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

func judgeContinuitySigner(in Input) Check {
	const id = "continuity.signer"
	if reason := noPrevious(in); reason != "" {
		return newCheck(id, reason, nil)
	}
	f, before := in.Facts, in.Previous.Certificates
	signers := trustedSigners(f)
	switch {
	case !signatureRead(f):
		return newCheck(id, "signature-unreadable", nil)
	case f.Format == facts.FormatIPA:
		return judgeContinuityTeam(in)
	case len(signers) == 0:
		return newCheck(id, "no-signer", nil)
	case len(before) == 0:
		return newCheck(id, "previous-unsigned", nil)
	case sameSigners(signers, before):
		return newCheck(id, "same", nil)
	case rotatedFrom(f, before):
		return newCheck(id, "rotated", nil).with(earlierSigners(before)...)
	}
	return newCheck(id, "changed", args{"actual": signers[0].Subject + ", SHA-256 " + signers[0].SHA256}).with(earlierSigners(before)...)
}

// sameSigners reports whether the package has just the signers of before:
// Android compares the whole set.
func sameSigners(signers []facts.Certificate, before []string) bool {
	for _, c := range signers {
		if !slices.Contains(before, c.SHA256) {
			return false
		}
	}
	for _, digest := range before {
		if !signs(signers, digest) {
			return false
		}
	}
	return true
}

// rotatedFrom reports whether the package proves a rotation from the signers of
// before. There are several where v3.1 has newer devices go by another than older
// ones; each must be in the proof, and still be trusted with the data of an
// installed app, without which Android refuses the update. A signer that the proof
// does not lead to is somebody else.
func rotatedFrom(f *facts.Facts, before []string) bool {
	signers := trustedSigners(f)
	for _, digest := range before {
		i := lineageIndex(f, digest)
		if i < 0 || !signs(signers, digest) && !keepsData(f.Signature.Lineage[i]) {
			return false
		}
	}
	return !slices.ContainsFunc(signers, func(c facts.Certificate) bool { return lineageIndex(f, c.SHA256) < 0 })
}

// lineageIndex is the certificate's place in the proof of rotation, -1 without one.
func lineageIndex(f *facts.Facts, sha256 string) int {
	return slices.IndexFunc(f.Signature.Lineage, func(n facts.LineageNode) bool { return n.Certificate.SHA256 == sha256 })
}

func keepsData(n facts.LineageNode) bool {
	return n.Capabilities == nil || slices.Contains(n.Capabilities, "installed-data")
}

// earlierSigners are the digests of the last package's signers, for people.
func earlierSigners(before []string) []string {
	lines := make([]string, len(before))
	for i, digest := range before {
		lines[i] = "previous SHA-256 " + digest
	}
	return lines
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

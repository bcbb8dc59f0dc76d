package rules

import (
	"fmt"
	"slices"

	"heyan/analyzer/facts"
)

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
	}
	switch worst, refused := updates(f, in.Previous); worst {
	case updateSame:
		return newCheck(id, "same", nil)
	case updateRotated:
		return newCheck(id, "rotated", nil).with(earlierSigners(before)...)
	default:
		a := args{"actual": signers[0].Subject + ", SHA-256 " + signers[0].SHA256}
		return newCheck(id, "changed", a).with(earlierSigners(before)...).with(refused...)
	}
}

// sameSigners reports whether the package has just the signers of before:
// Android compares the whole set.
func sameSigners(signers []facts.Certificate, before []string) bool {
	return sameSet(digestsOf(signers), before)
}

func sameSet(a, b []string) bool {
	within := func(a, b []string) bool {
		return !slices.ContainsFunc(a, func(digest string) bool { return !slices.Contains(b, digest) })
	}
	return within(a, b) && within(b, a)
}

func digestsOf(signers []facts.Certificate) []string {
	var list []string
	for _, c := range signers {
		list = append(list, c.SHA256)
	}
	return list
}

// update is what a device that has the last package makes of this one's signers.
type update int

const (
	updateSame    update = iota
	updateRotated        // another signer, and a proof of rotation that it accepts
	updateRefused
)

// updates is the worst that a device makes of the signers, and says who refuses
// them. With v3.1, or with a rotation that v2 does not know, devices of one API
// level go by another signer than those of the next: each is asked for its own.
func updates(f *facts.Facts, last *Previous) (worst update, refused []string) {
	met := false
	each := func(was, is []facts.SignatureRange) {
		for _, w := range was {
			for _, i := range is {
				if !overlap(w, i) {
					continue
				}
				met = true
				u := updateOf(f.Signature.Lineage, w, i)
				worst = max(worst, u)
				if u == updateRefused {
					refused = append(refused, fmt.Sprintf("API %d+: refused by devices that have %v", max(w.MinAPI, i.MinAPI), w.Signers))
				}
			}
		}
	}
	each(deviceSigners(last.Ranges, last.Certificates), deviceSigners(f.Signature.Ranges, digestsOf(trustedSigners(f))))
	if !met {
		each(deviceSigners(nil, last.Certificates), deviceSigners(nil, digestsOf(trustedSigners(f))))
	}
	return worst, refused
}

// updateOf is what a device makes of the package that had the last one's signers of
// its level, by AOSP's SigningDetails.checkCapability(INSTALLED_DATA): several
// signers can't rotate, and the set must be the same; a single one must be the same,
// or an older one in the proof that keeps the right to the installed app's data.
// (Versions that go by v1 or v2 know no proof.)
func updateOf(lineage []facts.LineageNode, was, is facts.SignatureRange) update {
	switch {
	case sameSet(was.Signers, is.Signers):
		return updateSame
	case len(was.Signers) != 1 || len(is.Signers) != 1 || is.Scheme == "v1" || is.Scheme == "v2":
		return updateRefused
	}
	older, newer := lineageIndex(lineage, was.Signers[0]), lineageIndex(lineage, is.Signers[0])
	if older < 0 || newer <= older || !keepsData(lineage[older]) {
		return updateRefused
	}
	return updateRotated
}

// deviceSigners are the ranges of devices that take a package, with its signers as
// they see them; one range of all signers where none were told apart.
func deviceSigners(ranges []facts.SignatureRange, all []string) []facts.SignatureRange {
	list := slices.DeleteFunc(slices.Clone(ranges), func(r facts.SignatureRange) bool {
		return r.Status != facts.SignatureValid || len(r.Signers) == 0
	})
	if len(list) == 0 {
		return []facts.SignatureRange{{Signers: all}}
	}
	return list
}

func overlap(a, b facts.SignatureRange) bool {
	return (a.MaxAPI == 0 || b.MinAPI <= a.MaxAPI) && (b.MaxAPI == 0 || a.MinAPI <= b.MaxAPI)
}

// lineageIndex is the certificate's place in the proof of rotation, -1 without one.
func lineageIndex(lineage []facts.LineageNode, sha256 string) int {
	return slices.IndexFunc(lineage, func(n facts.LineageNode) bool { return n.Certificate.SHA256 == sha256 })
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

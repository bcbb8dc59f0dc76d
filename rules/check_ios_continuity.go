package rules

import "heyan/analyzer/facts"

// judgeContinuityTeam compares an IPA's signer with the last one's. Developers'
// certificates are renewed every year, so what stays is the team; of a copy from
// the App Store the certificate is Apple's and the team alone is compared.
func judgeContinuityTeam(in Input) Check {
	const id = "continuity.signer"
	f, last := in.Facts, in.Previous
	team, signers := teamOf(f), trustedSigners(f)
	a := args{"previous": last.TeamID, "actual": team}
	switch {
	case f.Signature.Status != facts.SignatureValid:
		return newCheck(id, "no-signer", nil)
	case len(signers) > 0 && len(last.Certificates) > 0 && sameSigners(signers, last.Certificates):
		return newCheck(id, "same", nil)
	case team != "" && last.TeamID != "" && team != last.TeamID:
		return newCheck(id, "changed-team", a).with(earlierSigners(last.Certificates)...)
	case team != "" && team == last.TeamID && (storeCopy(f) || last.Store):
		return newCheck(id, "same-team", a)
	case storeCopy(f) || last.Store:
		return newCheck(id, "store-copy", nil)
	case len(last.Certificates) == 0:
		return newCheck(id, "previous-unsigned", nil)
	case team == "" || last.TeamID == "":
		return newCheck(id, "team-unknown", nil).with(earlierSigners(last.Certificates)...)
	}
	return newCheck(id, "renewed", a).with(earlierSigners(last.Certificates)...)
}

// teamOf is the developer team in the signature of the app's own executable, or of
// its profile; older signatures name none.
func teamOf(f *facts.Facts) string {
	for _, c := range f.Signature.Code {
		if len(f.Bundles) > 0 && c.Path == f.Bundles[0].Executable && c.TeamID != "" {
			return c.TeamID
		}
	}
	if p := f.Signature.Profile; p != nil && p.Status == facts.SignatureValid {
		return p.TeamID
	}
	return ""
}

package rules

import (
	"strings"

	"heyan/analyzer/facts"
)

// judgePrivacyManifest judges by what is declared. Which required-reason APIs the
// code uses is not seen.
func judgePrivacyManifest(in Input) Check {
	const id = "security.privacy-manifest"
	f := in.Facts
	var own bool
	var tracking []string
	for _, m := range f.PrivacyManifests {
		own = own || len(f.Bundles) > 0 && m.Bundle == f.Bundles[0].Path
		if m.Tracking {
			tracking = append(tracking, strings.Join(append([]string{m.Path}, m.TrackingDomains...), " "))
		}
	}
	malformed := anomalies(f, "privacy-type", "privacy-unknown-key")
	switch {
	case len(tracking) > 0:
		return newCheck(id, "tracking", nil).with(tracking...)
	case !manifestRead(f):
		return newCheck(id, "manifest-unreadable", nil)
	case !f.OK(facts.AnalyzerPrivacy):
		return newCheck(id, "unreadable", nil).with(anomalies(f, "privacy-unreadable")...)
	case len(malformed) > 0:
		return newCheck(id, "malformed", nil).with(malformed...)
	case own:
		return newCheck(id, "present", nil)
	case len(f.PrivacyManifests) > 0:
		return newCheck(id, "sdks-only", nil)
	}
	return newCheck(id, "missing", nil)
}

// judgePurchaserData names the files that tell who bought a copy; their content
// was not read.
func judgePurchaserData(in Input) Check {
	const id = "security.purchaser-data"
	var files []string
	for _, a := range in.Facts.Anomalies {
		if a.Code == "store-sc-info" || a.Code == "store-purchaser-metadata" {
			files = append(files, a.Where)
		}
	}
	switch {
	case len(files) > 0:
		return newCheck(id, "left", nil).with(files...)
	case !manifestRead(in.Facts):
		return newCheck(id, "manifest-unreadable", nil)
	}
	return newCheck(id, "none", nil)
}

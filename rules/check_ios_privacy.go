package rules

import (
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/privacy"
)

// judgePrivacyManifest judges what is declared, and whether the app's own code needs
// a declaration.
func judgePrivacyManifest(in Input) Check {
	const id = "security.privacy-manifest"
	f := in.Facts
	var tracking []string
	for _, m := range f.PrivacyManifests {
		if m.Tracking {
			tracking = append(tracking, strings.Join(append([]string{m.Path}, m.TrackingDomains...), " "))
		}
	}
	malformed, values := anomalies(f, "privacy-type", "privacy-unknown-key"), foreignValues(f)
	switch {
	case len(tracking) > 0:
		return newCheck(id, "tracking", nil).with(tracking...)
	case !manifestRead(f):
		return newCheck(id, "manifest-unreadable", nil)
	case !f.OK(facts.AnalyzerPrivacy):
		return newCheck(id, "unreadable", nil).with(anomalies(f, "privacy-unreadable")...)
	case len(malformed) > 0:
		return newCheck(id, "malformed", nil).with(malformed...)
	case len(values) > 0:
		return newCheck(id, "unknown-values", nil).with(values...)
	}
	return ownManifest(f)
}

// ownManifest judges whether the app has the manifest that its own code needs; those
// of SDKs linked into it, in its bundles of resources, are its own.
func ownManifest(f *facts.Facts) Check {
	const id = "security.privacy-manifest"
	app := ""
	if len(f.Bundles) > 0 {
		app = f.Bundles[0].Path
	}
	targets := readTargets(f)
	own := slices.ContainsFunc(f.PrivacyManifests, func(m facts.PrivacyManifest) bool { return targets.of(m.Bundle) == app })
	uses := slices.ContainsFunc(f.Executables, func(x facts.Executable) bool {
		return len(x.RequiredReasonAPIs) > 0 && targets.of(x.Bundle) == app && !targets.system(x)
	})
	switch {
	case own:
		return newCheck(id, "present", nil)
	case uses && len(f.PrivacyManifests) > 0:
		return newCheck(id, "sdks-only", nil)
	case uses:
		return newCheck(id, "missing", nil)
	case !importsRead(f):
		return newCheck(id, "executable-unreadable", nil).with(anomalies(f, "macho-imports")...)
	}
	return newCheck(id, "not-needed", nil)
}

// foreignValues are the categories and reasons that Apple does not know, the first
// of each manifest.
func foreignValues(f *facts.Facts) []string {
	var lines []string
	for _, m := range f.PrivacyManifests {
		if problem := foreignValue(m); problem != "" {
			lines = append(lines, problem+" ("+shown(m.Path)+")")
		}
	}
	return lines
}

func foreignValue(m facts.PrivacyManifest) string {
	for _, a := range m.AccessedAPIs {
		allowed := privacy.Reasons(a.Category)
		if allowed == nil {
			return "ITMS-91054 " + shown(a.Category)
		}
		for _, r := range a.Reasons {
			if !slices.Contains(allowed, r) {
				return "ITMS-91055 " + a.Category + ": " + shown(r)
			}
		}
	}
	return ""
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

package rules

import (
	"path"
	"strconv"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/privacy"
)

// judgeListedSDKs judges the embedded frameworks that Apple's list names. SDKs that
// are linked into the app leave no name to tell them by.
func judgeListedSDKs(in Input) Check {
	const id = "security.listed-sdks"
	f := in.Facts
	targets, bring := readTargets(f), map[string]bool{}
	for _, m := range f.PrivacyManifests {
		bring[targets.of(m.Bundle)] = true
	}
	var found, missing names
	var lines []string
	for _, b := range f.Bundles {
		sdk := privacy.SDK(strings.TrimSuffix(path.Base(b.Path), ".framework"))
		if b.Kind != "framework" || b.Executable == "" || sdk == "" {
			continue
		}
		found.add(sdk)
		if !bring[b.Path] {
			missing.add(sdk)
			lines = append(lines, "ITMS-91061 "+sdk+": "+shown(b.Path))
		}
	}
	switch {
	case !manifestRead(f):
		return newCheck(id, "manifest-unreadable", nil)
	case !f.OK(facts.AnalyzerPrivacy):
		return newCheck(id, "unreadable", nil).with(anomalies(f, "privacy-unreadable")...)
	case len(missing.list) > 0:
		return newCheck(id, "missing", args{"count": strconv.Itoa(len(missing.list)), "names": strings.Join(capped(missing.list), ", ")}).with(lines...)
	case len(found.list) > 0:
		return newCheck(id, "complete", args{"names": strings.Join(capped(found.list), ", ")})
	}
	return newCheck(id, "none", nil)
}

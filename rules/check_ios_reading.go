package rules

import (
	"slices"
	"strings"

	"heyan/analyzer/facts"
)

// declarationsStatus is how far the readers came of what a package declares: its
// manifest, and on iOS the entitlements in its executables too.
func declarationsStatus(f *facts.Facts) facts.Status {
	a := f.Analyzer(manifestAnalyzer(f.Format))
	switch {
	case a == nil:
		return facts.StatusFailed
	case a.Status == facts.StatusOK && f.Format == facts.FormatIPA && !f.OK(facts.AnalyzerMachO):
		return facts.StatusPartial
	}
	return a.Status
}

// mainSlices are the architectures of the app's own executable.
func mainSlices(f *facts.Facts) []facts.Slice {
	if len(f.Bundles) == 0 {
		return nil
	}
	for _, x := range f.Executables {
		if x.Path == f.Bundles[0].Executable {
			return x.Slices
		}
	}
	return nil
}

// simulatorSlice reports whether the slice runs in a simulator alone. Older files
// name no platform, others a wrong one: no device with iOS has a Mac's processor.
func simulatorSlice(s facts.Slice) bool {
	if s.Platform == "" || s.Platform == "ios" {
		return s.Arch == "x86_64" || s.Arch == "i386"
	}
	return strings.HasSuffix(s.Platform, "-simulator")
}

func hasAnomaly(f *facts.Facts, codes ...string) bool {
	return slices.ContainsFunc(f.Anomalies, func(a facts.Anomaly) bool { return slices.Contains(codes, a.Code) })
}

// anomalies are those of the codes, as lines.
func anomalies(f *facts.Facts, codes ...string) []string {
	var lines []string
	for _, a := range f.Anomalies {
		if slices.Contains(codes, a.Code) {
			lines = append(lines, describeAnomaly(a))
		}
	}
	return lines
}

package rules

import (
	"slices"
	"strings"

	"heyan/analyzer/facts"
)

// anomalyReasons says what an anomaly makes of the structure, by the longest
// beginning of its code that stands here; one that is not listed is odd.
var anomalyReasons = [...]struct{ code, reason string }{
	{"zip-ambiguous-", "ambiguous"},
	{"zip-invalid-", "invalid"},
	{"zip-odd-", "odd"},
	{"zip-odd-encrypted-flag", "tricks"},
	{"zip-odd-name-traversal", "tricks"},
	{"zip-odd-name-absolute", "tricks"},
	{"zip-odd-name-control", "tricks"},
	{"zip-odd-impossible-size", "tricks"},
	{"format-ambiguous", "ambiguous"},
	{"format-text-manifest", "invalid"},
	{"format-odd-manifest", "tricks"},
	{"manifest-duplicate", "ambiguous"},
	// What can't be read is said where it would have been used.
	{"icon-", "clean"},
	{"accessibility-", "clean"},
	{"network-config-", "clean"},
	{"resources-", "clean"},
	{"reader-error-", "clean"}, // the other readers' own limits
	{"reader-panic", "clean"},
	// Of iOS: what has a check of its own, and what two readers take differently.
	{"purpose-", "clean"},
	{"store-", "clean"},
	{"privacy-", "clean"},
	{"profile-", "clean"},
	{"strings-", "clean"},
	{"executable-unsigned", "clean"},
	{"macho-imports", "clean"},
	{"entitlements-differ", "ambiguous"},
	{"plist-duplicate-key", "ambiguous"},
	{"macho-slice-twice", "ambiguous"},
}

// structureReasons in the order of their weight.
var structureReasons = [...]string{"ambiguous", "tricks", "invalid", "reader-failed", "odd", "clean"}

// readersJudged are those whose failure other checks speak of.
var readersJudged = []string{facts.AnalyzerManifest, facts.AnalyzerResources, facts.AnalyzerSignature, facts.AnalyzerText}

func judgeStructure(in Input) Check {
	found := map[string][]string{}
	for _, a := range in.Facts.Anomalies {
		reason := anomalyReason(a.Code)
		if reason == "odd" && spoilt(in.Facts, a.Code) {
			reason = "invalid"
		}
		if reason == "clean" {
			continue
		}
		found[reason] = append(found[reason], describeAnomaly(a))
	}
	var parts []string
	for _, a := range in.Facts.Analyzers {
		if a.Status != facts.StatusOK && !slices.Contains(readersJudged, a.Name) && !strings.HasPrefix(a.Name, ipaReaders) {
			parts = append(parts, a.Name)
			found["reader-failed"] = append(found["reader-failed"], strings.TrimSuffix(a.Name+": "+a.Detail, ": "))
		}
	}
	reason := "clean"
	var evidence []string
	for _, r := range slices.Backward(structureReasons[:]) {
		if len(found[r]) > 0 {
			reason, evidence = r, append(slices.Clone(found[r]), evidence...)
		}
	}
	return newCheck("structure", reason, args{"parts": strings.Join(parts, ", ")}).with(evidence...)
}

// spoilt reports whether the anomaly is of a part of an IPA that could not be read
// in full, where it is more than odd.
func spoilt(f *facts.Facts, code string) bool {
	for _, part := range []struct{ prefix, reader string }{
		{"info-plist-", facts.AnalyzerBundle}, {"executable-", facts.AnalyzerMachO}, {"macho-", facts.AnalyzerMachO},
		{"code-signature-", facts.AnalyzerMachO}, {"entitlements-", facts.AnalyzerMachO},
	} {
		if f.Format == facts.FormatIPA && strings.HasPrefix(code, part.prefix) && !f.OK(part.reader) {
			return true
		}
	}
	return false
}

func anomalyReason(code string) string {
	reason, longest := "odd", 0
	for _, r := range anomalyReasons {
		if strings.HasPrefix(code, r.code) && len(r.code) > longest {
			reason, longest = r.reason, len(r.code)
		}
	}
	return reason
}

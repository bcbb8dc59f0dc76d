package rules

import (
	"strings"

	"heyan/analyzer/facts"
)

func judgeFormat(in Input) Check {
	f := in.Facts
	reason, where := formatReason(f)
	c := newCheck("format", reason, args{"actual": string(f.Format), "where": where})
	if a := f.Analyzer(facts.AnalyzerArchive); a != nil && c.Outcome != OutcomePass && a.Detail != "" {
		c = c.with(a.Detail)
	}
	return c
}

// FormatCheck is the check of the format, which needs no filing: what the file
// is, and what to do if it can't be filed.
func FormatCheck(f *facts.Facts) Check { return judgeFormat(Input{Facts: f}) }

// formatReason is the format's own word, and more closely for a ZIP what it
// wraps and where.
func formatReason(f *facts.Facts) (reason, where string) {
	switch f.Format {
	case facts.FormatAPK, facts.FormatIPA, facts.FormatAAB, facts.FormatAPKS, facts.FormatXAPK,
		facts.FormatHAP, facts.FormatBroken, facts.FormatEmpty, facts.FormatUndetermined:
		return string(f.Format), ""
	case facts.FormatZIP:
		for _, wrapping := range []struct{ code, reason string }{{"format-wrapped", "wrapped"}, {"format-nested", "nested-package"}} {
			if a := anomaly(f, wrapping.code); a != nil {
				return wrapping.reason, a.Where
			}
		}
		return string(f.Format), ""
	}
	return "unknown", ""
}

// anomaly returns the first with the code, or nil.
func anomaly(f *facts.Facts, code string) *facts.Anomaly {
	for i := range f.Anomalies {
		if f.Anomalies[i].Code == code {
			return &f.Anomalies[i]
		}
	}
	return nil
}

func describeAnomaly(a facts.Anomaly) string {
	s := strings.TrimSuffix(a.Code+": "+a.Detail, ": ")
	if a.Where != "" {
		s += " (" + a.Where + ")"
	}
	return s
}

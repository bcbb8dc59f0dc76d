package ipa_test

import (
	"bytes"
	"testing"

	"heyan/analyzer"
	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa"
)

// analyze does what an inspection does: it tells the format and, where that is
// IPA, runs the analyzer.
func analyze(tb testing.TB, data []byte) *facts.Facts {
	tb.Helper()
	src := bytes.NewReader(data)
	_, d, err := archive.Identify(src, src.Size(), archive.Limits{})
	if err != nil {
		tb.Fatal(err)
	}
	f := &facts.Facts{Format: d.Format, FormatDetail: d.Detail, Anomalies: d.Anomalies}
	if d.Format != facts.FormatIPA {
		return f
	}
	if err := ipa.New().Analyze(tb.Context(), analyzer.Input{Package: src, Size: src.Size()}, f); err != nil {
		tb.Fatal(err)
	}
	return f
}

// Package formats is the list of package formats that are read, and the reading of
// a package of any of them. A new format is one line here.
//
// It depends on readers and on nothing else: the child that reads packages is made
// of it, and what a program contains it pays for at every start.
package formats

import (
	"context"

	"heyan/analyzer"
	"heyan/analyzer/apk"
	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa"
)

var all = []analyzer.Analyzer{apk.New(), ipa.New()}

// All returns the analyzers, one a format.
func All() []analyzer.Analyzer { return all }

// Analyze reads a package in this process: it decides the format by content and
// runs that format's analyzer. File stays empty.
func Analyze(ctx context.Context, in analyzer.Input) (*facts.Facts, error) {
	f := Nothing()
	opened, detection, err := archive.Identify(in.Package, in.Size, archive.Limits{})
	if err != nil {
		return nil, err
	}
	f.Format, f.FormatDetail = detection.Format, detection.Detail
	f.Anomalies = append(f.Anomalies, detection.Anomalies...)
	for _, a := range all {
		if a.Format() == f.Format {
			return f, a.Analyze(ctx, in, f)
		}
	}
	if opened != nil {
		f.Anomalies = append(f.Anomalies, opened.Anomalies()...)
	}
	return f, nil
}

// Nothing is the facts of a package of which nothing is known yet.
func Nothing() *facts.Facts {
	return &facts.Facts{
		Schema:      facts.Schema,
		Analyzers:   []facts.Analyzer{},
		Permissions: []facts.Permission{},
		Signature:   facts.Signature{Status: facts.SignatureUnknown},
		Anomalies:   []facts.Anomaly{},
		Unexamined:  []facts.Unexamined{},
	}
}

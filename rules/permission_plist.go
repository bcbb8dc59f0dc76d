package rules

import (
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/catalogue"
)

// infoKinds are the kinds a key of an Info.plist or a privacy manifest can be of,
// in the order in which they are tried.
var infoKinds = [...]catalogue.Kind{catalogue.KindInfoKey, catalogue.KindTransportSecurity, catalogue.KindPrivacyManifest,
	catalogue.KindPrivacyType, catalogue.KindPrivacyPurpose, catalogue.KindPrivacyAPI}

// ios reads a fact of an IPA.
func (r *reader) ios(base Reading, p facts.Permission) Reading {
	e, ok := lookupIOS(p)
	if !ok {
		base.Reason = reasonUnknown
		return base
	}
	got := r.fact(base, e)
	if !r.entitled(e) {
		got.Effective, got.Strength, got.Reason = false, string(catalogue.Hint), reasonNeeds
	}
	return got
}

func lookupIOS(p facts.Permission) (catalogue.Entry, bool) {
	switch p.Source {
	case facts.SourcePurposeString:
		return catalogue.Lookup(catalogue.KindPurposeString, p.Name)
	case facts.SourceEntitlement:
		return catalogue.Lookup(catalogue.KindEntitlement, p.Name)
	case facts.SourceBackgroundMode:
		return catalogue.Lookup(catalogue.KindBackgroundMode, p.Name)
	case facts.SourceQueryScheme:
		return catalogue.Lookup(catalogue.KindInfoKey, "LSApplicationQueriesSchemes")
	}
	key, _, _ := strings.Cut(p.Name, "=")
	for _, name := range []string{p.Name, "NSExtension/" + p.Name, key} {
		for _, k := range infoKinds {
			if e, ok := catalogue.Lookup(k, name); ok {
				return e, true
			}
		}
	}
	return catalogue.Entry{}, false
}

// entitled reports whether an entitlement that e needs is there. Where a reader of
// the IPA did not come to its end, a missing one may have been missed.
func (r *reader) entitled(e catalogue.Entry) bool {
	if len(e.Needs) == 0 {
		return true
	}
	for n := range r.names[facts.SourceEntitlement] {
		if slices.Contains(e.Needs, n) {
			return true
		}
	}
	return slices.ContainsFunc(r.f.Analyzers, func(a facts.Analyzer) bool {
		return strings.HasPrefix(a.Name, "ipa/") && a.Status != facts.StatusOK
	})
}

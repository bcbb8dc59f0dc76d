package rules

import (
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
	switch {
	case !r.entitled(e):
		got.Effective, got.Strength, got.Reason = false, string(catalogue.Hint), reasonNeeds
	case r.outdated(p):
		got.Effective, got.Strength, got.Reason = false, string(catalogue.Hint), reasonOutdated
	}
	return got
}

// lastRead are keys that iOS reads no more, with the last version that did. The
// other keys that the catalogue calls deprecated are still read.
var lastRead = map[string]int{
	"NSLocationUsageDescription":       7,
	"NSLocationAlwaysUsageDescription": 10,
}

// outdated reports whether no version that the app runs on reads the key.
func (r *reader) outdated(p facts.Permission) bool {
	last, ok := lastRead[p.Name]
	least, known := majorOS(r.f.App.MinOS)
	return ok && known && p.Source == facts.SourcePurposeString && least > last
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

// entitled reports whether an entitlement that e needs, or another purpose string,
// is there. Where not all of them could be read, a missing one may have been missed.
func (r *reader) entitled(e catalogue.Entry) bool {
	if len(e.Needs) == 0 {
		return true
	}
	for _, n := range e.Needs {
		if r.names[facts.SourceEntitlement][n] || r.names[facts.SourcePurposeString][n] {
			return true
		}
	}
	return declarationsStatus(r.f) != facts.StatusOK
}

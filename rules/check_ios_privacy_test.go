package rules

import (
	"path"
	"strings"

	"heyan/analyzer/facts"
)

const (
	stamps = "NSPrivacyAccessedAPICategoryFileTimestamp"
	spaces = "NSPrivacyAccessedAPICategoryDiskSpace"
)

// imports has the n-th executable import a symbol of file timestamps.
func imports(n int) func(*Input) {
	return func(in *Input) {
		in.Facts.Executables[n].RequiredReasonAPIs = []facts.RequiredReasonAPI{{Category: stamps, Symbols: []string{"_stat"}}}
	}
}

// lists has the app import a symbol of two categories.
func lists(in *Input) {
	for _, category := range []string{spaces, stamps} {
		x := &in.Facts.Executables[0]
		x.RequiredReasonAPIs = append(x.RequiredReasonAPIs, facts.RequiredReasonAPI{Category: category, Symbols: []string{"_getattrlist"}})
	}
}

// olderFacts are those of a reader that did not look at imports.
func olderFacts(in *Input) {
	for n := range in.Facts.Executables {
		in.Facts.Executables[n].RequiredReasonAPIs = nil
	}
}

func noManifest(in *Input) { in.Facts.PrivacyManifests = nil }

// gives has the manifest give reasons for a category.
func gives(category string, reasons ...string) func(*Input) {
	return func(in *Input) {
		in.Facts.PrivacyManifests[0].AccessedAPIs = []facts.AccessedAPI{{Category: category, Reasons: reasons}}
	}
}

// manifestAt moves the manifest to another bundle.
func manifestAt(bundle string) func(*Input) {
	return func(in *Input) {
		in.Facts.PrivacyManifests[0].Bundle, in.Facts.PrivacyManifests[0].Path = bundle, bundle+"/PrivacyInfo.xcprivacy"
	}
}

// nested adds a bundle inside the app.
func nested(at, kind, id string) func(*Input) {
	return func(in *Input) {
		b := facts.Bundle{Path: iosApp + "/" + at, Kind: kind, ID: id}
		b.Executable = b.Path + "/" + strings.TrimSuffix(path.Base(at), path.Ext(at))
		in.Facts.Bundles = append(in.Facts.Bundles, b)
	}
}

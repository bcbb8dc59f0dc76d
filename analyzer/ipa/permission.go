package ipa

import (
	"maps"
	"slices"
	"strings"

	"heyan/analyzer/facts"
)

// purposeKey tells the keys that declare what is asked of the user: the purpose
// strings by their ending, whoever made them up, and some with names of their own.
func purposeKey(key string) bool {
	return strings.HasSuffix(key, "UsageDescription") || slices.Contains(otherPurposes(), key)
}

// otherPurposes are keys that go with purpose strings and hold no text, or a
// dictionary of texts.
func otherPurposes() []string {
	return []string{
		"NSHealthRequiredReadAuthorizationTypeIdentifiers", "NSLocationDefaultAccuracyReduced",
		"NSLocationTemporaryUsageDescriptionDictionary", "NSSensorKitPrivacyPolicyURL", "NSSensorKitUsageDetail", "NSWidgetWantsLocation",
	}
}

// infoKeys are other keys that say what a bundle may do; they count where they are
// not false or empty.
func infoKeys() []string {
	return []string{
		"BGTaskSchedulerPermittedIdentifiers", "ITSAppUsesNonExemptEncryption", "LSSupportsOpeningDocumentsInPlace",
		"NSAccessorySetupKitSupports", "NSAccessorySetupSupports", "NSBonjourServices", "UIFileSharingEnabled", "UIRequiredDeviceCapabilities",
	}
}

// transportKeys are those of NSAppTransportSecurity.
func transportKeys() []string {
	return []string{
		"NSAllowsArbitraryLoads", "NSAllowsArbitraryLoadsForMedia", "NSAllowsArbitraryLoadsInWebContent",
		"NSAllowsLocalNetworking", "NSExceptionDomains", "NSPinnedDomains",
	}
}

// identityEntitlements name the app, its team and its way to the testers, and
// give it nothing.
func identityEntitlements() []string {
	return []string{"application-identifier", "beta-reports-active", "com.apple.application-identifier", "com.apple.developer.team-identifier"}
}

// maxPermissions bounds the declarations of a package.
const maxPermissions = 20_000

// enterPermissions enters every declaration: of each bundle in order, then the
// entitlements, then what the privacy manifests say.
func (i *inspection) enterPermissions(p *part) {
	for _, b := range i.lay.bundles {
		if b.runs() && b.plist != nil {
			i.purposes(p, b)
			i.keys(b)
		}
	}
	i.entitled()
	i.collected()
	if n := len(i.f.Permissions); n > maxPermissions {
		i.f.Permissions = i.f.Permissions[:maxPermissions]
		p.partial("%d declarations, the first %d are kept", n, maxPermissions)
	}
}

func (i *inspection) declare(name string, source facts.Source, where string) {
	i.f.Permissions = append(i.f.Permissions, facts.Permission{Name: name, Source: source, Where: where})
}

// keys enters the declarations that are no purpose strings.
func (i *inspection) keys(b *bundle) {
	where := b.info.Name
	for _, key := range []string{"UIBackgroundModes", "WKBackgroundModes"} {
		for _, mode := range b.plist.texts(key) {
			i.declare(mode, facts.SourceBackgroundMode, where)
		}
	}
	for _, scheme := range b.plist.texts("LSApplicationQueriesSchemes") {
		i.declare(scheme, facts.SourceQueryScheme, where)
	}
	if point, key := b.extensionPoint(); point != "" {
		i.declare(key+"="+point, facts.SourceInfoKey, where)
	}
	security := b.plist.dict("NSAppTransportSecurity")
	for _, group := range []struct {
		from info
		keys []string
	}{{b.plist, infoKeys()}, {security, transportKeys()}} {
		for _, key := range group.keys {
			if group.from.set(key) {
				i.declare(key, facts.SourceInfoKey, where)
			}
		}
	}
}

// entitled enters the entitlements that give something.
func (i *inspection) entitled() {
	where := map[string]string{}
	for _, b := range i.lay.bundles {
		where[b.path] = b.executable()
	}
	type key struct{ bundle, name string }
	seen := map[key]bool{}
	for _, e := range i.entitlements {
		k := key{e.Bundle, e.Key}
		if seen[k] || slices.Contains(identityEntitlements(), e.Key) || slices.Contains([]string{"false", `""`, "[]", "{}", "null"}, e.Value) {
			continue
		}
		seen[k] = true
		i.declare(e.Key, facts.SourceEntitlement, where[e.Bundle])
	}
}

// collected enters what the privacy manifests declare, each once, at the place
// where it stands first.
func (i *inspection) collected() {
	places := map[string]string{}
	add := func(name, where string) {
		if _, ok := places[name]; !ok && name != "" {
			places[name] = where
		}
	}
	for _, m := range i.privacy {
		if m.Tracking {
			add("NSPrivacyTracking", m.Path)
		}
		for _, c := range m.CollectedTypes {
			add(c.Type, m.Path)
		}
		for _, a := range m.AccessedAPIs {
			add(a.Category, m.Path)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(places)) {
		i.declare(name, facts.SourceInfoKey, places[name])
	}
}

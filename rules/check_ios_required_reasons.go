package rules

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/privacy"
)

// judgeRequiredReasons compares the interfaces that every executable imports with
// the privacy manifest of its own target, as the App Store does: the app's stands
// for code linked into the app, never for an extension or a framework.
func judgeRequiredReasons(in Input) Check {
	const id = "security.required-reasons"
	f := in.Facts
	targets := readTargets(f)
	declared := declaredCategories(f, targets)
	var files, categories names
	var lines []string
	uses := false
	for _, x := range f.Executables {
		if targets.system(x) {
			continue
		}
		uses = uses || len(x.RequiredReasonAPIs) > 0
		for _, u := range undeclared(x, declared[targets.of(x.Bundle)]) {
			files.add(x.Path)
			categories.add(privacy.Short(u.Category))
			lines = append(lines, "ITMS-91053 "+u.Category+" ("+shown(x.Path)+"): "+strings.Join(capped(u.Symbols), ", "))
		}
	}
	switch {
	case !manifestRead(f):
		return newCheck(id, "manifest-unreadable", nil)
	case !f.OK(facts.AnalyzerPrivacy):
		return newCheck(id, "unreadable", nil).with(anomalies(f, "privacy-unreadable")...)
	case len(lines) > 0:
		return newCheck(id, "undeclared", args{"count": strconv.Itoa(len(files.list)), "names": strings.Join(categories.list, ", ")}).with(lines...)
	case !importsRead(f):
		return newCheck(id, "executable-unreadable", nil).with(anomalies(f, "macho-imports")...)
	case uses:
		return newCheck(id, "declared", nil)
	}
	return newCheck(id, "none", nil)
}

// declaredCategories are the categories that each target's manifests give an
// allowed reason for.
func declaredCategories(f *facts.Facts, targets targets) map[string]map[string]bool {
	declared := map[string]map[string]bool{}
	for _, m := range f.PrivacyManifests {
		at := targets.of(m.Bundle)
		if declared[at] == nil {
			declared[at] = map[string]bool{}
		}
		for _, a := range m.AccessedAPIs {
			allowed := privacy.Reasons(a.Category)
			if slices.ContainsFunc(a.Reasons, func(r string) bool { return slices.Contains(allowed, r) }) {
				declared[at][a.Category] = true
			}
		}
	}
	return declared
}

// undeclared are the categories of an executable without a declared reason, with
// the symbols that tell so. A symbol of two categories is declared by either.
func undeclared(x facts.Executable, declared map[string]bool) []facts.RequiredReasonAPI {
	explained := map[string]bool{}
	for _, u := range x.RequiredReasonAPIs {
		for _, symbol := range u.Symbols {
			explained[symbol] = explained[symbol] || declared[u.Category]
		}
	}
	var out []facts.RequiredReasonAPI
	for _, u := range x.RequiredReasonAPIs {
		symbols := slices.DeleteFunc(slices.Clone(u.Symbols), func(s string) bool { return explained[s] })
		if len(symbols) > 0 {
			out = append(out, facts.RequiredReasonAPI{Category: u.Category, Symbols: symbols})
		}
	}
	return out
}

// targets are the app, the extensions and the frameworks that the bundles belong
// to, by path. Bundles of resources belong to what they lie in: SDKs that are linked
// into the app bring their manifests so.
type targets map[string]facts.Bundle

func readTargets(f *facts.Facts) targets {
	t := targets{}
	for _, b := range f.Bundles {
		if b.Kind != "bundle" {
			t[b.Path] = b
			continue
		}
		for _, around := range f.Bundles {
			rest, inside := strings.CutPrefix(b.Path, around.Path)
			if inside && strings.HasPrefix(rest, "/") && around.Kind != "bundle" && len(around.Path) > len(t[b.Path].Path) {
				t[b.Path] = around
			}
		}
	}
	return t
}

// of is the path of what the bundle belongs to.
func (t targets) of(bundle string) string {
	if b, ok := t[bundle]; ok {
		return b.Path
	}
	return bundle
}

// system reports whether the file is one of Apple's own that Xcode puts into the
// package: Swift's libraries for older systems, and those for tests.
func (t targets) system(x facts.Executable) bool {
	if name := path.Base(x.Path); strings.HasPrefix(name, "libswift") && strings.HasSuffix(name, ".dylib") {
		return true
	}
	b := t[x.Bundle]
	return b.Kind == "framework" && strings.HasPrefix(b.ID, "com.apple.")
}

// importsRead reports whether every executable's imports were read. Facts of older
// versions of the reader say nothing of them.
func importsRead(f *facts.Facts) bool {
	unread := slices.ContainsFunc(f.Executables, func(x facts.Executable) bool { return x.RequiredReasonAPIs == nil })
	return f.OK(facts.AnalyzerMachO) && !unread && !hasAnomaly(f, "macho-imports")
}

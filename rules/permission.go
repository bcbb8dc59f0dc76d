package rules

import (
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/catalogue"
)

// maxNearestLookups bounds the search for the real names of misspelt ones: it is
// the only costly step, and a hostile manifest can hold any number of names.
const maxNearestLookups = 256

// ReadPermissions reads every declared fact, and every permission the system adds
// to them, by the catalogue: declared ones in the order of the package, then the
// manifest's other facts, then what is implied. preinstalled says that the filing
// calls the app preinstalled; the manifest may say so too (sharedUserId
// android.uid.…, coreApp).
func ReadPermissions(f *facts.Facts, preinstalled bool) []Reading {
	r := newReader(f, preinstalled)
	list := make([]Reading, 0, len(f.Permissions))
	for _, p := range f.Permissions {
		list = append(list, r.declared(p))
	}
	if f.Format != facts.FormatAPK || !readable(f) {
		return list
	}
	list = append(list, r.manifest()...)
	return append(list, r.implied()...)
}

// reader holds what every reading of one package depends on.
type reader struct {
	f           *facts.Facts
	system      bool // may hold signature permissions
	min, target int  // API levels
	own         map[string]bool
	nearest     map[string]string
	names       map[facts.Source]map[string]bool // what is declared, by source
}

func newReader(f *facts.Facts, preinstalled bool) *reader {
	r := &reader{
		f: f, min: 1, own: map[string]bool{}, nearest: map[string]string{}, names: map[facts.Source]map[string]bool{},
		system: preinstalled || f.App.CoreApp || strings.HasPrefix(f.App.SharedUserID, "android.uid."),
	}
	if n, ok := facts.APILevel(f.App.MinOS); ok && f.Format == facts.FormatAPK {
		r.min = min(max(n, 1), catalogue.NewestAPI())
	}
	r.target = r.min
	if n, ok := facts.APILevel(f.App.TargetOS); ok && f.Format == facts.FormatAPK {
		r.target = max(n, 1)
	}
	for _, d := range f.PermissionDefinitions {
		r.own[d.Name] = d.Kind != "permission-group"
	}
	for _, p := range f.Permissions {
		if r.names[p.Source] == nil {
			r.names[p.Source] = map[string]bool{}
		}
		r.names[p.Source][p.Name] = true
	}
	return r
}

// readable reports whether the part of the package that declares permissions was
// read at all.
func readable(f *facts.Facts) bool {
	a := f.Analyzer(manifestAnalyzer(f.Format))
	return a != nil && a.Status != facts.StatusFailed
}

// manifestAnalyzer is the reader of what a package of the format declares.
func manifestAnalyzer(f facts.Format) string {
	if f == facts.FormatIPA {
		return facts.AnalyzerBundle
	}
	return facts.AnalyzerManifest
}

func (r *reader) declared(p facts.Permission) Reading {
	base := Reading{Name: p.Name, Source: string(p.Source), Where: p.Where, Declared: true, MinOS: p.MinOS, MaxOS: p.MaxOS,
		Category: box.None, Acceptable: []box.Box{box.None}, Strength: string(catalogue.None), Confidence: string(catalogue.Certain)}
	switch p.Source {
	case facts.SourceUsesPermission, facts.SourceUsesPermissionSDK23, facts.SourceUsesPermissionSDKM:
		return r.usesPermission(base, p)
	case facts.SourceComponent:
		return r.component(base)
	case facts.SourceQueries:
		return r.query(base)
	}
	return r.ios(base, p)
}

func (r *reader) usesPermission(base Reading, p facts.Permission) Reading {
	e, ok := r.lookup(p.Name)
	if !ok {
		return r.unknown(base)
	}
	from := r.min
	if p.Source != facts.SourceUsesPermission {
		from = max(from, 23) // older systems pass these elements over
	}
	got := r.grant(base, e, from)
	if e.NeverForLocation && slices.Contains(p.Flags, "neverForLocation") {
		got.Acceptable = slices.DeleteFunc(slices.Clone(got.Acceptable), func(b box.Box) bool { return b == box.Location })
	}
	return got
}

// lookup finds a permission's entry, by the app's own id too for the names that
// are made from it.
func (r *reader) lookup(name string) (catalogue.Entry, bool) {
	e, ok := catalogue.Lookup(catalogue.KindPermission, name)
	if !ok && r.f.App.ID != "" && strings.Contains(name, r.f.App.ID) {
		return catalogue.Lookup(catalogue.KindPermission, strings.Replace(name, r.f.App.ID, "${applicationId}", 1))
	}
	return e, ok
}

// unknown reads a name that is not in the catalogue.
func (r *reader) unknown(base Reading) Reading {
	own := r.own[base.Name] || r.f.App.ID != "" && strings.HasPrefix(base.Name, r.f.App.ID+".")
	if own {
		base.Effective, base.Reason = true, reasonOwn
		return base
	}
	if near := r.near(base.Name); near != "" {
		// no power, yet it says why the box may be ticked
		e, _ := catalogue.Lookup(catalogue.KindPermission, near)
		base = without(r.fact(base, e), misspelt(near))
		base.Nearest = near
		return base
	}
	base.Reason = reasonUnknown
	return base
}

// near is the real name a misspelt one seems to mean, or "".
func (r *reader) near(name string) string {
	if n, ok := r.nearest[name]; ok {
		return n
	}
	if len(r.nearest) >= maxNearestLookups {
		return ""
	}
	n, _ := catalogue.Nearest(name)
	r.nearest[name] = n
	return n
}

// component reads an own component that the system binds to.
func (r *reader) component(base Reading) Reading {
	if e, ok := catalogue.Lookup(catalogue.KindComponent, base.Name); ok {
		return r.fact(base, e)
	}
	base.Effective, base.Reason = true, reasonBound
	return base
}

// fact reads a fact that has no protection level: it has effect by being there.
func (r *reader) fact(base Reading, e catalogue.Entry) Reading {
	base.Effective = e.Strength != catalogue.Ineffective
	base.Category, base.Acceptable = e.Box, e.Acceptable
	base.Strength, base.Confidence = string(e.Strength), string(e.Confidence)
	base.Reason = Text(e.Reason)
	return base
}

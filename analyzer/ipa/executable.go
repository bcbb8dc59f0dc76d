package ipa

import (
	"errors"
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/entitlement"
	"heyan/analyzer/ipa/macho"
	"heyan/analyzer/ipa/privacy"
)

// maxExecutables is how many Mach-O files are looked at.
const maxExecutables = 1000

// target is a Mach-O file to read.
type target struct {
	path   string
	bundle *bundle // the bundle it is the executable of, nil for a loose library
	owner  string
	work   *work // nil where there is no such file
}

// targets are the executables of the bundles, the app's first, and the loose
// libraries.
func (i *inspection) targets() []*target {
	var out []*target
	seen := map[string]bool{}
	for _, b := range i.lay.bundles {
		exe := b.executable()
		if b.kind == kindBundle {
			if _, named := b.plist.text("CFBundleExecutable"); !named {
				continue // a bundle of resources has none
			}
		}
		seen[exe] = true
		out = append(out, &target{path: exe, bundle: b, owner: b.path})
	}
	for _, e := range i.lay.dylibs {
		if !seen[e.Name] {
			out = append(out, &target{path: e.Name, owner: e.Name})
		}
	}
	return out
}

// essential: a bundle that does not run without its executable.
func (t *target) essential() bool { return t.bundle != nil && t.bundle.runs() }

// readExecutables goes through the app's files and enters the load commands of
// every Mach-O file, the entitlements of those that iOS starts by themselves, and
// what verifying the signatures gave.
func (i *inspection) readExecutables(p *part) error {
	targets := i.targets()
	if len(targets) > maxExecutables {
		p.partial("more than %d executables", maxExecutables)
		targets = targets[:maxExecutables]
	}
	works, err := i.plan(p, targets)
	if err != nil {
		return err
	}
	if err := i.runWorks(works); err != nil {
		return err
	}
	for _, t := range targets {
		if err := i.enterTarget(p, t); err != nil {
			return err
		}
	}
	i.enterFound(p, works)
	i.works = works
	return nil
}

// enterTarget enters one executable that is named.
func (i *inspection) enterTarget(p *part, t *target) error {
	problem := func(code, format string, args ...any) {
		p.add(code, t.path, format, args...)
		if t.essential() {
			p.partial(t.path+": "+format, args...)
		}
	}
	switch w := t.work; {
	case t.path == "":
		problem("executable-name", "%s: CFBundleExecutable leaves the bundle", t.owner)
	case w == nil && t.bundle != nil && t.bundle.kind == kindBundle:
	case w == nil:
		problem("executable-missing", "there is no such file")
	case w.file == nil:
		problem("executable-unreadable", "%v", w.err)
	default:
		if w.damaged != nil {
			problem("executable-damaged", "%v", w.damaged)
		}
		i.enterExecutable(p, t)
		if t.essential() {
			return i.readEntitlements(p, t)
		}
	}
	return nil
}

// enterFound enters code that nothing names, in the order of its paths.
func (i *inspection) enterFound(p *part, works []*work) {
	var found []*work
	for _, w := range works {
		if w.target == nil && w.file != nil {
			found = append(found, w)
		}
	}
	slices.SortFunc(found, func(a, b *work) int { return strings.Compare(a.entry.Name, b.entry.Name) })
	for n, w := range found {
		if n == maxExecutables {
			p.partial("more than %d executables", maxExecutables)
			return
		}
		w.target = &target{path: w.entry.Name, work: w}
		w.target.owner = i.ownerOf(w.entry.Name)
		i.enterExecutable(p, w.target)
	}
}

func (i *inspection) enterExecutable(p *part, t *target) {
	file := t.work.file
	p.addAll(file.Anomalies, t.path)
	if len(file.Anomalies) > 0 && t.essential() {
		p.partial("%s: %s", t.path, file.Anomalies[0].Detail)
	}
	x := facts.Executable{Path: t.path, Bundle: t.owner, Slices: []facts.Slice{}}
	if t.bundle == nil {
		x.Bundle = i.ownerOf(t.path)
	}
	for _, s := range file.Slices {
		x.Slices = append(x.Slices, s.Facts)
	}
	x.RequiredReasonAPIs = i.requiredReasons(p, t)
	i.executables = append(i.executables, x)
}

// requiredReasons are the interfaces that any slice imports for which Apple asks a
// reason. Where none was found and a slice was not read, they are nil: unknown.
func (i *inspection) requiredReasons(p *part, t *target) []facts.RequiredReasonAPI {
	var symbols []string
	read := len(t.work.slices) > 0 && len(t.work.slices) == len(t.work.file.Slices)
	for _, v := range t.work.slices {
		if v.importsErr != nil {
			read = false
			p.add("macho-imports", t.path, "%s: %v", v.slice.Facts.Arch, v.importsErr)
		}
		symbols = append(symbols, v.imports...)
	}
	uses := privacy.Uses(symbols)
	if uses == nil && read {
		return []facts.RequiredReasonAPI{}
	}
	return uses
}

// ownerOf is the innermost bundle that a file lies in.
func (i *inspection) ownerOf(path string) string {
	for end := len(path) - 1; end > 0; end-- {
		if path[end] == '/' && i.lay.byPath[path[:end]] != nil {
			return path[:end]
		}
	}
	return i.lay.app().path
}

// readEntitlements enters what the slices' signatures grant. Slices of one file
// mostly agree; what only one grants is granted.
func (i *inspection) readEntitlements(p *part, t *target) error {
	seen := map[entitlement.Value]bool{}
	for n, s := range t.work.file.Slices {
		signature, err := s.CodeSignature()
		switch {
		case errors.Is(err, macho.ErrUnsigned):
			p.add("executable-unsigned", t.path, "the %s slice has no code signature", s.Facts.Arch)
			continue
		case medium(err):
			return err
		case err != nil:
			p.add("code-signature-unreadable", t.path, "%s: %v", s.Facts.Arch, err)
			p.partial("%s: the code signature can't be read: %v", t.path, err)
			continue
		}
		values, found, err := entitlement.Parse(signature.Entitlements, signature.EntitlementsDER)
		p.addAll(found, t.path)
		if err != nil {
			p.add("entitlements-unreadable", t.path, "%s: %v", s.Facts.Arch, err)
			p.partial("%s: the entitlements can't be read: %v", t.path, err)
		}
		i.enterEntitlements(p, t, values, seen, n > 0)
	}
	return nil
}

func (i *inspection) enterEntitlements(p *part, t *target, values []entitlement.Value, seen map[entitlement.Value]bool, later bool) {
	for _, v := range values {
		if seen[v] {
			continue
		}
		seen[v] = true
		if later {
			p.add("entitlements-differ", t.path, "%s is not the same in every slice", shorten(v.Key))
		}
		i.entitlements = append(i.entitlements, facts.Entitlement{Bundle: t.owner, Key: v.Key, Value: v.Value})
		if t.bundle.parent == nil && v.Key == "get-task-allow" && v.Value == "true" {
			i.f.App.Debuggable = true
		}
	}
}

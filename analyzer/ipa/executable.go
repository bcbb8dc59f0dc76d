package ipa

import (
	"errors"
	"io"

	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/entitlement"
	"heyan/analyzer/ipa/macho"
)

const (
	// maxExecutables is how many Mach-O files are looked at.
	maxExecutables = 1000
	// maxCode bounds the bytes inflated to reach load commands and signatures. The
	// largest apps have some 500 MiB of code in all.
	maxCode = 768 << 20
	// codePages is what is kept of one executable while it is read.
	codePages = 2 << 20
)

var errCodeBudget = errors.New("the executables are larger than is looked through")

// target is a Mach-O file to read.
type target struct {
	path   string
	bundle *bundle // the bundle it is the executable of, nil for a loose library
	owner  string
}

// readExecutables reads the load commands of every Mach-O file, and the
// entitlements of those that iOS starts by themselves.
func (i *inspection) readExecutables(p *part) error {
	left := int64(maxCode)
	for n, t := range i.targets() {
		if n >= maxExecutables {
			p.partial("more than %d executables", maxExecutables)
			return nil
		}
		if err := i.ctx.Err(); err != nil {
			return err
		}
		if err := i.readTarget(p, t, &left); err != nil {
			return err
		}
	}
	return nil
}

// targets are the executables of the bundles, the app's first, and the loose
// libraries.
func (i *inspection) targets() []target {
	var out []target
	seen := map[string]bool{}
	for _, b := range i.lay.bundles {
		exe := b.executable()
		if b.kind == kindBundle {
			if _, named := b.plist.text("CFBundleExecutable"); !named {
				continue // a bundle of resources has none
			}
		}
		seen[exe] = true
		out = append(out, target{path: exe, bundle: b, owner: b.path})
	}
	for _, e := range i.lay.dylibs {
		if !seen[e.Name] {
			out = append(out, target{path: e.Name, owner: e.Name})
		}
	}
	return out
}

// essential: a bundle that does not run without its executable.
func (t target) essential() bool { return t.bundle != nil && t.bundle.runs() }

// readTarget reads one executable; only a fault of the medium is an error.
func (i *inspection) readTarget(p *part, t target, left *int64) error {
	problem := func(code, format string, args ...any) {
		p.add(code, t.path, format, args...)
		if t.essential() {
			p.partial(t.path+": "+format, args...)
		}
	}
	if t.path == "" {
		problem("executable-name", "%s: CFBundleExecutable leaves the bundle", t.owner)
		return nil
	}
	e, err := i.find(t.path)
	switch {
	case err != nil:
		problem("executable-unreadable", "%v", err)
		return nil
	case e == nil && t.bundle.kind == kindBundle:
		return nil
	case e == nil:
		problem("executable-missing", "there is no such file")
		return nil
	}
	file, err := i.openMachO(e, t.essential(), left)
	if err != nil && file == nil {
		if medium(err) {
			return err
		}
		problem("executable-unreadable", "%v", err)
		return nil
	}
	if err != nil {
		problem("executable-damaged", "%v", err)
	}
	i.enterExecutable(p, t, file)
	if t.essential() {
		return i.readEntitlements(p, t, file)
	}
	return nil
}

// openMachO reads the load commands and, where signed asks for them, the
// signatures. With a file may come the error of a wrong checksum.
func (i *inspection) openMachO(e *archive.Entry, signed bool, left *int64) (*macho.File, error) {
	content, err := i.zip.ReaderAt(e, codePages)
	if err != nil {
		return nil, err
	}
	var src io.ReaderAt = content
	if e.Deflated() {
		src = &forward{src: content, left: left}
	}
	if !signed {
		return macho.Read(src, content.Size())
	}
	file, err := macho.ReadSigned(src, content.Size())
	if errors.Is(err, errCodeBudget) {
		return macho.Read(src, content.Size()) // the signature then fails by itself
	}
	if err != nil {
		return nil, err
	}
	return file, content.Mismatch()
}

// forward counts how far into a compressed file reading goes.
type forward struct {
	src  io.ReaderAt
	high int64
	left *int64
}

func (f *forward) ReadAt(b []byte, off int64) (int, error) {
	if end := off + int64(len(b)); end > f.high {
		if end-f.high > *f.left {
			return 0, errCodeBudget
		}
		*f.left -= end - f.high
		f.high = end
	}
	return f.src.ReadAt(b, off)
}

func (i *inspection) enterExecutable(p *part, t target, file *macho.File) {
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
	i.executables = append(i.executables, x)
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
func (i *inspection) readEntitlements(p *part, t target, file *macho.File) error {
	seen := map[entitlement.Value]bool{}
	for n, s := range file.Slices {
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

func (i *inspection) enterEntitlements(p *part, t target, values []entitlement.Value, seen map[entitlement.Value]bool, later bool) {
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

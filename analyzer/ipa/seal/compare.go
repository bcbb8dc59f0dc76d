package seal

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"heyan/analyzer/facts"
)

// File is one file of a bundle as it is.
type File struct {
	Path string // inside the bundle
	// SHA1 and SHA256 are those Needs asked for; nil for a file that could not be read.
	SHA1, SHA256 []byte
	// Link: a symbolic link to Target.
	Link   bool
	Target string
}

// Bundle is what a seal is compared with.
type Bundle struct {
	// Executable is the main executable's path inside the bundle: its own signature
	// speaks for it.
	Executable string
	Files      []File
	// NestedCode returns the 20-byte cdhash of the code at a path inside the bundle:
	// a bundle's folder or a file.
	NestedCode func(path string) (cdhash []byte, ok bool)
}

// maxListed is how many paths of a kind are named.
const maxListed = 100

// Compare compares every file with the seal and every sealed path with the files.
func (s *Seal) Compare(b Bundle) facts.Seal {
	c := &comparison{seal: s, bundle: b, seen: map[string]bool{}}
	c.out.Version, c.out.Status = s.Version, facts.SignatureValid
	c.envelope()
	for _, f := range b.Files {
		c.file(f)
	}
	for path, e := range s.files {
		c.sealed(path, e)
	}
	return c.finish()
}

// comparison is one Compare call.
type comparison struct {
	seal   *Seal
	bundle Bundle
	seen   map[string]bool
	out    facts.Seal

	altered, missing, added []string
}

// envelope says what is weak about the seal itself.
func (c *comparison) envelope() {
	if c.seal.Version == 1 {
		c.find("seal-version-1", "errSecCSWeakResourceEnvelope", "", false)
	}
	if bad := c.seal.bad; len(bad) > 0 {
		slices.Sort(bad)
		c.find("seal-rule-invalid", "errSecCSResourceRulesInvalid", fmt.Sprintf("%q", bad[0]), true)
	}
	var custom []string
	for _, r := range c.seal.rules {
		if r.custom {
			custom = append(custom, r.pattern)
		}
	}
	if len(custom) > 0 {
		slices.Sort(custom)
		c.find("seal-rule-omits", "errSecCSWeakResourceRules", fmt.Sprintf("%q", custom[0]), false)
	}
}

func (c *comparison) find(code, apple, detail string, fatal bool) {
	c.out.Findings = append(c.out.Findings, facts.Finding{Code: code, Apple: apple, Detail: detail, Fatal: fatal})
}

// file compares one file with what was sealed of it.
func (c *comparison) file(f File) {
	if excluded(f.Path, c.bundle.Executable) || c.inNested(f.Path) {
		return
	}
	e, sealed := c.seal.files[f.Path]
	if !sealed {
		if r, ok := c.seal.decide(f.Path); ok && r.omit {
			return
		}
		c.added = append(c.added, f.Path)
		return
	}
	c.seen[f.Path] = true
	c.out.Files++
	if !same(e, f) {
		c.altered = append(c.altered, f.Path)
	}
}

// inNested reports whether the path lies in nested code that the seal names as a
// whole.
func (c *comparison) inNested(path string) bool {
	for end := len(path); end > 0; end = strings.LastIndexByte(path[:end], '/') {
		if e, ok := c.seal.files[path[:end]]; ok && e.nested {
			return true
		}
	}
	return false
}

func same(e entry, f File) bool {
	switch {
	case e.link || f.Link:
		return e.link && f.Link && e.symlink == f.Target
	case e.sha256 != nil:
		return bytes.Equal(e.sha256, f.SHA256)
	}
	return e.sha1 != nil && bytes.Equal(e.sha1, f.SHA1)
}

// sealed looks for what was sealed and is not there.
func (c *comparison) sealed(path string, e entry) {
	switch {
	case e.nested:
		c.out.Files++
		var got []byte
		ok := false
		if c.bundle.NestedCode != nil {
			got, ok = c.bundle.NestedCode(path)
		}
		switch {
		case ok && !bytes.Equal(got, e.cdhash):
			c.altered = append(c.altered, path)
		case !ok && !e.optional:
			c.missing = append(c.missing, path)
		}
	case !c.seen[path] && !e.optional && !excluded(path, c.bundle.Executable):
		c.missing = append(c.missing, path)
	}
}

func (c *comparison) finish() facts.Seal {
	list := func(all []string, code string) ([]string, int) {
		slices.SortFunc(all, cmp.Compare)
		if len(all) > 0 {
			c.out.Findings = append(c.out.Findings, facts.Finding{
				Code: code, Apple: "errSecCSBadResource", Detail: fmt.Sprintf("%q", all[0]), Fatal: true, Count: len(all)})
		}
		return slices.Clone(all[:min(len(all), maxListed)]), len(all)
	}
	c.out.Altered, c.out.AlteredCount = list(c.altered, "resource-altered")
	c.out.Missing, c.out.MissingCount = list(c.missing, "resource-missing")
	c.out.Added, c.out.AddedCount = list(c.added, "resource-added")
	for _, f := range c.out.Findings {
		if f.Fatal {
			c.out.Status = facts.SignatureInvalid
		}
	}
	return c.out
}

// Package ipatest builds iOS packages for tests: ordinary ones with everything
// an app may have in it, and ones that lie. It needs no Apple tools; profiles
// are signed by a throw-away authority. Equal input gives equal bytes.
package ipatest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"heyan/analyzer/archive/archivetest"
	"heyan/analyzer/ipa/machotest"
)

// File is a file at a path inside its bundle.
type File struct {
	Path string
	Data []byte
}

// Bundle is a bundle before it is written. What is nil is left out.
type Bundle struct {
	// Path is inside the archive, or for a nested bundle inside its parent.
	Path string
	// Info is written as Info.plist in XML, or InfoPlist as it stands.
	Info      map[string]any
	InfoPlist []byte
	// Executable is written to what Info calls CFBundleExecutable.
	Executable []byte
	// Strings are the InfoPlist.strings by language.
	Strings map[string]map[string]string
	Privacy map[string]any // PrivacyInfo.xcprivacy
	Profile []byte         // embedded.mobileprovision, see Profile
	Files   []File
	Nested  []Bundle
}

// Bytes writes a package with this bundle as its app.
func (b Bundle) Bytes() []byte { return b.Archive().Bytes() }

// Archive is the package before it is written, so that a test can add to it or
// make it lie.
func (b Bundle) Archive() *archivetest.Builder {
	z := &archivetest.Builder{}
	b.add(z, b.Path)
	return z
}

func (b Bundle) add(z *archivetest.Builder, folder string) {
	b.each(folder, func(name string, data []byte) {
		if data == nil {
			z.Store(name, nil)
			return
		}
		z.Deflate(name, data)
	})
}

// each visits all there is in the bundle, the folders themselves without data.
func (b Bundle) each(folder string, visit func(name string, data []byte)) {
	visit(folder+"/", nil)
	put := func(name string, data []byte) {
		if data != nil {
			visit(path.Join(folder, name), data)
		}
	}
	if b.InfoPlist == nil && b.Info != nil {
		b.InfoPlist = machotest.Plist(b.Info)
	}
	put("Info.plist", b.InfoPlist)
	if name, ok := b.Info["CFBundleExecutable"].(string); ok {
		put(name, b.Executable)
	}
	for _, language := range slices.Sorted(maps.Keys(b.Strings)) {
		put(language+".lproj/InfoPlist.strings", Strings(b.Strings[language]))
	}
	if b.Privacy != nil {
		put("PrivacyInfo.xcprivacy", machotest.Plist(b.Privacy))
	}
	put("embedded.mobileprovision", b.Profile)
	for _, f := range b.Files {
		put(f.Path, f.Data)
	}
	for _, nested := range b.Nested {
		nested.each(path.Join(folder, nested.Path), visit)
	}
}

// Strings writes a strings file in UTF-8, sorted by key.
func Strings(texts map[string]string) []byte {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	var out strings.Builder
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		fmt.Fprintf(&out, "\"%s\" = \"%s\";\n", quote.Replace(key), quote.Replace(texts[key]))
	}
	return []byte(out.String())
}

package ipa

import (
	"fmt"
	"slices"
	"strings"

	"heyan/analyzer/archive"
)

// What is read of one package at most.
const (
	maxBundles     = 1000
	maxDylibs      = 500
	maxStrings     = 2000 // strings files in all
	maxStringsEach = 256  // of one bundle; iOS knows some 200 languages
	maxPrivacy     = 500
)

// Names of files that a bundle has in its own folder.
const (
	infoName    = "Info.plist"
	profileName = "embedded.mobileprovision"
	privacyName = "PrivacyInfo.xcprivacy"
	stringsName = "InfoPlist.strings"
	assetsName  = "Assets.car"
)

// layout is what there is in the archive, by its names alone.
type layout struct {
	// root is the app's folder with a slash, "Payload/School.app/".
	root string
	// bundles has the app first, then the others by path.
	bundles []*bundle
	dylibs  []*archive.Entry // outside frameworks
	assets  bool
	sinf    int // files of SC_Info
	// cut counts what lies beyond the limits.
	cut struct{ bundles, dylibs, strings, privacy int }

	byPath  map[string]*bundle
	strings int
	privacy int
}

func (l *layout) app() *bundle { return l.bundles[0] }

// newLayout goes through the names once.
func newLayout(zip *archive.Archive, root string) *layout {
	app := &bundle{path: strings.TrimSuffix(root, "/"), kind: kindApp}
	l := &layout{root: root, bundles: []*bundle{app}, byPath: map[string]*bundle{app.path: app}}
	entries := zip.Entries()
	for n := range entries {
		e := &entries[n]
		if rel, ok := strings.CutPrefix(e.Name, root); ok && rel != "" && plainPath(rel) {
			l.see(e, rel)
		}
	}
	slices.SortFunc(l.bundles[1:], func(a, b *bundle) int { return strings.Compare(a.path, b.path) })
	return l
}

// plainPath: no part is empty, "." or "..", no backslash. Others name nothing in
// a bundle; the archive's reader reports them.
func plainPath(rel string) bool {
	if strings.IndexByte(rel, '\\') >= 0 || rel[0] == '/' || rel[0] == '.' && (strings.HasPrefix(rel, "./") || strings.HasPrefix(rel, "../")) {
		return false
	}
	return !strings.Contains(rel, "//") && !strings.Contains(rel, "/./") && !strings.Contains(rel, "/../")
}

// see files an entry; rel is its name below the app's folder.
func (l *layout) see(e *archive.Entry, rel string) {
	b, within := l.app(), rel
	for at := 0; ; {
		slash := strings.IndexByte(rel[at:], '/')
		if slash < 0 {
			break
		}
		end := at + slash
		if isBundle(rel[at:end]) {
			if b = l.bundle(rel[:end], b); b == nil {
				return
			}
			within = rel[end+1:]
		}
		at = end + 1
	}
	if !e.Dir {
		l.file(b, e, within)
	}
}

func isBundle(name string) bool {
	for _, ext := range []string{".app", ".appex", ".framework", ".bundle", ".xctest"} {
		if strings.HasSuffix(name, ext) && len(name) > len(ext) {
			return true
		}
	}
	return false
}

// bundle is the bundle at rel inside parent, made where it is new; nil beyond the
// limit.
func (l *layout) bundle(rel string, parent *bundle) *bundle {
	// The map is asked with a key that is made only for a new bundle.
	path := l.root + rel
	if b, ok := l.byPath[path]; ok {
		return b
	}
	if len(l.bundles) >= maxBundles {
		l.cut.bundles++
		return nil
	}
	b := &bundle{path: strings.Clone(path), kind: kindOf(rel, parent), parent: parent}
	l.byPath[b.path] = b
	l.bundles = append(l.bundles, b)
	return b
}

// file files what is read of a bundle.
func (l *layout) file(b *bundle, e *archive.Entry, within string) {
	switch {
	case within == infoName, b.kind == kindBundle && within == "Contents/"+infoName && b.info == nil:
		b.infos++
		b.info = e
	case strings.HasSuffix(within, "/"+privacyName), within == privacyName:
		if l.privacy++; l.privacy > maxPrivacy {
			l.cut.privacy++
			return
		}
		b.privacy = append(b.privacy, e)
	case strings.HasSuffix(within, ".lproj/"+stringsName):
		l.localised(b, e, strings.TrimSuffix(within, ".lproj/"+stringsName))
	case strings.HasSuffix(within, ".dylib"):
		if len(l.dylibs) >= maxDylibs {
			l.cut.dylibs++
			return
		}
		l.dylibs = append(l.dylibs, e)
	case b.parent != nil:
	case within == assetsName:
		l.assets = true
	case strings.HasPrefix(within, "SC_Info/"):
		l.sinf++
	}
}

// localised files a strings file of a bundle that asks for permissions.
func (l *layout) localised(b *bundle, e *archive.Entry, folder string) {
	if !b.runs() || strings.IndexByte(folder, '/') >= 0 {
		return
	}
	if l.strings >= maxStrings || len(b.strings) >= maxStringsEach {
		l.cut.strings++
		return
	}
	l.strings++
	b.strings = append(b.strings, localised{folder: folder, entry: e})
}

// apps are the folders Payload/*.app, those with an Info.plist and those without.
func apps(zip *archive.Archive) (complete, bare []string) {
	const most = 8
	seen := map[string]bool{} // whether it has an Info.plist
	var order []string
	entries := zip.Entries()
	for n := range entries {
		rest, ok := strings.CutPrefix(entries[n].Name, "Payload/")
		if !ok {
			continue
		}
		app, file, ok := strings.Cut(rest, "/")
		if !ok || !strings.HasSuffix(app, ".app") || len(app) == len(".app") {
			continue
		}
		has, known := seen[app]
		if !known {
			if len(order) >= most {
				continue
			}
			order = append(order, app)
		}
		seen[app] = has || file == infoName
	}
	for _, app := range order {
		if root := "Payload/" + app + "/"; seen[app] {
			complete = append(complete, root)
		} else {
			bare = append(bare, root)
		}
	}
	return complete, bare
}

// oneApp is the app that would be installed: the only one.
func oneApp(complete []string) (string, error) {
	switch len(complete) {
	case 0:
		return "", fmt.Errorf("no Payload/*.app with an %s in it", infoName)
	case 1:
		return complete[0], nil
	}
	return "", fmt.Errorf("%d apps in Payload/ (%q, %q ...), and which one is meant is not to be told", len(complete), complete[0], complete[1])
}

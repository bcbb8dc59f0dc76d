package ipa

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/plist"
	"heyan/analyzer/ipa/seal"
	stringsfile "heyan/analyzer/ipa/strings"
)

// Kinds of facts.Bundle.
const (
	kindApp       = "app"
	kindAppex     = "appex"
	kindWatch     = "watch"
	kindClip      = "app-clip"
	kindFramework = "framework"
	kindDylib     = "dylib"
	kindBundle    = "bundle"
)

// bundle is the app or a bundle nested in it.
type bundle struct {
	path    string // without a slash at its end
	kind    string
	parent  *bundle // nil for the app
	info    *archive.Entry
	infos   int // entries named Info.plist
	strings []localised
	privacy []*archive.Entry

	plist info // nil where there is none that can be read
	// signedInfo and resources are the bytes that its code's signature binds.
	signedInfo, resources []byte
	seal                  *seal.Seal // nil where there is none that can be read
	sealErr               error
	// texts are the strings files by language tag.
	texts map[string]stringsfile.Table
}

// localised is a strings file of the folder FOLDER.lproj.
type localised struct {
	folder string
	entry  *archive.Entry
}

// kindOf tells a nested bundle's kind by its extension and its place.
func kindOf(rel string, parent *bundle) string {
	switch path.Ext(rel) {
	case ".appex":
		return kindAppex
	case ".framework":
		return kindFramework
	case ".app":
		switch dir := path.Dir(rel); {
		case dir == "Watch", dir == "com.apple.WatchPlaceholder", parent.kind == kindAppex:
			return kindWatch // inside an appex: an app for watchOS 1
		case dir == "AppClips":
			return kindClip
		}
		return kindApp
	}
	return kindBundle
}

// runs reports whether the bundle is a program that iOS starts by itself: its
// purpose strings and entitlements count. Those of frameworks do not, nor those
// of an app in a place where none is looked for.
func (b *bundle) runs() bool {
	switch b.kind {
	case kindAppex, kindWatch, kindClip:
		return true
	case kindApp:
		return b.parent == nil
	}
	return false
}

// executable is the path that CFBundleExecutable names, or the folder's name
// where it names none (CFBundleCopyExecutableURL); empty for a name that leaves
// the bundle.
func (b *bundle) executable() string {
	name, ok := b.plist.text("CFBundleExecutable")
	if !ok || name == "" {
		name = strings.TrimSuffix(path.Base(b.path), path.Ext(b.path))
	}
	if !below(name) {
		return ""
	}
	return b.path + "/" + name
}

// maxInfo is the length of the longest Info.plist that is read. What all take
// together is bounded, and so is what a nested one may hold, since a list may be
// small in the archive and large in memory.
const (
	maxInfo          = 2 << 20
	maxAllInfos      = 8 << 20
	maxNestedObjects = 5000
)

// readBundles finds the app, reads every Info.plist and enters what the app's
// own says of the app.
func (i *inspection) readBundles(p *part) error {
	complete, bare := apps(i.zip)
	root, err := oneApp(complete)
	if err != nil {
		return err
	}
	for _, extra := range bare {
		p.add("payload-extra-app", extra, "another app folder, without an %s", infoName)
	}
	lay := newLayout(i.zip, root)
	i.lay = lay
	i.reportCuts(p)
	i.reportStore(p)
	if err := i.readInfos(p); err != nil {
		return err
	}
	i.enterBundles(p)
	if lay.app().plist == nil {
		return nil
	}
	i.enterApp(p)
	return i.readIcon(p)
}

func (i *inspection) reportCuts(p *part) {
	if n := i.lay.cut.bundles; n > 0 {
		p.partial("more than %d bundles; %d files lie in those that were not looked at", maxBundles, n)
	}
	if n := i.lay.cut.dylibs; n > 0 {
		p.add("bundle-limit", "", "%d libraries beyond the first %d are not looked at", n, maxDylibs)
	}
}

// reportStore names what shows a copy from the App Store. Its content names the
// buyer, so it is not read.
func (i *inspection) reportStore(p *part) {
	if n := i.lay.sinf; n > 0 {
		p.add("store-sc-info", i.lay.root+"SC_Info", "%d files of a copy that was bought in the App Store; they name the buyer and were not read", n)
	}
	if _, count := i.zip.Lookup("iTunesMetadata.plist"); count > 0 {
		p.add("store-purchaser-metadata", "iTunesMetadata.plist", "a copy from the App Store; the file names the buyer and was not read")
	}
}

// readInfos reads the Info.plist of every bundle. Without the app's own nothing
// can be said of the app; without another's, not everything.
func (i *inspection) readInfos(p *part) error {
	left := int64(maxAllInfos)
	for _, b := range i.lay.bundles {
		if err := i.ctx.Err(); err != nil {
			return err
		}
		err := i.readInfo(p, b, &left)
		switch {
		case medium(err):
			return err
		case err == nil:
		case b.parent == nil:
			p.add("info-plist-unreadable", b.path, "%v", err)
			p.fail("the app's %s can't be read: %v", infoName, err)
		case b.runs():
			p.add("info-plist-unreadable", b.path, "%v", err)
			p.partial("%s: %v", b.path, err)
		case b.infos > 0:
			p.add("info-plist-unreadable", b.path, "%v", err)
		}
	}
	return nil
}

func (i *inspection) readInfo(p *part, b *bundle, left *int64) error {
	switch {
	case b.infos == 0:
		return fmt.Errorf("there is no %s", infoName)
	case b.infos > 1:
		return errTwice
	}
	data, err := i.file(p, b.info, min(maxInfo, *left))
	if err != nil {
		return err
	}
	*left -= int64(len(data))
	var limits plist.Limits
	if b.parent != nil {
		limits.Objects = maxNestedObjects
	}
	doc, err := plist.Read(data, limits)
	if err != nil {
		return err
	}
	dict, ok := doc.Value.(map[string]any)
	if !ok {
		return errors.New("it is no dictionary")
	}
	b.plist = newInfo(dict)
	p.addAll(doc.Anomalies, b.info.Name)
	if !b.runs() {
		return nil
	}
	if len(doc.Anomalies) > 0 {
		p.partial("%s: %s", b.info.Name, doc.Anomalies[0].Detail)
	}
	for _, key := range b.plist.keys() {
		if list, _ := b.plist[key].([]any); len(list) > maxList {
			p.partial("%s: %s has %d items, %d are read", b.info.Name, shorten(key), len(list), maxList)
		}
	}
	return nil
}

// enterBundles enters the bundles, the app first, and the libraries outside
// frameworks.
func (i *inspection) enterBundles(p *part) {
	for _, b := range i.lay.bundles {
		id, _ := b.plist.text("CFBundleIdentifier")
		version, _ := b.plist.text("CFBundleShortVersionString")
		build, _ := b.plist.text("CFBundleVersion")
		minOS, _ := b.plist.text("MinimumOSVersion")
		f := facts.Bundle{Path: b.path, Kind: b.kind, ID: id, Version: version, Build: build, MinOS: minOS}
		if b.kind == kindAppex {
			f.ExtensionPoint, _ = b.extensionPoint()
		}
		if exe := b.executable(); exe != "" {
			if _, count := i.zip.Lookup(exe); count > 0 {
				f.Executable = exe
			}
		}
		if b.parent != nil && b.kind == kindApp {
			p.add("bundle-misplaced", b.path, "an app in a place where iOS looks for none")
		}
		i.f.Bundles = append(i.f.Bundles, f)
	}
	for _, e := range i.lay.dylibs {
		i.f.Bundles = append(i.f.Bundles, facts.Bundle{Path: e.Name, Kind: kindDylib, Executable: e.Name})
	}
}

// extensionPoint is what an extension extends, and the key that says so:
// NSExtension for most, EXAppExtensionAttributes for those of ExtensionKit.
func (b *bundle) extensionPoint() (point string, key string) {
	for _, where := range [...][2]string{{"NSExtension", "NSExtensionPointIdentifier"}, {"EXAppExtensionAttributes", "EXExtensionPointIdentifier"}} {
		if point, ok := b.plist.dict(where[0]).text(where[1]); ok {
			return point, where[1]
		}
	}
	return "", ""
}

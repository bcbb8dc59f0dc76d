package ipa

import (
	"maps"
	"slices"
	"strings"

	"heyan/analyzer/facts"
	stringsfile "heyan/analyzer/ipa/strings"
)

// maxAllStrings bounds the strings files of a package, and what is kept of them.
const (
	maxAllStrings = 32 << 20
	maxKeptText   = 4 << 20
)

// readStrings reads InfoPlist.strings of the bundles that ask for permissions.
func (i *inspection) readStrings(p *part) error {
	left, room := int64(maxAllStrings), maxKeptText
	for _, b := range i.lay.bundles {
		b.texts = map[string]stringsfile.Table{}
		for _, s := range b.strings {
			if err := i.ctx.Err(); err != nil {
				return err
			}
			if err := i.readTexts(p, b, s, &left, &room); err != nil {
				return err
			}
		}
	}
	if n := i.lay.cut.strings; n > 0 {
		p.partial("%d strings files beyond the limits (%d in all, %d of one bundle) are not read", n, maxStrings, maxStringsEach)
	}
	return nil
}

// readTexts reads one file; only a fault of the medium is an error.
func (i *inspection) readTexts(p *part, b *bundle, s localised, left *int64, room *int) error {
	data, err := i.file(p, s.entry, min(stringsfile.MaxBytes, *left))
	if medium(err) {
		return err
	}
	*left -= int64(len(data))
	var table stringsfile.Table
	var found []facts.Anomaly
	if err == nil {
		table, found, err = stringsfile.Decode(data)
	}
	if err != nil {
		p.add("strings-unreadable", s.entry.Name, "%v", err)
		p.partial("%s: %v", s.entry.Name, err)
		return nil
	}
	p.addAll(found, s.entry.Name)
	tag := b.localeOf(s.folder)
	if tag == "" {
		p.add("strings-locale", s.entry.Name, "%q is no language", shorten(s.folder))
		return nil
	}
	if _, twice := b.texts[tag]; twice {
		p.add("strings-locale", s.entry.Name, "there is another folder for %s, which was taken", tag)
		return nil
	}
	kept := relevant(table)
	for key, text := range kept {
		*room -= len(key) + len(text)
	}
	if *room < 0 {
		p.partial("the texts in other languages are longer than %d bytes", maxKeptText)
		return nil
	}
	b.texts[tag] = kept
	return nil
}

// localeOf is the tag of a folder; Base.lproj holds the development region's
// texts.
func (b *bundle) localeOf(folder string) string {
	if folder != "Base" {
		return locale(folder)
	}
	region, _ := b.plist.text("CFBundleDevelopmentRegion")
	if tag := locale(region); tag != "" {
		return tag
	}
	return "en"
}

// relevant are the texts that matter: names and purposes.
func relevant(t stringsfile.Table) stringsfile.Table {
	kept := stringsfile.Table{}
	for key, text := range t {
		base := plainKey(key)
		if base != nameKey && base != displayNameKey && !purposeKey(base) {
			continue
		}
		if _, ok := kept[base]; !ok || base == key {
			kept[base] = strings.Clone(text)
		}
	}
	return kept
}

// Keys of an app's name: the second is shown under the icon where it is there.
const (
	nameKey        = "CFBundleName"
	displayNameKey = "CFBundleDisplayName"
	// defaultLocale is the key of a text for all other locales.
	defaultLocale = "default"
)

// maxNames bounds the names of the app, in bytes.
const maxNames = 256 << 10

// enterNames enters the app's name in every language. A file that gives only
// CFBundleName changes nothing where the app has a display name.
func (i *inspection) enterNames() {
	b := i.lay.app()
	key := displayNameKey
	name, ok := b.plist.text(key)
	if !ok || name == "" {
		key = nameKey
		name, ok = b.plist.text(key)
	}
	names := map[string]string{}
	if ok {
		names[defaultLocale] = name
	}
	size := 0
	for _, tag := range slices.Sorted(maps.Keys(b.texts)) {
		text := b.texts[tag][displayNameKey]
		if text == "" && key == nameKey {
			text = b.texts[tag][nameKey]
		}
		if size += len(text); text != "" && size <= maxNames {
			names[tag] = text
		}
	}
	if len(names) == 0 {
		return
	}
	i.f.App.Names, i.f.App.Name = names, shownName(names)
}

// shownName is the name a Chinese user sees, else the default, else the first.
func shownName(names map[string]string) string {
	for _, tag := range []string{"zh-Hans-CN", "zh-CN", "zh-Hans", "zh", defaultLocale} {
		if name, ok := names[tag]; ok {
			return name
		}
	}
	return names[slices.Min(slices.Collect(maps.Keys(names)))]
}

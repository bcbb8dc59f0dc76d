package ipa

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/cgbi"
)

const (
	// maxIcon is how large an icon file may be to be looked at.
	maxIcon = 8 << 20
	// maxIconNames is how many names of icons are looked up, and maxIconFiles how
	// many files are looked at.
	maxIconNames = 32
	maxIconFiles = 24
)

// readIcon finds the largest of the app's icons that lie in its folder. Xcode
// leaves two of them there; the rest are in the asset catalogue.
func (i *inspection) readIcon(p *part) error {
	var best *facts.Icon
	for n, e := range i.iconFiles() {
		if n >= maxIconFiles {
			break
		}
		data, err := i.zip.ReadFile(e, maxIcon)
		if medium(err) {
			return err
		}
		icon := facts.Icon{Path: e.Name, Kind: "unknown"}
		if err == nil {
			err = lookAt(data, &icon)
		}
		if err != nil {
			p.add("icon-unreadable", e.Name, "%v", err)
			continue
		}
		if best == nil || icon.Width*icon.Height > best.Width*best.Height {
			best = &icon
		}
	}
	i.f.App.Icon = best
	return nil
}

func lookAt(data []byte, icon *facts.Icon) error {
	head, err := cgbi.Read(data)
	if err != nil {
		return err
	}
	icon.Kind, icon.Width, icon.Height = "png", head.Width, head.Height
	if head.Crushed {
		icon.Kind = "crushed-png"
	}
	sum := sha256.Sum256(data)
	icon.SHA256 = hex.EncodeToString(sum[:])
	return nil
}

// iconNames are the names of icons that the Info.plist gives, in order.
func iconNames(d info) []string {
	var names []string
	for _, key := range []string{"CFBundleIcons", "CFBundleIcons~ipad"} {
		primary := d.dict(key).dict("CFBundlePrimaryIcon")
		names = append(names, primary.texts("CFBundleIconFiles")...)
		if name, ok := primary.text("CFBundleIconName"); ok {
			names = append(names, name)
		}
	}
	for _, key := range []string{"CFBundleIconFiles", "CFBundleIconFiles~ipad", "CFBundleIconFile"} {
		names = append(names, d.texts(key)...)
	}
	names = append(names, "Icon") // the name from before all of these keys
	return names[:min(len(names), maxIconNames)]
}

// iconFiles are the files that the names stand for: without their extension, for
// each scale and device.
func (i *inspection) iconFiles() []*archive.Entry {
	var files []*archive.Entry
	for _, name := range iconNames(i.lay.app().plist) {
		if !below(name) {
			continue
		}
		name = strings.TrimSuffix(name, ".png")
		if at := strings.LastIndexByte(name, '@'); at > 0 {
			name = name[:at]
		}
		for _, scale := range []string{"@3x", "@2x", ""} {
			for _, device := range []string{"", "~iphone", "~ipad"} {
				e, err := i.find(i.lay.root + name + scale + device + ".png")
				if err == nil && e != nil && !slices.Contains(files, e) {
					files = append(files, e)
				}
			}
		}
	}
	return files
}

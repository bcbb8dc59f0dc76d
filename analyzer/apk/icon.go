package apk

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"

	"heyan/analyzer/apk/arsc"
	"heyan/analyzer/apk/axml"
	"heyan/analyzer/apk/manifest"
	"heyan/analyzer/apk/restype"
	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
)

const (
	attrDrawable = 0x01010199
	// maxIcon is how large an icon file may be to be looked at.
	maxIcon = 8 << 20
	// maxIconFiles is how many files are looked at to find an image.
	maxIconFiles = 16
	// iconHead is how much of a file is kept to find its size in pixels.
	iconHead = 64 << 10
)

// iconFile is one file that a drawable stands for.
type iconFile struct {
	path    string
	density int
}

// readIcon finds the launcher icon: the sharpest image for display, and the
// adaptive icon where there is one.
func (i *inspection) readIcon(p *part, from *manifest.Result) {
	ref := from.Icon
	if ref == 0 {
		ref = from.RoundIcon
	}
	if ref == 0 {
		return
	}
	files := i.iconFiles(ref)
	var image, other *facts.Icon
	var adaptive facts.Icon
	for n, file := range files {
		if n >= maxIconFiles || image != nil && adaptive.Adaptive != "" {
			break
		}
		icon, err := i.lookAt(file.path)
		if err != nil {
			p.add(facts.Anomaly{Code: "icon-unreadable", Detail: err.Error(), Where: file.path})
			continue
		}
		switch {
		case icon.Kind == kindAdaptive && adaptive.Adaptive == "":
			adaptive = icon
			adaptive.Adaptive = icon.Path
		case isImage(icon.Kind) && image == nil:
			image = &icon
		case other == nil:
			other = &icon
		}
	}
	i.f.App.Icon = chooseIcon(image, other, adaptive)
}

// chooseIcon joins what was found: the image is shown, the adaptive icon's
// layers are named beside it.
func chooseIcon(image, other *facts.Icon, adaptive facts.Icon) *facts.Icon {
	switch {
	case adaptive.Adaptive == "" && image != nil:
		return image
	case adaptive.Adaptive == "":
		return other
	case image == nil:
		return &adaptive
	}
	image.Adaptive = adaptive.Adaptive
	image.Foreground, image.Background, image.Monochrome = adaptive.Foreground, adaptive.Background, adaptive.Monochrome
	return image
}

func isImage(kind string) bool { return kind == kindPNG || kind == kindWebP || kind == kindJPEG }

// iconFiles lists the files of a drawable for all configurations, references
// followed: XML for any density first, then images from the sharpest down.
func (i *inspection) iconFiles(ref uint32) []iconFile {
	var files []iconFile
	seen := map[uint32]bool{}
	todo := []uint32{ref}
	i.res.use(func(t *arsc.Table) error {
		for len(todo) > 0 && len(seen) < arsc.MaxDepth {
			next := todo[0]
			todo = todo[1:]
			if seen[next] {
				continue
			}
			seen[next] = true
			values, err := t.Values(next)
			if err != nil {
				return err
			}
			for _, e := range values {
				switch {
				case e.Value.IsReference() && e.Value.Data != 0:
					todo = append(todo, e.Value.Data)
				case e.Text != "" && !slices.ContainsFunc(files, func(f iconFile) bool { return f.path == e.Text }):
					files = append(files, iconFile{path: e.Text, density: sharpness(e.Config.Density)})
				}
			}
		}
		return nil
	})
	slices.SortStableFunc(files, func(a, b iconFile) int { return b.density - a.density })
	return files
}

// sharpness orders densities: any (XML) before all, none behind all.
func sharpness(density uint16) int {
	switch density {
	case arsc.DensityAny:
		return 1 << 16
	case arsc.DensityDefault:
		return 160
	case arsc.DensityNone:
		return 1
	}
	return int(density)
}

// lookAt says what an icon file is.
func (i *inspection) lookAt(path string) (facts.Icon, error) {
	icon := facts.Icon{Path: path}
	entry, count := i.zip.Lookup(path)
	if count != 1 || entry.UncompressedSize > maxIcon {
		return icon, errors.New("no single file of at most 8 MiB has this name")
	}
	r, err := i.zip.Open(entry)
	if err != nil {
		return icon, err
	}
	defer r.Close()
	sum := sha256.New()
	head, err := io.ReadAll(io.TeeReader(io.LimitReader(r, iconHead), sum))
	if err == nil {
		_, err = io.Copy(sum, r)
	}
	if err != nil && !errors.Is(err, archive.ErrContent) {
		return icon, err
	}
	icon.SHA256 = hex.EncodeToString(sum.Sum(nil))
	pic := sniff(head)
	icon.Kind, icon.Width, icon.Height = pic.kind, pic.width, pic.height
	if pic.kind == kindXML {
		return icon, i.readDrawable(&icon)
	}
	return icon, nil
}

// readDrawable reads an XML icon: what kind it is, and an adaptive one's layers.
func (i *inspection) readDrawable(icon *facts.Icon) error {
	x, err := i.openXML(icon.Path)
	if err != nil {
		return err
	}
	return eachElement(x, func() error {
		switch {
		case x.Depth() == 1 && x.Name() == "adaptive-icon":
			icon.Kind = kindAdaptive
		case x.Depth() == 1 && x.Name() == "vector":
			icon.Kind = kindVector
		case x.Depth() == 2 && icon.Kind == kindAdaptive:
			return i.readLayer(x, icon)
		}
		return nil
	}, func() {}, func(string) {})
}

func (i *inspection) readLayer(x *axml.Reader, icon *facts.Icon) error {
	var to *string
	switch x.Name() {
	case "foreground":
		to = &icon.Foreground
	case "background":
		to = &icon.Background
	case "monochrome":
		to = &icon.Monochrome
	default:
		return nil
	}
	a, seen := x.ByID(attrDrawable, "drawable")
	if seen == axml.Absent {
		return nil
	}
	v, text, ref, err := i.resolveAttr(x, a)
	if v.Type == restype.ValueString && ref != 0 {
		if files := i.iconFiles(ref); len(files) > 0 {
			text = files[0].path
		}
	}
	*to = text
	return err
}

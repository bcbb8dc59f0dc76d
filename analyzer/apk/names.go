package apk

import (
	"heyan/analyzer/apk/arsc"
	"heyan/analyzer/apk/manifest"
	"heyan/analyzer/apk/restype"
)

const (
	// maxLocales and maxNames bound the names of one app: locales, and bytes.
	maxLocales = 512
	maxNames   = 256 << 10
	// defaultName is the key of the name for all other locales.
	defaultName = "default"
)

// preferred are the locales of the name that a Chinese user sees, best first.
func preferred() []string { return []string{"zh-Hans-CN", "zh-CN", "zh-Hans", "zh", defaultName} }

func (i *inspection) readNames(p *part, from *manifest.Result) {
	app := &i.f.App
	app.Names = i.names(from.Label)
	app.Name = pickName(app.Names)
	if from.Label.Ref != 0 && len(app.Names) == 0 {
		p.partial("the label %s is not in this package", reference(from.Label.Ref))
	}
	if launcher := pickName(i.names(from.LauncherLabel)); launcher != app.Name {
		app.LauncherName = launcher
	}
}

// names is a label's text by locale.
func (i *inspection) names(label manifest.Text) map[string]string {
	switch {
	case label.Text != "":
		return map[string]string{defaultName: label.Text}
	case label.Ref == 0:
		return nil
	}
	names := make(map[string]string)
	i.res.use(func(t *arsc.Table) error {
		locales, err := t.Locales(label.Ref, maxLocales)
		if err != nil {
			return err
		}
		size := 0
		for _, locale := range locales {
			e, _, ok, err := t.Find(label.Ref, locale)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if locale == "" {
				locale = defaultName
			}
			name := e.Text
			if e.Value.Type != restype.ValueString {
				name = e.Value.String()
			}
			if size += len(name); size > maxNames {
				return arsc.ErrLimit
			}
			names[locale] = name
		}
		return nil
	})
	return names
}

// pickName chooses the name to show. Where there is neither a Chinese nor a
// default one it is the first by locale.
func pickName(names map[string]string) string {
	for _, locale := range preferred() {
		if name, ok := names[locale]; ok {
			return name
		}
	}
	first := ""
	for locale := range names {
		if first == "" || locale < first {
			first = locale
		}
	}
	return names[first]
}

func reference(id uint32) string {
	return restype.Value{Type: restype.ValueReference, Data: id}.String()
}

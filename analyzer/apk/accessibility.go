package apk

import (
	"slices"

	"heyan/analyzer/apk/axml"
	"heyan/analyzer/apk/manifest"
	"heyan/analyzer/facts"
)

// maxDescriptions is how many accessibility services are looked into.
const maxDescriptions = 32

const canRetrieveWindowContent = 0x01010385

// readAccessibility notes which accessibility services may read the screen.
func (i *inspection) readAccessibility(p *part, from *manifest.Result) {
	for n, d := range from.Accessibility {
		if n >= maxDescriptions {
			p.partial("more than %d accessibility services", maxDescriptions)
			return
		}
		path := i.res.text(d.Ref)
		reads, err := i.retrievesContent(path)
		if err != nil {
			p.add(facts.Anomaly{Code: "accessibility-unreadable", Detail: err.Error(), Where: path})
			p.partial("accessibility service: %v", err)
			continue
		}
		c := &i.f.Components[d.Component]
		if reads && !slices.ContainsFunc(c.MetaData, func(m facts.MetaData) bool { return m.Name == "canRetrieveWindowContent" }) {
			c.MetaData = append(c.MetaData, facts.MetaData{Name: "canRetrieveWindowContent", Value: "true"})
		}
	}
}

func (i *inspection) retrievesContent(path string) (bool, error) {
	x, err := i.openXML(path)
	if err != nil {
		return false, err
	}
	found := false
	err = eachElement(x, func() error {
		if x.Name() != "accessibility-service" {
			return nil
		}
		a, seen := x.ByID(canRetrieveWindowContent, "canRetrieveWindowContent")
		if seen == axml.Absent {
			return nil
		}
		v, text, _, err := i.resolveAttr(x, a)
		found = found || truth(v, text)
		return err
	}, func() {}, func(string) {})
	return found, err
}

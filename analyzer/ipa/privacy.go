package ipa

import (
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/privacy"
)

// maxAllPrivacy bounds the privacy manifests of a package, in bytes.
const maxAllPrivacy = 4 << 20

// readPrivacy reads the privacy manifests of the app and of every SDK in it.
func (i *inspection) readPrivacy(p *part) error {
	left := int64(maxAllPrivacy)
	for _, b := range i.lay.bundles {
		for _, e := range b.privacy {
			if err := i.ctx.Err(); err != nil {
				return err
			}
			data, err := i.file(p, e, min(privacy.MaxBytes, left))
			if medium(err) {
				return err
			}
			left -= int64(len(data))
			var m *facts.PrivacyManifest
			var found []facts.Anomaly
			if err == nil {
				m, found, err = privacy.Parse(data)
			}
			if err != nil {
				p.add("privacy-unreadable", e.Name, "%v", err)
				p.partial("%s: %v", e.Name, err)
				continue
			}
			p.addAll(found, e.Name)
			m.Path, m.Bundle = e.Name, b.path
			i.privacy = append(i.privacy, *m)
		}
	}
	if n := i.lay.cut.privacy; n > 0 {
		p.partial("%d privacy manifests beyond the first %d are not read", n, maxPrivacy)
	}
	return nil
}

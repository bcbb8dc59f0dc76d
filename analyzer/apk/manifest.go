package apk

import (
	"errors"
	"fmt"

	"heyan/analyzer/apk/axml"
	"heyan/analyzer/apk/manifest"
	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
)

// maxManifest is how large a manifest may be. The largest ordinary one seen has
// about 1 MiB.
const maxManifest = 16 << 20

// manifestPart is the manifest as read, for the parts that build on it.
type manifestPart struct {
	data   []byte
	result *manifest.Result
}

func (i *inspection) readManifest(p *part) error {
	entry, count := i.zip.Lookup(manifest.Path)
	switch {
	case count == 0:
		p.fail("there is no %s", manifest.Path)
		return nil
	case count > 1:
		p.add(facts.Anomaly{
			Code:   "manifest-duplicate",
			Detail: fmt.Sprintf("%d entries are named %s", count, manifest.Path),
			Where:  manifest.Path,
		})
		p.fail("%d entries are named %s; readers differ on which one counts", count, manifest.Path)
		return nil
	}
	data, err := i.zip.ReadFile(entry, maxManifest)
	if content := (*archive.ContentError)(nil); errors.As(err, &content) {
		p.add(facts.Anomaly{Code: string(content.Code), Detail: content.Detail, Where: manifest.Path})
		p.partial("%v", err)
	} else if err != nil {
		return err
	}
	i.man.data = data
	i.man.result, err = manifest.Read(data, i.res, axml.Limits{}, i.f)
	p.add(i.man.result.Anomalies...)
	if err = errors.Join(err, i.res.medium); err != nil {
		return err
	}
	if g := i.man.result.Guesses; len(g) > 0 {
		p.partial("%s", summary(g))
	}
	return nil
}

// summary is the first reason and how many there are.
func summary(reasons []string) string {
	if len(reasons) == 1 {
		return reasons[0]
	}
	return fmt.Sprintf("%s (and %d more)", reasons[0], len(reasons)-1)
}

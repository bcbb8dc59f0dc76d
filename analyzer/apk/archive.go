package apk

import (
	"strings"

	"heyan/analyzer/apk/manifest"
	"heyan/analyzer/archive"
)

// openArchive opens the ZIP; only a fault of the medium is an error.
func (i *inspection) openArchive(p *part) error {
	zip, err := archive.Open(i.in.Package, i.in.Size, archive.Limits{})
	if err != nil {
		return err
	}
	i.zip = zip
	p.add(zip.Anomalies()...)
	return nil
}

// checkHeaders looks for what readers see differently that go through the file
// from its start.
func (i *inspection) checkHeaders(p *part) error {
	found, err := i.zip.CheckLocalHeaders(i.ctx)
	p.add(found...)
	return err
}

// doubtArchive draws the consequences of an archive that readers see
// differently: which entries there are at all, or what the manifest's is.
func doubtArchive(open, man *part) {
	for _, a := range open.anomalies {
		switch archive.Code(a.Code) {
		case archive.CodeSeveralEnds, archive.CodeSeveralDirectories, archive.CodeZip64Conflict, archive.CodeDirectoryCut:
			open.partial("%s", a.Detail)
			man.partial("the archive's directory is in doubt: %s", a.Detail)
		}
		if strings.HasPrefix(a.Code, "zip-ambiguous-") && (a.Where == manifest.Path || strings.Contains(a.Detail, manifest.Path)) {
			man.partial("readers see different entries: %s", a.Detail)
		}
	}
}

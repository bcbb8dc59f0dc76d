package ipa

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"heyan/analyzer/archive"
)

// openArchive opens the ZIP; only a fault of the medium is an error.
func (i *inspection) openArchive(p *part) error {
	zip, err := archive.Open(i.in.Package, i.in.Size, archive.Limits{})
	if err != nil {
		return err
	}
	i.zip = zip
	p.addAll(zip.Anomalies(), "")
	return nil
}

// checkHeaders looks for what readers see differently that go through the file
// from its start.
func (i *inspection) checkHeaders(p *part) error {
	found, err := i.zip.CheckLocalHeaders(i.ctx)
	p.addAll(found, "")
	return err
}

// doubtArchive draws the consequences of an archive that readers see
// differently: which entries there are at all, or what those are that decide.
func (i *inspection) doubtArchive(open, bundles *part) {
	deciding := map[string]bool{}
	for _, b := range i.lay.bundles {
		if b.runs() {
			deciding[b.path+"/"+infoName] = true
			deciding[b.executable()] = true
		}
	}
	for _, a := range open.anomalies {
		switch archive.Code(a.Code) {
		case archive.CodeSeveralEnds, archive.CodeSeveralDirectories, archive.CodeZip64Conflict, archive.CodeDirectoryCut:
			open.partial("%s", a.Detail)
			bundles.partial("the archive's directory is in doubt: %s", a.Detail)
		}
		if strings.HasPrefix(a.Code, "zip-ambiguous-") && deciding[a.Where] {
			bundles.partial("readers see different entries: %s: %s", a.Where, a.Detail)
		}
	}
}

var (
	errSymlink = errors.New("it is a symbolic link")
	errTwice   = errors.New("several entries have this name")
)

// file reads a small entry. One with a wrong checksum or length is read as it is
// and lowers the part's status.
func (i *inspection) file(p *part, e *archive.Entry, limit int64) ([]byte, error) {
	if e.Symlink {
		return nil, fmt.Errorf("%s: %w", e.Name, errSymlink)
	}
	data, err := i.zip.ReadFile(e, limit)
	var wrong *archive.ContentError
	if errors.As(err, &wrong) && len(data) > 0 {
		p.add(string(wrong.Code), e.Name, "%s", wrong.Detail)
		p.partial("%s: %s", e.Name, wrong.Detail)
		return data, nil
	}
	return data, err
}

// find looks up the one file of a name; nil where there is none.
func (i *inspection) find(name string) (*archive.Entry, error) {
	e, count := i.zip.Lookup(name)
	switch {
	case count > 1:
		return nil, fmt.Errorf("%s: %w", name, errTwice)
	case count == 0 || e.Dir:
		return nil, nil
	case e.Symlink:
		return nil, fmt.Errorf("%s: %w", name, errSymlink)
	}
	return e, nil
}

// below reports whether a name from a property list stays inside its bundle when
// it is joined to its path.
func below(name string) bool {
	return name != "" && name[0] != '/' && !strings.ContainsAny(name, "\\\x00") && path.Clean(name) == name && name != ".." && !strings.HasPrefix(name, "../")
}

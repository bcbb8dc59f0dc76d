package apk

import (
	"strings"

	"heyan/analyzer/apk/manifest"
	"heyan/analyzer/filingnumber"
)

// maxPageFile is how large a file below assets/apps/ may be, where uni-app keeps
// its pages.
const maxPageFile = 4 << 20

// readText searches manifest, resources and small text files for the filing
// number.
func (i *inspection) readText(p *part) error {
	s := filingnumber.NewSearch(i.zip)
	s.Bytes(i.man.data, manifest.Path)
	if entry, count := i.zip.Lookup(tablePath); count == 1 {
		if err := s.Entry(entry); err != nil {
			return err
		}
	}
	if err := s.Files(i.ctx, isPage, maxPageFile); err != nil {
		return err
	}
	if err := s.Files(i.ctx, isText, filingnumber.MaxFile); err != nil {
		return err
	}
	i.f.FilingNumbers = s.Numbers()
	if n := s.Broken(); n > 0 {
		p.partial("%d files can't be read", n)
	}
	p.unexamined = append(p.unexamined, s.Unexamined()...)
	return nil
}

// isPage: the pages of a uni-app or H5 app, which are read before other texts.
func isPage(name string) bool {
	return strings.HasPrefix(name, "assets/apps/") && filingnumber.IsText(name)
}

func isText(name string) bool {
	return !isPage(name) && (strings.HasPrefix(name, "assets/") || strings.HasPrefix(name, "res/raw")) && filingnumber.IsText(name)
}

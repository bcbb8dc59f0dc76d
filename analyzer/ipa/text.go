package ipa

import (
	"strings"

	"heyan/analyzer/filingnumber"
)

// maxPageFile is how large a page of a uni-app may be.
const maxPageFile = 4 << 20

// readText searches pages, property lists, strings and other small texts for the
// filing number.
func (i *inspection) readText(p *part) error {
	s := filingnumber.NewSearch(i.zip)
	pages := i.lay.root + "Pandora/apps/" // where uni-app keeps its pages
	isPage := func(name string) bool { return strings.HasPrefix(name, pages) && filingnumber.IsText(name) }
	isText := func(name string) bool {
		return strings.HasPrefix(name, i.lay.root) && !isPage(name) && (filingnumber.IsText(name) || strings.HasSuffix(name, ".plist"))
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

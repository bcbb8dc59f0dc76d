package apk

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"heyan/analyzer/apk/manifest"
	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
)

// What is searched for the filing number.
const (
	maxTextFile  = 1 << 20
	maxPageFile  = 4 << 20 // below assets/apps/, where uni-app keeps its pages
	maxTextFiles = 2000
	maxTextTotal = 16 << 20
	maxNumbers   = 64
)

// checkFilingNumber is the name under which Unexamined tells what was left out.
const checkFilingNumber = "filing-number"

// search looks for filing numbers.
type search struct {
	i       *inspection
	numbers []facts.FilingNumber
	read    int64
	files   int
	skipped int // texts left out for their size or number
	broken  int // texts that can't be read
	buf     []byte
}

// readText searches manifest, resources and small text files.
func (i *inspection) readText(p *part) error {
	s := &search{i: i, buf: make([]byte, searchWindow)}
	s.bytes(i.man.data, manifest.Path)
	if entry, count := i.zip.Lookup(tablePath); count == 1 {
		if err := s.entry(entry); err != nil {
			return err
		}
	}
	for _, wanted := range []func(string) bool{isPage, isText} {
		if err := s.entries(wanted); err != nil {
			return err
		}
	}
	i.f.FilingNumbers = s.numbers
	if s.broken > 0 {
		p.partial("%d files can't be read", s.broken)
	}
	p.unexamined = append(p.unexamined, facts.Unexamined{
		Check: checkFilingNumber, Code: facts.UnexaminedBinary,
		Why: "native libraries, code, images and files that are no text are not searched",
	})
	if s.skipped > 0 {
		p.unexamined = append(p.unexamined, facts.Unexamined{
			Check: checkFilingNumber, Code: facts.UnexaminedOverLimit,
			Why: fmt.Sprintf("%d text files are over the limits (1 MiB each, %d files, 16 MiB in all) and not searched", s.skipped, maxTextFiles),
		})
	}
	return nil
}

// isPage: the pages of a uni-app or H5 app, which are read before other texts.
func isPage(name string) bool {
	return strings.HasPrefix(name, "assets/apps/") && hasTextExtension(name)
}

func isText(name string) bool {
	return !isPage(name) && (strings.HasPrefix(name, "assets/") || strings.HasPrefix(name, "res/raw")) && hasTextExtension(name)
}

func hasTextExtension(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".html", ".htm", ".xhtml", ".js", ".mjs", ".json", ".txt", ".xml", ".md", ".css", ".csv",
		".properties", ".yaml", ".yml", ".vue", ".wxml", ".strings", ".ini", ".conf":
		return true
	}
	return false
}

func (s *search) entries(wanted func(string) bool) error {
	entries := s.i.zip.Entries()
	for n := range entries {
		e := &entries[n]
		if e.Dir || !wanted(e.Name) {
			continue
		}
		limit := uint64(maxTextFile)
		if isPage(e.Name) {
			limit = maxPageFile
		}
		if e.UncompressedSize > limit || s.files >= maxTextFiles || s.read+int64(e.UncompressedSize) > maxTextTotal {
			s.skipped++
			continue
		}
		s.files++
		s.read += int64(e.UncompressedSize)
		if err := s.entry(e); err != nil {
			return err
		}
		if err := s.i.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// entry searches one file as it streams by; only a fault of the medium is an
// error.
func (s *search) entry(e *archive.Entry) error {
	r, err := s.i.zip.Open(e)
	if err == nil {
		err = s.stream(r, e.Name)
		r.Close()
	}
	if err != nil && !medium(err) {
		s.broken++
		return nil
	}
	return err
}

const (
	searchWindow = 64 << 10
	// searchOverlap is kept from one window to the next: the longest spelling of a
	// number is shorter.
	searchOverlap = 512
)

func (s *search) stream(r io.Reader, where string) error {
	kept := 0
	for {
		n, err := io.ReadFull(r, s.buf[kept:])
		b := s.buf[:kept+n]
		s.bytes(b, where)
		switch {
		case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
		kept = copy(s.buf, b[len(b)-searchOverlap:])
	}
}

func (s *search) bytes(b []byte, where string) {
	for _, number := range findNumbers(b) {
		known := slices.ContainsFunc(s.numbers, func(have facts.FilingNumber) bool {
			return have.Number == number && have.Where == where
		})
		if !known && len(s.numbers) < maxNumbers {
			s.numbers = append(s.numbers, facts.FilingNumber{Number: number, Where: where})
		}
	}
}

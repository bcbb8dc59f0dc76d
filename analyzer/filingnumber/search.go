package filingnumber

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
)

// What one search reads at most.
const (
	// MaxFile is the length of an ordinary text file.
	MaxFile    = 1 << 20
	maxFiles   = 2000
	maxTotal   = 16 << 20
	maxNumbers = 64
)

// Check is the name under which Unexamined tells what was left out.
const Check = "filing-number"

// Search looks for filing numbers in the entries of an archive.
type Search struct {
	zip     *archive.Archive
	numbers []facts.FilingNumber
	read    uint64
	files   int
	skipped int // texts left out for their size or number
	broken  int // texts that can't be read
	buf     []byte
}

// NewSearch returns a search of an archive.
func NewSearch(zip *archive.Archive) *Search {
	return &Search{zip: zip, buf: make([]byte, window)}
}

// Numbers are those found so far, each once for every place.
func (s *Search) Numbers() []facts.FilingNumber { return s.numbers }

// Broken is how many files could not be read.
func (s *Search) Broken() int { return s.broken }

// Unexamined says what a search leaves out by its nature and by its limits.
func (s *Search) Unexamined() []facts.Unexamined {
	out := []facts.Unexamined{{
		Check: Check, Code: facts.UnexaminedBinary,
		Why: "native libraries, code, images and files that are no text are not searched",
	}}
	if s.skipped > 0 {
		out = append(out, facts.Unexamined{
			Check: Check, Code: facts.UnexaminedOverLimit,
			Why: fmt.Sprintf("%d text files are over the limits (1 MiB each, %d files, 16 MiB in all) and not searched", s.skipped, maxFiles),
		})
	}
	return out
}

// IsText tells a text by the extension of its name.
func IsText(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".html", ".htm", ".xhtml", ".js", ".mjs", ".json", ".txt", ".xml", ".md", ".css", ".csv",
		".properties", ".yaml", ".yml", ".vue", ".wxml", ".strings", ".ini", ".conf":
		return true
	}
	return false
}

// Files searches the files whose names are wanted, as far as the limits allow.
// The error is a fault of the medium or the end of ctx.
func (s *Search) Files(ctx context.Context, wanted func(name string) bool, maxFile uint64) error {
	entries := s.zip.Entries()
	for n := range entries {
		e := &entries[n]
		if e.Dir || !wanted(e.Name) {
			continue
		}
		if e.UncompressedSize > maxFile || s.files >= maxFiles || s.read+e.UncompressedSize > maxTotal {
			s.skipped++
			continue
		}
		s.files++
		s.read += e.UncompressedSize
		if err := s.Entry(e); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Entry searches one file as it streams by, whatever its size; only a fault of
// the medium is an error.
func (s *Search) Entry(e *archive.Entry) error {
	r, err := s.zip.Open(e)
	if err == nil {
		err = s.stream(r, e.Name)
		r.Close()
	}
	if err != nil && !errors.Is(err, archive.ErrRead) {
		s.broken++
		return nil
	}
	return err
}

const (
	window = 64 << 10
	// overlap is kept from one window to the next: the longest spelling of a number
	// is shorter.
	overlap = 512
)

func (s *Search) stream(r io.Reader, where string) error {
	kept := 0
	for {
		n, err := io.ReadFull(r, s.buf[kept:])
		b := s.buf[:kept+n]
		s.Bytes(b, where)
		switch {
		case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
		kept = copy(s.buf, b[len(b)-overlap:])
	}
}

// Bytes searches data that is at hand.
func (s *Search) Bytes(b []byte, where string) {
	for _, number := range Find(b) {
		known := slices.ContainsFunc(s.numbers, func(have facts.FilingNumber) bool {
			return have.Number == number && have.Where == where
		})
		if !known && len(s.numbers) < maxNumbers {
			s.numbers = append(s.numbers, facts.FilingNumber{Number: number, Where: where})
		}
	}
}

package apk

import (
	"errors"
	"fmt"
	"io"

	"heyan/analyzer"
	"heyan/analyzer/apk/arsc"
	"heyan/analyzer/apk/restype"
	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
)

const (
	tablePath = "resources.arsc"
	// maxInflatedTable is how large a compressed table may be: it is inflated into
	// memory once. A stored one is read in place, so its size does not matter.
	maxInflatedTable = 32 << 20
	// maxResolved bounds the cache of references.
	maxResolved = 8192
)

// resources answers references with the package's resources.arsc, which is
// opened when the first one is asked for.
type resources struct {
	zip    *archive.Archive
	opened bool
	table  *arsc.Table // nil where there is none, or none that can be read
	// why says why there is no table, "" where the package has none.
	why string
	// medium is the first fault of the input itself.
	medium error
	cache  map[uint32]resolved
}

type resolved struct {
	value      restype.Value
	text       string
	varies, ok bool
}

// use gives the table to read, once it is opened. Whatever goes wrong ends in
// r.why or r.medium.
func (r *resources) use(read func(*arsc.Table) error) {
	err := analyzer.Fence(facts.AnalyzerResources, func() error {
		if !r.opened {
			r.opened = true
			if err := r.open(); err != nil {
				return err
			}
		}
		if r.table == nil {
			return nil
		}
		return read(r.table)
	})
	switch {
	case err == nil:
	case medium(err):
		r.medium = errors.Join(r.medium, err)
	case r.why == "":
		r.why = err.Error()
	}
	var panicked *analyzer.PanicError
	if errors.As(err, &panicked) {
		r.table = nil
	}
}

func (r *resources) open() error {
	entry, count := r.zip.Lookup(tablePath)
	switch {
	case count == 0:
		return nil
	case count > 1:
		return fmt.Errorf("%d entries are named %s", count, tablePath)
	case entry.Deflated() && entry.UncompressedSize > maxInflatedTable:
		return fmt.Errorf("%s is compressed and has %d bytes; at most %d are inflated", tablePath, entry.UncompressedSize, maxInflatedTable)
	}
	src, err := r.zip.ReaderAt(entry, maxInflatedTable+1<<20)
	if err != nil {
		return err
	}
	r.table, err = arsc.Open(source{src}, src.Size(), arsc.Limits{})
	return err
}

// source marks the faults of the medium, which a section of the file passes on
// as they are.
type source struct{ *archive.Content }

func (s source) ReadAt(b []byte, off int64) (int, error) {
	n, err := s.Content.ReadAt(b, off)
	if err == nil || errors.Is(err, io.EOF) || isOfArchive(err) {
		return n, err
	}
	return n, fmt.Errorf("%w: %w", archive.ErrRead, err)
}

func isOfArchive(err error) bool {
	for _, known := range []error{archive.ErrContent, archive.ErrRead, archive.ErrTooLarge, archive.ErrMalformed} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// Resolve implements manifest.Resolver.
func (r *resources) Resolve(ref uint32) (v restype.Value, text string, varies, ok bool) {
	if known, hit := r.cache[ref]; hit {
		return known.value, known.text, known.varies, known.ok
	}
	var out resolved
	r.use(func(t *arsc.Table) error {
		e, varies, ok, err := t.Find(ref, "")
		out = resolved{e.Value, e.Text, varies, ok && err == nil}
		return err
	})
	if r.cache == nil {
		r.cache = make(map[uint32]resolved)
	}
	if len(r.cache) < maxResolved {
		r.cache[ref] = out
	}
	return out.value, out.text, out.varies, out.ok
}

// text resolves a reference to text; a file's path, for a file.
func (r *resources) text(ref uint32) string {
	if ref == 0 {
		return ""
	}
	v, text, _, ok := r.Resolve(ref)
	switch {
	case !ok:
		return ""
	case v.Type == restype.ValueString:
		return text
	}
	return v.String()
}

// readResources reads what the manifest refers to.
func (i *inspection) readResources(p *part) error {
	result := i.man.result
	if result == nil {
		p.fail("the manifest can't be read")
		return nil
	}
	i.readNames(p, result)
	i.readIcon(p, result)
	i.readNetwork(p, result)
	i.readAccessibility(p, result)
	i.f.NativeABIs = nativeABIs(i.zip.Entries())
	if i.res.why != "" {
		p.partial("%s", i.res.why)
		p.add(facts.Anomaly{Code: "resources-unreadable", Detail: i.res.why, Where: tablePath})
	}
	if t := i.res.table; t != nil && t.Damage() != "" {
		p.add(facts.Anomaly{Code: "resources-damaged", Detail: t.Damage(), Where: tablePath})
		p.partial("%s: %s", tablePath, t.Damage())
	}
	return i.res.medium
}

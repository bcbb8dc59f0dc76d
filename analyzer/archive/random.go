package archive

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// Content is random access to an entry's content. It may be used by several
// goroutines.
type Content struct {
	io.ReaderAt
	size  int64
	pages *pager // nil where the content is read in place
}

// Size is the length of the content as it is recorded.
func (c *Content) Size() int64 { return c.size }

// Mismatch is the *ContentError that reading came across so far, or nil. What
// was delivered before stays delivered. Content read in place is not checked.
func (c *Content) Mismatch() error {
	if c.pages == nil {
		return nil
	}
	c.pages.mu.Lock()
	defer c.pages.mu.Unlock()
	return c.pages.mismatch
}

// Tee lets w see all content once, in order, as it is first inflated: reading
// forward then costs no second pass. It must be called before the first read;
// content read in place is not seen. Writes of w must not fail.
func (c *Content) Tee(w io.Writer) {
	if c.pages != nil {
		c.pages.tee = w
	}
}

// pageSize is the unit in which inflated content is kept.
const pageSize = 64 << 10

// ReaderAt gives random access to an entry in at most memory bytes (not less
// than four pages of 64 KiB). An entry that is not deflated is read from the
// file in place; a deflated one is inflated into pages of which the latest used
// are kept. Going forward is cheap; going back to a page that was dropped
// inflates from the start again and counts against the archive's budget, so no
// order of reads can cost more than that. Content that ends early is a
// *ContentError from the page on where it ends.
func (a *Archive) ReaderAt(e *Entry, memory int64) (*Content, error) {
	if !e.Deflated() {
		section, err := a.Section(e)
		if err != nil {
			return nil, err
		}
		return &Content{ReaderAt: section, size: section.Size()}, nil
	}
	if _, _, err := a.extent(e); err != nil {
		return nil, err
	}
	if e.UncompressedSize > maxContent {
		return nil, fmt.Errorf("%w: entry %q has %d bytes", ErrTooLarge, e.Name, e.UncompressedSize)
	}
	p := &pager{
		archive: a,
		entry:   e,
		size:    int64(e.UncompressedSize),
		room:    int(max(memory/pageSize, 4)),
		pages:   map[int64]*page{},
	}
	return &Content{ReaderAt: p, size: p.size, pages: p}, nil
}

// maxContent keeps offsets well within an int64.
const maxContent = 1 << 62

// pager keeps the latest used pages of an inflated entry.
type pager struct {
	archive *Archive
	entry   *Entry
	size    int64
	room    int

	mu     sync.Mutex
	stream io.ReadCloser
	next   int64 // number of the page the stream stands at
	tee    io.Writer
	teed   int64 // pages that tee has seen
	pages  map[int64]*page
	newest *page // ring of pages, from the latest used to the oldest
	// mismatch was met; where it cut the content short, pages from broken on can't
	// be had.
	mismatch error
	cut      bool
	broken   int64
}

type page struct {
	number       int64
	data         []byte
	newer, older *page
}

func (p *pager) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("entry %q: negative offset %d", p.entry.Name, off)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(b) && off < p.size {
		pg, err := p.page(off / pageSize)
		if err != nil {
			return n, err
		}
		c := copy(b[n:], pg.data[off%pageSize:])
		n, off = n+c, off+int64(c)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// page returns a page, inflating up to it where it is not at hand.
func (p *pager) page(number int64) (*page, error) {
	if pg := p.pages[number]; pg != nil {
		p.touch(pg)
		return pg, nil
	}
	if p.cut && number >= p.broken {
		return nil, p.mismatch
	}
	if p.stream == nil || number < p.next {
		if err := p.restart(); err != nil {
			return nil, err
		}
	}
	for p.next < number {
		if _, err := p.inflate(); err != nil {
			return nil, err
		}
	}
	return p.inflate()
}

func (p *pager) restart() error {
	if p.stream != nil {
		p.stop()
	}
	stream, err := p.archive.Open(p.entry)
	if err != nil {
		return err
	}
	p.stream, p.next = stream, 0
	return nil
}

// inflate reads the stream's next page.
func (p *pager) inflate() (*page, error) {
	want := min(p.size-p.next*pageSize, pageSize)
	pg := p.pages[p.next]
	if pg == nil {
		pg = p.slot(p.next)
	}
	pg.data = pg.data[:want]
	if n, err := io.ReadFull(p.stream, pg.data); int64(n) < want {
		p.drop(pg)
		p.stop()
		if errors.Is(err, ErrContent) {
			p.mismatch, p.cut, p.broken = err, true, p.next
		}
		return nil, err
	}
	if p.tee != nil && p.next == p.teed {
		_, _ = p.tee.Write(pg.data) // hashes, which never fail
		p.teed++
	}
	p.next++
	if p.next*pageSize >= p.size {
		return pg, p.finish()
	}
	return pg, nil
}

// finish checks the content's end and gives the decoder back.
func (p *pager) finish() error {
	var one [1]byte
	_, err := p.stream.Read(one[:])
	p.stop()
	switch {
	case err == io.EOF:
		return nil
	case errors.Is(err, ErrContent):
		p.mismatch = err
		return nil
	}
	return err
}

func (p *pager) stop() {
	p.stream.Close()
	p.stream = nil
}

// slot is an empty page, the oldest one if there is no room for another.
func (p *pager) slot(number int64) *page {
	pg := &page{number: number}
	if len(p.pages) >= p.room {
		oldest := p.newest.newer
		p.drop(oldest)
		pg.data = oldest.data[:pageSize]
	} else {
		pg.data = make([]byte, pageSize)
	}
	p.pages[number] = pg
	p.link(pg)
	return pg
}

func (p *pager) touch(pg *page) {
	if p.newest != pg {
		p.unlink(pg)
		p.link(pg)
	}
}

func (p *pager) drop(pg *page) {
	delete(p.pages, pg.number)
	p.unlink(pg)
}

// link puts a page in front of the ring; newest.newer is the oldest.
func (p *pager) link(pg *page) {
	if p.newest == nil {
		pg.newer, pg.older = pg, pg
	} else {
		oldest := p.newest.newer
		pg.older, pg.newer = p.newest, oldest
		p.newest.newer, oldest.older = pg, pg
	}
	p.newest = pg
}

func (p *pager) unlink(pg *page) {
	if pg.older == pg {
		p.newest = nil
		return
	}
	pg.newer.older, pg.older.newer = pg.older, pg.newer
	if p.newest == pg {
		p.newest = pg.older
	}
}

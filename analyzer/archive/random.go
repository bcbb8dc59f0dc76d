package archive

import (
	"fmt"
	"io"
	"sync"
)

// ReaderAtSize is random access to an entry's content.
type ReaderAtSize interface {
	io.ReaderAt
	Size() int64
}

// pageSize is the unit in which inflated content is kept.
const pageSize = 64 << 10

// ReaderAt gives random access to an entry in at most memory bytes (not less
// than four pages of 64 KiB). An entry that is not deflated is read from the
// file in place; a deflated one is inflated into pages of which the latest used
// are kept. Going forward is cheap; going back to a page that was dropped
// inflates from the start again, and counts against the archive's budget, so
// that no order of reads can cost more than the budget. Mismatches are reported
// as by Open, by the read that comes across them. It may be used by several
// goroutines.
func (a *Archive) ReaderAt(e *Entry, memory int64) (ReaderAtSize, error) {
	if !e.Deflated() {
		return a.Section(e)
	}
	if _, _, err := a.extent(e); err != nil {
		return nil, err
	}
	if e.UncompressedSize > 1<<62 {
		return nil, fmt.Errorf("%w: entry %q has %d bytes", ErrTooLarge, e.Name, e.UncompressedSize)
	}
	return &pager{
		archive: a,
		entry:   e,
		size:    int64(e.UncompressedSize),
		room:    int(max(memory/pageSize, 4)),
		pages:   map[int64]*page{},
	}, nil
}

// pager keeps the latest used pages of an inflated entry.
type pager struct {
	archive *Archive
	entry   *Entry
	size    int64
	room    int

	mu     sync.Mutex
	stream io.ReadCloser
	next   int64 // number of the page the stream stands at
	pages  map[int64]*page
	newest *page // ring of pages, from the latest used to the oldest
}

type page struct {
	number       int64
	data         []byte
	newer, older *page
}

func (p *pager) Size() int64 { return p.size }

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
		p.stream.Close()
		p.stream = nil
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
	if _, err := io.ReadFull(p.stream, pg.data[:want]); err != nil {
		p.drop(pg)
		p.stream.Close()
		p.stream = nil
		return nil, err
	}
	pg.data = pg.data[:want]
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
	p.stream.Close()
	p.stream = nil
	if err == io.EOF {
		return nil
	}
	return err
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

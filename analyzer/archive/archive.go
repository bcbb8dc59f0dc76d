// Package archive reads ZIP archives the way a device does, so that what is
// judged is what would be installed.
//
// Android's libziparchive is the authority (system/libziparchive/zip_archive.cc):
// the central directory decides, local headers only say where content begins.
// Where a reading is unambiguous the archive is read even if Android would
// refuse it; whatever Android, an iPhone or an ordinary unzip would see
// differently, or refuse, becomes an anomaly (see Code).
//
// Promises. Memory is bounded by Limits whatever the file says: no length read
// from the file is allocated before it is checked against the file and the
// limits. An Archive does not change after Open and may be used by several
// goroutines. Names are data and never touch the file system. Equal bytes give
// equal entries, anomalies and errors.
package archive

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"heyan/analyzer/facts"
)

// Version is the version of this reader; it changes whenever the same bytes may
// give another format, other entries or other anomalies.
const Version = "1"

// Archive is an open ZIP archive.
type Archive struct {
	src       io.ReaderAt
	size      int64
	limits    Limits
	entries   []Entry
	names     *nameIndex
	layout    Layout
	anomalies []facts.Anomaly

	delivered atomic.Int64 // content bytes, against limits.Inflated
	consumed  atomic.Int64 // compressed bytes, against the same limit
	inflaters sync.Pool    // *inflater
}

// Open reads the end record and the central directory. It fails with ErrEmpty,
// ErrNotZIP, ErrTruncated, ErrMalformed, ErrTooLarge or ErrRead. r must allow
// concurrent ReadAt calls and outlive the Archive.
func Open(r io.ReaderAt, size int64, limits Limits) (*Archive, error) {
	a := &Archive{src: r, size: size, limits: limits.withDefaults()}
	found := &collector{}
	end, err := findEnd(r, size, found)
	if err != nil {
		return nil, err
	}
	dir, err := readDirectory(r, end, a.limits, found)
	if err != nil {
		return nil, err
	}
	a.entries = dir.entries
	a.names = indexNames(a.entries)
	if err := a.survey(end, dir, found); err != nil {
		return nil, err
	}
	a.compareNames(found)
	a.anomalies = found.list()
	return a, nil
}

// Entries is every record of the central directory, in its order. The slice
// belongs to the Archive and must not be changed.
func (a *Archive) Entries() []Entry { return a.entries }

// Lookup finds the entry of exactly that name and says how many have it. With
// several it is the first in the central directory, and no reader can be said
// to be right. It is nil with count 0 where there is none.
func (a *Archive) Lookup(name string) (entry *Entry, count int) {
	return a.names.lookup(a.entries, name)
}

// Anomalies is what was odd about the end record, the central directory and
// the lay of the file, ordered by code, at most 16 for each code and then a
// line that counts the rest. CheckLocalHeaders finds more.
func (a *Archive) Anomalies() []facts.Anomaly { return a.anomalies }

// Layout says where the parts of the file lie.
func (a *Archive) Layout() Layout { return a.layout }

// Size is the length of the whole file.
func (a *Archive) Size() int64 { return a.size }

// Source is the reader the archive was opened on.
func (a *Archive) Source() io.ReaderAt { return a.src }

// deliver counts delivered content against the budget.
func (a *Archive) deliver(n int) error {
	if a.delivered.Add(int64(n)) > a.limits.Inflated {
		return fmt.Errorf("%w: more than %d bytes of content read", ErrTooLarge, a.limits.Inflated)
	}
	return nil
}

// consume counts compressed bytes: overlapping entries of empty deflate blocks
// cost time and deliver nothing.
func (a *Archive) consume(n int) error {
	if a.consumed.Add(int64(n)) > a.limits.Inflated {
		return fmt.Errorf("%w: more than %d compressed bytes read", ErrTooLarge, a.limits.Inflated)
	}
	return nil
}

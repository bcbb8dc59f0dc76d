// Package digest computes the content digests of APK Signature Scheme v2 and v3:
// SHA-256 and SHA-512 over chunks of one MiB, and the root of a fs-verity tree.
//
// It promises: one pass over the file for all digests asked for (the end of the
// last chunk before the signing block is read twice for the tree), at most two
// workers with one buffer of 256 KiB each, and beside them only the list of
// chunk digests (32 KiB a GiB with SHA-256). ctx is looked at once a chunk.
package digest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// Algorithm is a content digest algorithm (ContentDigestAlgorithm).
type Algorithm int

// The algorithms, in the order in which Android prefers them, last best.
const (
	ChunkedSHA256 Algorithm = iota
	VeritySHA256
	ChunkedSHA512
	count
)

func (a Algorithm) String() string {
	return [...]string{"CHUNKED_SHA256", "VERITY_CHUNKED_SHA256", "CHUNKED_SHA512"}[a]
}

// Set is a set of algorithms.
type Set [count]bool

// Add puts a into the set.
func (s *Set) Add(a Algorithm) { s[a] = true }

// Union adds all of other.
func (s *Set) Union(other Set) {
	for a, in := range other {
		s[a] = s[a] || in
	}
}

// Empty reports whether nothing is in the set.
func (s Set) Empty() bool { return s == Set{} }

// ErrUnaligned is a file whose parts do not start on a page of 4096 bytes though
// its signature uses a verity digest; apksig stops with an exception.
var ErrUnaligned = errors.New("APK Signing Block is not aligned to 4096 bytes")

// Content is the part of a file that a signature covers: everything before the
// signing block, the central directory, and the end record as it is signed (its
// directory offset pointing to the signing block).
type Content struct {
	Reader         io.ReaderAt
	Before         int64 // bytes before the signing block
	DirectoryStart int64
	DirectorySize  int64
	EOCD           []byte
}

const (
	chunkSize = 1 << 20
	pieceSize = 256 << 10
	pageSize  = 4096
)

// Compute returns the digests of all algorithms in set.
func Compute(ctx context.Context, c Content, set Set) (map[Algorithm][]byte, error) {
	blockSize := c.DirectoryStart - c.Before
	if set[VeritySHA256] && (c.Before%pageSize != 0 || blockSize%pageSize != 0) {
		return nil, ErrUnaligned
	}
	run := newRun(c, set)
	if err := run.all(ctx); err != nil {
		return nil, err
	}
	return run.result(), nil
}

// run is one computation. Workers take tasks by number; every task writes to
// its own place in the lists.
type run struct {
	content Content
	set     Set
	chunks  []chunk
	next    atomic.Int64
	lists   [count][]byte
}

// chunk is a task: up to one MiB of one section.
type chunk struct {
	section io.ReaderAt
	offset  int64
	size    int64
	index   int // of the chunk digest, -1 for none
	page    int // of the first tree hash, -1 for none
}

func newRun(c Content, set Set) *run {
	r := &run{content: c, set: set}
	directory := io.NewSectionReader(c.Reader, c.DirectoryStart, c.DirectorySize)
	eocd := byteReader(c.EOCD)
	if set[ChunkedSHA256] || set[ChunkedSHA512] || set[VeritySHA256] {
		r.split(c.Reader, c.Before, set[VeritySHA256])
	}
	if set[ChunkedSHA256] || set[ChunkedSHA512] {
		r.split(directory, c.DirectorySize, false)
		r.split(eocd, int64(len(c.EOCD)), false)
	}
	n := len(r.chunks)
	if set[VeritySHA256] {
		r.splitTail(directory, eocd)
	}
	for a, size := range [count]int{ChunkedSHA256: 32, ChunkedSHA512: 64} {
		if set[a] && size > 0 {
			r.lists[a] = make([]byte, n*size)
		}
	}
	return r
}

// split makes the chunks of a section. Whole chunks before the signing block
// are whole parts of the tree too.
func (r *run) split(section io.ReaderAt, size int64, tree bool) {
	for offset := int64(0); offset < size; offset += chunkSize {
		c := chunk{section: section, offset: offset, size: min(chunkSize, size-offset), index: len(r.chunks), page: -1}
		if tree && c.size == chunkSize {
			c.page = int(offset / pageSize)
		}
		r.chunks = append(r.chunks, c)
	}
}

// splitTail makes the parts of the tree that are no whole chunk: the tree is
// over the three sections one after another.
func (r *run) splitTail(directory io.ReaderAt, eocd byteReader) {
	whole := r.content.Before / chunkSize * chunkSize
	tail := &chain{parts: []part{
		{io.NewSectionReader(r.content.Reader, whole, r.content.Before-whole), r.content.Before - whole},
		{directory, r.content.DirectorySize},
		{eocd, int64(len(eocd))},
	}}
	size := r.content.Before - whole + r.content.DirectorySize + int64(len(eocd))
	for offset := int64(0); offset < size; offset += chunkSize {
		r.chunks = append(r.chunks, chunk{section: tail, offset: offset, size: min(chunkSize, size-offset), index: -1, page: int((whole + offset) / pageSize)})
	}
	r.lists[VeritySHA256] = make([]byte, nodes(whole+size)*32)
}

func (r *run) all(ctx context.Context) error {
	workers := min(runtime.GOMAXPROCS(0), 2, len(r.chunks))
	errs := make([]error, workers)
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() { errs[i] = r.fenced(ctx) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// fenced turns a panic in a worker into an error: no goroutine on a package's
// bytes may end the process.
func (r *run) fenced(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("digest worker stopped: %v", p)
		}
	}()
	w := newWorker(r)
	for {
		i := r.next.Add(1) - 1
		if i >= int64(len(r.chunks)) {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.digest(r.chunks[i]); err != nil {
			r.next.Store(int64(len(r.chunks))) // the others need not go on
			return err
		}
	}
}

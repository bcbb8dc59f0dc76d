package idsig

import (
	"bytes"
	"context"
	"crypto/sha256"
	"hash"
	"io"
)

const (
	pageSize  = 4096
	pieceSize = 64 * pageSize
)

// TreeSize is the length of the tree over size bytes: every level fills whole
// pages, and the highest is one page. (VerityTreeBuilder.calculateLevelOffset)
func TreeSize(size int64) (total int64) {
	for _, level := range levelSizes(size) {
		total += level
	}
	return total
}

// levelSizes are the sizes of the levels, the lowest first.
func levelSizes(size int64) (levels []int64) {
	for {
		hashes := (size + pageSize - 1) / pageSize * sha256.Size
		levels = append(levels, (hashes+pageSize-1)/pageSize*pageSize)
		if hashes <= pageSize {
			return levels
		}
		size = hashes
	}
}

// Root computes the root hash of the tree over the size bytes in r: SHA-256 over
// pages of 4096 bytes without salt, as apksig does whatever the file says. Where
// a tree is given, same reports whether it is the one computed.
// (ApkSigningBlockUtils.computeChunkVerityTreeAndDigest)
func Root(ctx context.Context, r io.ReaderAt, size int64, tree *io.SectionReader) (root []byte, same bool, err error) {
	b := newBuilder(size, tree)
	buf := make([]byte, min(pieceSize, size))
	for at := int64(0); at < size; at += int64(len(buf)) {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		buf = buf[:min(int64(len(buf)), size-at)]
		if err := readFull(r, buf, at); err != nil {
			return nil, false, err
		}
		if err := b.data(buf); err != nil {
			return nil, false, err
		}
	}
	if err := b.finish(); err != nil {
		return nil, false, err
	}
	return b.root, b.same, nil
}

// builder makes the tree from below. It holds one page of each level: a page
// that is full is compared, hashed into the level above, and forgotten.
type builder struct {
	h      hash.Hash
	levels []level // the lowest first
	tree   *io.SectionReader
	same   bool
	page   []byte // of the given tree
	hash   [sha256.Size]byte
	root   []byte
}

type level struct {
	page   []byte
	offset int64 // of the page in the tree, in which the highest level is first
}

func newBuilder(size int64, tree *io.SectionReader) *builder {
	b := &builder{h: sha256.New(), tree: tree, same: tree != nil && tree.Size() == TreeSize(size), page: make([]byte, pageSize)}
	sizes := levelSizes(size)
	b.levels = make([]level, len(sizes))
	offset := int64(0)
	for i := len(sizes) - 1; i >= 0; i-- {
		b.levels[i] = level{page: make([]byte, 0, pageSize), offset: offset}
		offset += sizes[i]
	}
	return b
}

// data takes the next bytes of the package; all but the last are whole pages.
func (b *builder) data(piece []byte) error {
	for len(piece) > 0 {
		n := min(pageSize, len(piece))
		if err := b.add(0, b.sum(piece[:n])); err != nil {
			return err
		}
		piece = piece[n:]
	}
	return nil
}

// sum is the hash of a page, which zeros fill up; it holds until the next.
func (b *builder) sum(page []byte) []byte {
	b.h.Reset()
	b.h.Write(page)
	if rest := pageSize - len(page); rest > 0 {
		b.h.Write(make([]byte, rest))
	}
	return b.h.Sum(b.hash[:0])
}

// add puts a hash into a level.
func (b *builder) add(i int, sum []byte) error {
	l := &b.levels[i]
	if l.page = append(l.page, sum...); len(l.page) < pageSize {
		return nil
	}
	return b.flush(i)
}

// flush ends a level's page.
func (b *builder) flush(i int) error {
	l := &b.levels[i]
	if b.same {
		if err := readFull(b.tree, b.page, l.offset); err != nil {
			return err
		}
		rest, ok := bytes.CutPrefix(b.page, l.page)
		b.same = ok && len(bytes.TrimLeft(rest, "\x00")) == 0
	}
	sum := b.sum(l.page)
	l.page, l.offset = l.page[:0], l.offset+pageSize
	if i+1 < len(b.levels) {
		return b.add(i+1, sum)
	}
	b.root = bytes.Clone(sum)
	return nil
}

// finish ends the pages that are not full, from below.
func (b *builder) finish() error {
	for i := range b.levels {
		if len(b.levels[i].page) > 0 {
			if err := b.flush(i); err != nil {
				return err
			}
		}
	}
	return nil
}

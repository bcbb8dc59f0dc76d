package digest

import (
	"crypto/sha256"
	"hash"
)

// hashesPerPage hashes of 32 bytes fill a page of the tree.
const hashesPerPage = pageSize / 32

// nodes is the number of hashes one level above the hashes of size bytes' pages.
func nodes(size int64) int64 {
	pages := (size + pageSize - 1) / pageSize
	return (pages + hashesPerPage - 1) / hashesPerPage
}

// treeHash hashes pages and, as soon as their hashes fill a page, that page: one
// MiB of data leaves two hashes, and the lowest level is never held.
type treeHash struct {
	h     hash.Hash
	zeros []byte // a page of them
	leafs []byte
	out   []byte
}

func newTreeHash() *treeHash {
	return &treeHash{h: sha256.New(), zeros: make([]byte, pageSize), leafs: make([]byte, 0, pageSize), out: make([]byte, 0, 2*32)}
}

// saltSize is the length of an APK tree's salt, all zeros (VerityTreeBuilder).
const saltSize = 8

// salted appends to out the hash of one page, which zeros fill up.
func (t *treeHash) salted(out, page []byte) []byte {
	t.h.Reset()
	t.h.Write(t.zeros[:saltSize])
	t.h.Write(page)
	t.h.Write(t.zeros[len(page):])
	return t.h.Sum(out)
}

// pages takes the next data; only the last piece of a chunk may end inside a page.
func (t *treeHash) pages(data []byte) {
	for len(data) > 0 {
		page := data[:min(pageSize, len(data))]
		data = data[len(page):]
		t.leafs = t.salted(t.leafs, page)
		if len(t.leafs) == pageSize {
			t.out = t.salted(t.out, t.leafs)
			t.leafs = t.leafs[:0]
		}
	}
}

// finish writes the hashes of the chunk to place and starts anew.
func (t *treeHash) finish(place []byte) {
	if len(t.leafs) > 0 {
		t.out = t.salted(t.out, t.leafs)
	}
	copy(place, t.out)
	t.leafs, t.out = t.leafs[:0], t.out[:0]
}

// root goes up from the hashes of the lowest level's pages to the tree's top.
func root(level []byte) []byte {
	t := newTreeHash()
	for len(level) > 32 {
		var next []byte
		for len(level) > 0 {
			page := level[:min(pageSize, len(level))]
			level = level[len(page):]
			next = t.salted(next, page)
		}
		level = next
	}
	return append([]byte(nil), level...)
}

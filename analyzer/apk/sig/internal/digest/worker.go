package digest

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// worker hashes chunks with its own buffer and hash states.
type worker struct {
	run    *run
	buf    []byte
	sum256 hash.Hash
	sum512 hash.Hash
	tree   *treeHash
}

func newWorker(r *run) *worker {
	return &worker{run: r, buf: make([]byte, r.pieceSize()), sum256: sha256.New(), sum512: sha512.New(), tree: newTreeHash()}
}

// pieceSize is how much is read at once: less than usual of small files.
func (r *run) pieceSize() int64 {
	largest := int64(0)
	for _, c := range r.chunks {
		largest = max(largest, c.size)
	}
	return min(pieceSize, largest)
}

func (w *worker) digest(c chunk) error {
	flat256 := c.index >= 0 && w.run.set[ChunkedSHA256]
	flat512 := c.index >= 0 && w.run.set[ChunkedSHA512]
	var prefix [5]byte
	prefix[0] = 0xa5
	binary.LittleEndian.PutUint32(prefix[1:], uint32(c.size))
	start(w.sum256, prefix[:], flat256)
	start(w.sum512, prefix[:], flat512)
	node := c.page / hashesPerPage
	for done := int64(0); done < c.size; {
		piece := w.buf[:min(int64(len(w.buf)), c.size-done)]
		if err := readFull(c.section, piece, c.offset+done); err != nil {
			return err
		}
		if flat256 {
			w.sum256.Write(piece)
		}
		if flat512 {
			w.sum512.Write(piece)
		}
		if c.page >= 0 {
			w.tree.pages(piece)
		}
		done += int64(len(piece))
	}
	if flat256 {
		place(w.sum256, w.run.lists[ChunkedSHA256], c.index)
	}
	if flat512 {
		place(w.sum512, w.run.lists[ChunkedSHA512], c.index)
	}
	if c.page >= 0 {
		w.tree.finish(w.run.lists[VeritySHA256][node*32:])
	}
	return nil
}

func start(h hash.Hash, prefix []byte, wanted bool) {
	if wanted {
		h.Reset()
		h.Write(prefix)
	}
}

func place(h hash.Hash, list []byte, index int) {
	size := h.Size()
	h.Sum(list[index*size : index*size : (index+1)*size])
}

// result makes the digests out of the lists.
func (r *run) result() map[Algorithm][]byte {
	out := make(map[Algorithm][]byte)
	if r.set[ChunkedSHA256] {
		out[ChunkedSHA256] = top(sha256.New(), r.lists[ChunkedSHA256])
	}
	if r.set[ChunkedSHA512] {
		out[ChunkedSHA512] = top(sha512.New(), r.lists[ChunkedSHA512])
	}
	if r.set[VeritySHA256] {
		size := r.content.Before + r.content.DirectorySize + int64(len(r.content.EOCD))
		out[VeritySHA256] = binary.LittleEndian.AppendUint64(root(r.lists[VeritySHA256]), uint64(size))
	}
	return out
}

// top is the digest over all chunk digests.
func top(h hash.Hash, list []byte) []byte {
	var prefix [5]byte
	prefix[0] = 0x5a
	binary.LittleEndian.PutUint32(prefix[1:], uint32(len(list)/h.Size()))
	h.Write(prefix[:])
	h.Write(list)
	return h.Sum(nil)
}

func readFull(r io.ReaderAt, buf []byte, offset int64) error {
	n, err := r.ReadAt(buf, offset)
	if n == len(buf) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read %d bytes at %d: %w", len(buf), offset, err)
}

// byteReader is bytes as an io.ReaderAt without state.
type byteReader []byte

func (b byteReader) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// chain is several sections read as one.
type chain struct{ parts []part }

type part struct {
	r    io.ReaderAt
	size int64
}

func (c *chain) ReadAt(p []byte, offset int64) (int, error) {
	done := 0
	for _, part := range c.parts {
		if offset >= part.size {
			offset -= part.size
			continue
		}
		n := min(int64(len(p)-done), part.size-offset)
		if err := readFull(part.r, p[done:done+int(n)], offset); err != nil {
			return done, err
		}
		done += int(n)
		if done == len(p) {
			return done, nil
		}
		offset = 0
	}
	return done, io.EOF
}

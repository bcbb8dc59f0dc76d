package ipa

import (
	"cmp"
	"crypto/sha1" // #nosec G505 -- older seals have nothing else
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"heyan/analyzer"
	"heyan/analyzer/archive"
	"heyan/analyzer/ipa/codesign"
	"heyan/analyzer/ipa/macho"
)

const (
	// maxWorkers read entries side by side.
	maxWorkers = 4
	// codePages is what is kept of one executable while it is read; more for a very
	// large one, whose signature is large too.
	codePages, maxCodePages = 2 << 20, 16 << 20
)

// work is one entry to go through: once, whatever is asked of it.
type work struct {
	entry  *archive.Entry
	target *target // nil: no code is expected
	// sha1 and sha256 ask for digests of the whole.
	sha1, sha256 bool

	digest1, digest256 []byte
	err                error // of the entry, beside the medium
	// code is set where the entry turned out to be a Mach-O file.
	code bool
	file *macho.File
	// damaged is a file that was read, with content that differs from its checksum.
	damaged error
	slices  []verified
}

// verified is one slice whose signature was verified.
type verified struct {
	slice  *macho.Slice
	result *codesign.Result
	// imports are the interfaces that need a reason, as far as they could be told.
	imports    []string
	importsErr error
}

// runWorks goes through all entries, the biggest first, several at once. What
// works share is not changed meanwhile.
func (i *inspection) runWorks(works []*work) error {
	order := slices.Clone(works)
	slices.SortStableFunc(order, func(a, b *work) int { return -cmp.Compare(a.entry.CompressedSize, b.entry.CompressedSize) })
	queue := make(chan *work)
	errs := make([]error, min(runtime.GOMAXPROCS(0), maxWorkers))
	var wait sync.WaitGroup
	for n := range errs {
		wait.Go(func() {
			for w := range queue {
				if errs[n] != nil {
					continue // the queue is emptied
				}
				err := analyzer.Fence("code", func() error { return i.runWork(w) })
				var panicked *analyzer.PanicError
				switch {
				case errors.As(err, &panicked):
					w.err = err
				case err != nil:
					errs[n] = err
				}
			}
		})
	}
	for _, w := range order {
		queue <- w
	}
	close(queue)
	wait.Wait()
	return errors.Join(errs...)
}

// runWork goes through one entry; only a fault of the medium is an error.
func (i *inspection) runWork(w *work) error {
	if err := i.ctx.Err(); err != nil {
		return err
	}
	var err error
	if w.code = w.target != nil; !w.code {
		w.code, err = i.digest(w)
	}
	if err == nil && w.code {
		err = i.readCode(w)
	}
	if medium(err) {
		return err
	}
	w.err = err
	return nil
}

// hashes are the digests being made of one entry.
type hashes struct{ one, two hash.Hash }

func newHashes(w *work) *hashes {
	h := &hashes{}
	if w.sha1 {
		h.one = sha1.New() // #nosec G401
	}
	if w.sha256 {
		h.two = sha256.New()
	}
	return h
}

func (h *hashes) Write(b []byte) (int, error) {
	if h.one != nil {
		h.one.Write(b)
	}
	if h.two != nil {
		h.two.Write(b)
	}
	return len(b), nil
}

func (h *hashes) enter(w *work) {
	if h.one != nil {
		w.digest1 = h.one.Sum(nil)
	}
	if h.two != nil {
		w.digest256 = h.two.Sum(nil)
	}
}

const digestBlock = 64 << 10

// digest makes the digests of an entry, unless it begins like a Mach-O file.
func (i *inspection) digest(w *work) (code bool, err error) {
	r, err := i.zip.Open(w.entry)
	if err != nil {
		return false, err
	}
	defer r.Close()
	h := newHashes(w)
	buf := make([]byte, min(digestBlock, int64(w.entry.UncompressedSize)+1))
	for first := true; ; first = false {
		n, err := io.ReadFull(r, buf)
		if first && beginsLikeCode(buf[:n]) {
			return true, nil
		}
		_, _ = h.Write(buf[:n])
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			h.enter(w)
			return false, nil
		case err != nil:
			return false, err // content that differs from its checksum has no digest
		}
	}
}

// beginsLikeCode: a Mach-O file, or a fat one with a number of slices that no Java
// class has for a version.
func beginsLikeCode(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	switch binary.BigEndian.Uint32(b) {
	case 0xcefaedfe, 0xcffaedfe, 0xfeedface, 0xfeedfacf:
		return true
	case 0xcafebabe, 0xcafebabf:
		return binary.BigEndian.Uint32(b[4:]) < 40
	}
	return false
}

// readCode reads a Mach-O file, verifies the signature of each slice, and makes the
// digests of the whole on the way.
func (i *inspection) readCode(w *work) error {
	size := int64(min(w.entry.UncompressedSize, 1<<50))
	content, err := i.zip.ReaderAt(w.entry, min(max(codePages, size/64), maxCodePages))
	if err != nil {
		return err
	}
	h := newHashes(w)
	content.Tee(h)
	w.file, err = macho.ReadEach(content, content.Size(), func(s *macho.Slice) error { return i.verifySlice(w, content, s) })
	if err != nil {
		w.file = nil
	} else {
		w.damaged = content.Mismatch()
	}
	if medium(err) || w.target == nil && errors.Is(err, macho.ErrNotMachO) && !w.sha1 && !w.sha256 {
		return err
	}
	// An executable that can't be read is still a file of the bundle.
	if errDigest := i.finishDigests(w, content, h); errDigest != nil {
		return cmp.Or(err, errDigest)
	}
	return err
}

// finishDigests reads what no slice asked for.
func (i *inspection) finishDigests(w *work, content *archive.Content, h *hashes) error {
	if !w.sha1 && !w.sha256 {
		return nil
	}
	if !w.entry.Deflated() {
		if _, err := io.Copy(h, io.NewSectionReader(content, 0, content.Size())); err != nil {
			return err
		}
	} else if size := content.Size(); size > 0 {
		var last [1]byte
		if _, err := content.ReadAt(last[:], size-1); err != nil {
			return err
		}
		if err := content.Mismatch(); err != nil {
			return nil // told as damage; without a digest the seal is altered
		}
	}
	h.enter(w)
	return nil
}

// verifySlice verifies one slice, reading forward.
func (i *inspection) verifySlice(w *work, content io.ReaderAt, s *macho.Slice) error {
	c := codesign.Code{
		Encryption: s.Encryption,
		Reread:     func() (io.Reader, error) { return io.NewSectionReader(content, s.Offset, s.Size), nil },
	}
	if err := i.bound(w, &c); err != nil {
		return err
	}
	imports := s.Imports(i.wanted)
	if off, size, ok := s.SignatureAt(); ok {
		if off < 0 || size < 0 || off > s.Size || size > s.Size-off {
			c.Signature = []byte{} // the load command points outside: malformed
		} else {
			c.Offset, c.Pages = off, codesign.NewPages(off)
			if _, err := io.Copy(io.MultiWriter(c.Pages, imports), io.NewSectionReader(content, s.Offset, off)); err != nil {
				return err
			}
			c.Signature = make([]byte, min(size, codesign.MaxSignature+1))
			if _, err := content.ReadAt(c.Signature, s.Offset+off); err != nil && err != io.EOF {
				return err
			}
		}
	}
	names, importsErr := imports.Found()
	if medium(importsErr) {
		return importsErr
	}
	r, err := codesign.Verify(c, i.authorities)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	w.slices = append(w.slices, verified{s, r, names, importsErr})
	return nil
}

// bound finds the files that the code's signature binds: its bundle's, also where
// the bundle is of a kind that is not looked for (an XPC service). A loose library
// has none.
func (i *inspection) bound(w *work, c *codesign.Code) (err error) {
	if w.target != nil && w.target.bundle != nil {
		c.InfoPlist, c.Resources = w.target.bundle.signedInfo, w.target.bundle.resources
		return nil
	}
	dir := path.Dir(w.entry.Name)
	if i.lay.byPath[dir] != nil {
		return nil
	}
	if c.InfoPlist, err = i.small(dir+"/"+infoName, maxInfo); medium(err) {
		return err
	}
	if c.Resources, err = i.small(dir+"/"+sealName, maxInfo); medium(err) {
		return err
	}
	return nil
}

// within is an entry's path inside a bundle.
func within(b *bundle, name string) (string, bool) { return strings.CutPrefix(name, b.path+"/") }

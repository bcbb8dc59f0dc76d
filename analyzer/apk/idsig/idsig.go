// Package idsig reads an APK Signature Scheme v4 file, which stands beside a
// package as NAME.apk.idsig, and computes what such a file states of a package:
// the Merkle tree over all of its bytes, by which a device can verify each page
// as it reads it. Whether the signatures hold is package sig's question.
//
// The format is that of AOSP's apksig 35.0.2 (Apache-2.0), V4Signature; where a
// rule comes from there, the class and method are named in parentheses.
//
// It promises: a field is loaded only when its length fits the file and is at
// most maxField, the tree never as a whole; the package is read once, in order,
// with some 300 KiB of buffers; errors other than those that wrap ErrFormat are
// of ctx or of reading.
package idsig

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrFormat is a file that apksig refuses to read.
var ErrFormat = errors.New("malformed signature file")

// Version is the version of the format that there is.
const Version = 2

// Limits of what is read. Real files hold two fields of one or two kilobytes,
// and one or two signers.
const (
	maxField   = 1 << 20
	maxSigners = 16
)

// File is a v4 signature file.
type File struct {
	Hashing Hashing
	// Signers has the one for all platforms first, then those for newer ones.
	Signers []Signer
	// Tree is the Merkle tree, nil where the file has none.
	Tree *io.SectionReader
	// TreeCut: the file ends before the tree does, so that apksig takes it for
	// absent. Rest is how many bytes follow the tree.
	TreeCut bool
	Rest    int64
}

// Hashing says how the tree was made (V4Signature.HashingInfo).
type Hashing struct {
	Algorithm     uint32 // 1 is SHA-256, and there is no other
	Log2BlockSize uint8  // 12, and nothing else is supported
	Salt          []byte // empty
	RootHash      []byte
}

// Usual reports whether a device takes it: it knows one way of hashing alone.
func (h Hashing) Usual() bool {
	return h.Algorithm == 1 && h.Log2BlockSize == 12 && len(h.Salt) == 0
}

// Signer is one signature over the tree's root (V4Signature.SigningInfo).
type Signer struct {
	// Block is the id of the signing block whose signer this is the same as; 0 of
	// the first one, which stands for v3 or v2.
	Block       uint32
	Digest      []byte // of the package, as v3 or v2 states it
	Certificate []byte // DER
	Additional  []byte
	PublicKey   []byte // DER
	Algorithm   uint32
	Signature   []byte
}

// Read reads the file in r, which holds size bytes. (V4Signature.readFrom)
func Read(r io.ReaderAt, size int64) (*File, error) {
	s := &stream{r: r, size: size}
	version, err := s.uint32()
	if err != nil {
		return nil, err
	}
	if version != Version {
		return nil, malformed("version %d", version)
	}
	hashing, err := s.field()
	if err != nil {
		return nil, err
	}
	signers, err := s.field()
	if err != nil {
		return nil, err
	}
	f := &File{}
	if f.Hashing, err = readHashing(hashing); err != nil {
		return nil, err
	}
	if f.Signers, err = readSigners(signers); err != nil {
		return nil, err
	}
	return f, f.readTree(s)
}

// readTree finds the tree. What ends too early is no tree; apksig reads it so.
func (f *File) readTree(s *stream) error {
	if s.size-s.at < 4 {
		f.TreeCut = s.size > s.at
		return nil
	}
	size, err := s.uint32()
	if err != nil {
		return err
	}
	switch {
	case int32(size) < 0:
		return malformed("tree of %d bytes", int32(size))
	case int64(size) > s.size-s.at:
		f.TreeCut = true
	default:
		f.Tree = io.NewSectionReader(s.r, s.at, int64(size))
		f.Rest = s.size - s.at - int64(size)
	}
	return nil
}

func readHashing(b []byte) (h Hashing, err error) {
	c := &cursor{b}
	if h.Algorithm, err = c.uint32(); err != nil {
		return h, err
	}
	if len(c.b) == 0 {
		return h, malformed("hashing information ends early")
	}
	h.Log2BlockSize, c.b = c.b[0], c.b[1:]
	if h.Salt, err = c.bytes(); err != nil {
		return h, err
	}
	h.RootHash, err = c.bytes()
	return h, err
}

// readSigners reads one signer, then those that name a block.
// (V4Signature.SigningInfos.fromByteArray)
func readSigners(b []byte) ([]Signer, error) {
	c := &cursor{b}
	first, err := readSigner(c)
	if err != nil {
		return nil, err
	}
	list := []Signer{first}
	for len(c.b) > 0 {
		if len(list) == maxSigners {
			return nil, malformed("more than %d signers", maxSigners)
		}
		id, err := c.uint32()
		if err != nil {
			return nil, err
		}
		body, err := c.bytes()
		if err != nil {
			return nil, err
		}
		next, err := readSigner(&cursor{body})
		if err != nil {
			return nil, err
		}
		next.Block = id
		list = append(list, next)
	}
	return list, nil
}

func readSigner(c *cursor) (s Signer, err error) {
	for _, field := range [...]*[]byte{&s.Digest, &s.Certificate, &s.Additional, &s.PublicKey} {
		if *field, err = c.bytes(); err != nil {
			return s, err
		}
	}
	if s.Algorithm, err = c.uint32(); err != nil {
		return s, err
	}
	s.Signature, err = c.bytes()
	return s, err
}

// SignedData is what a signer of a package of size bytes signs.
// (V4Signature.getSignedData)
func SignedData(size int64, h Hashing, s Signer) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32(nil, 0) // its own size, put in below
	out = le.AppendUint64(out, uint64(size))
	out = le.AppendUint32(out, h.Algorithm)
	out = append(out, h.Log2BlockSize)
	for _, field := range [...][]byte{h.Salt, h.RootHash, s.Digest, s.Certificate, s.Additional} {
		out = append(le.AppendUint32(out, uint32(len(field))), field...)
	}
	le.PutUint32(out, uint32(len(out)))
	return out
}

// cursor reads fields of loaded bytes.
type cursor struct{ b []byte }

func (c *cursor) uint32() (uint32, error) {
	if len(c.b) < 4 {
		return 0, malformed("need 4 bytes, have %d", len(c.b))
	}
	v := binary.LittleEndian.Uint32(c.b)
	c.b = c.b[4:]
	return v, nil
}

func (c *cursor) bytes() ([]byte, error) {
	size, err := c.uint32()
	if err != nil {
		return nil, err
	}
	if uint64(size) > uint64(len(c.b)) {
		return nil, malformed("need %d bytes, have %d", size, len(c.b))
	}
	field := c.b[:size:size]
	c.b = c.b[size:]
	return field, nil
}

// stream reads fields of the file.
type stream struct {
	r        io.ReaderAt
	size, at int64
}

func (s *stream) read(n int64) ([]byte, error) {
	if n > s.size-s.at {
		return nil, malformed("need %d bytes at %d, have %d", n, s.at, s.size-s.at)
	}
	buf := make([]byte, n)
	if err := readFull(s.r, buf, s.at); err != nil {
		return nil, err
	}
	s.at += n
	return buf, nil
}

func (s *stream) uint32() (uint32, error) {
	b, err := s.read(4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

func (s *stream) field() ([]byte, error) {
	size, err := s.uint32()
	if err != nil {
		return nil, err
	}
	if size > maxField {
		return nil, malformed("field of %d bytes", size)
	}
	return s.read(int64(size))
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

func malformed(text string, args ...any) error {
	return fmt.Errorf("%w: "+text, append([]any{ErrFormat}, args...)...)
}

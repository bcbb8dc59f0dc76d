package macho

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// Blobs of an embedded signature; all of it is big-endian (xnu, osfmk/kern/cs_blobs.h).
const (
	magicSuperBlob       = 0xfade0cc0
	magicDirectory       = 0xfade0c02
	magicEntitlements    = 0xfade7171
	magicEntitlementsDER = 0xfade7172
	magicCMS             = 0xfade0b01

	slotDirectory       = 0
	slotEntitlements    = 5
	slotEntitlementsDER = 7
	slotAlternate       = 0x1000 // to 0x1004: directories with other digests
	slotAlternateEnd    = 0x1005
	slotCMS             = 0x10000

	superBlobHeader = 12
	indexEntrySize  = 8
	blobHeader      = 8
)

// CodeSignature is what a slice's embedded signature holds. Nothing of it has
// been verified.
type CodeSignature struct {
	Blobs []Blob
	// Directories are the primary CodeDirectory and then the alternates.
	Directories []CodeDirectory
	// Entitlements is the XML property list, nil where there is none, and
	// EntitlementsDER the same in DER.
	Entitlements    []byte
	EntitlementsDER []byte
	// CMS: somebody signed the directories; without it the signature is ad hoc.
	CMS bool
}

// Blob is one entry of the SuperBlob; Offset counts from the slice's start.
type Blob struct {
	Slot, Magic  uint32
	Offset, Size int64
}

// CodeDirectory is what a CodeDirectory says of the code.
type CodeDirectory struct {
	Slot       uint32
	Version    uint32
	Flags      uint32
	Identifier string
	TeamID     string
	// HashType is 1 for SHA-1, 2 SHA-256, 3 SHA-256 cut to 20 bytes, 4 SHA-384.
	HashType uint8
	// CodeLimit is how many bytes of the slice are covered.
	CodeLimit int64
}

// AdHoc reports the flag CS_ADHOC: signed by nobody.
func (d CodeDirectory) AdHoc() bool { return d.Flags&0x2 != 0 }

// CodeSignature reads the slice's code signature; ErrUnsigned where it has none.
func (s *Slice) CodeSignature() (*CodeSignature, error) {
	if !s.read {
		s.read = true
		s.parsed, s.parseErr = s.parseSignature()
	}
	return s.parsed, s.parseErr
}

// damaged reports whether err is that of the medium.
func (s *Slice) damaged(err error) bool {
	return err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnsigned)
}

func (s *Slice) parseSignature() (*CodeSignature, error) {
	if s.signature == nil {
		return nil, ErrUnsigned
	}
	src, err := s.src.part(*s.signature)
	if err != nil {
		return nil, err
	}
	r := &signatureReader{out: &CodeSignature{}}
	if r.src, err = superBlob(src); err != nil {
		return nil, err
	}
	if err := r.index(); err != nil {
		return nil, err
	}
	for i := range r.out.Blobs {
		r.out.Blobs[i].Offset += s.signature.off
	}
	return r.out, nil
}

// superBlob checks the outer header and narrows src to what it says.
func superBlob(src section) (section, error) {
	head, err := src.bytes(0, superBlobHeader)
	if err != nil {
		return section{}, err
	}
	if magic := binary.BigEndian.Uint32(head); magic != magicSuperBlob {
		return section{}, malformed("code signature begins with %#x", magic)
	}
	return src.part(extent{0, int64(binary.BigEndian.Uint32(head[4:]))})
}

// signatureReader reads a SuperBlob.
type signatureReader struct {
	src section
	out *CodeSignature
}

// index reads the table and then, in the order of the file, the blobs.
func (r *signatureReader) index() error {
	head, err := r.src.bytes(0, superBlobHeader)
	if err != nil {
		return err
	}
	count := binary.BigEndian.Uint32(head[8:])
	if count > maxBlobs {
		return malformed("code signature with %d blobs", count)
	}
	table, err := r.src.bytes(superBlobHeader, int64(count)*indexEntrySize)
	if err != nil {
		return err
	}
	seen := map[uint32]bool{}
	for ; len(table) > 0; table = table[indexEntrySize:] {
		slot := binary.BigEndian.Uint32(table)
		if seen[slot] {
			return malformed("code signature has slot %#x twice", slot)
		}
		seen[slot] = true
		r.out.Blobs = append(r.out.Blobs, Blob{Slot: slot, Offset: int64(binary.BigEndian.Uint32(table[4:]))})
	}
	order := make([]*Blob, count)
	for i := range order {
		order[i] = &r.out.Blobs[i]
	}
	slices.SortStableFunc(order, func(a, b *Blob) int { return cmp.Compare(a.Offset, b.Offset) })
	for _, b := range order {
		if err := r.blob(b); err != nil {
			return err
		}
	}
	slices.SortFunc(r.out.Directories, func(a, b CodeDirectory) int { return cmp.Compare(a.Slot, b.Slot) })
	return nil
}

func (r *signatureReader) blob(b *Blob) error {
	head, err := r.src.bytes(b.Offset, blobHeader)
	if err != nil {
		return err
	}
	b.Magic, b.Size = binary.BigEndian.Uint32(head), int64(binary.BigEndian.Uint32(head[4:]))
	part, err := r.src.part(extent{b.Offset, b.Size})
	if err != nil {
		return err
	}
	if b.Size < blobHeader {
		return malformed("blob of %d bytes", b.Size)
	}
	switch {
	case b.Slot == slotDirectory || b.Slot >= slotAlternate && b.Slot < slotAlternateEnd:
		return r.directory(part, b)
	case b.Slot == slotEntitlements:
		r.out.Entitlements, err = entitlements(part, b, magicEntitlements)
	case b.Slot == slotEntitlementsDER:
		r.out.EntitlementsDER, err = entitlements(part, b, magicEntitlementsDER)
	case b.Slot == slotCMS:
		r.out.CMS = b.Magic == magicCMS && b.Size > blobHeader
	}
	return err
}

func entitlements(part section, b *Blob, magic uint32) ([]byte, error) {
	if b.Magic != magic {
		return nil, malformed("slot %d has a blob %#x", b.Slot, b.Magic)
	}
	if b.Size > maxEntitlements {
		return nil, malformed("entitlements of %d bytes", b.Size)
	}
	return part.bytes(blobHeader, b.Size-blobHeader)
}

func (r *signatureReader) directory(part section, b *Blob) error {
	if b.Magic != magicDirectory {
		return malformed("slot %#x has a blob %#x", b.Slot, b.Magic)
	}
	if part.size < directoryMinSize {
		return malformed("code directory of %d bytes", part.size)
	}
	head, err := part.bytes(0, min(part.size, 64))
	if err != nil {
		return err
	}
	d := CodeDirectory{
		Slot:      b.Slot,
		Version:   binary.BigEndian.Uint32(head[8:]),
		Flags:     binary.BigEndian.Uint32(head[12:]),
		CodeLimit: int64(binary.BigEndian.Uint32(head[32:])),
		HashType:  head[37],
	}
	if d.Identifier, err = cString(part, binary.BigEndian.Uint32(head[20:])); err != nil {
		return err
	}
	// The team arrived with version 0x20200, behind the scatter offset of 0x20100.
	if d.Version >= 0x20200 && len(head) >= 52 {
		if off := binary.BigEndian.Uint32(head[48:]); off != 0 {
			d.TeamID, err = cString(part, off)
		}
	}
	// Code beyond 4 GiB: codeLimit64 of version 0x20300.
	if d.Version >= 0x20300 && len(head) == 64 {
		if limit := binary.BigEndian.Uint64(head[56:]); limit != 0 && limit <= maxOffset {
			d.CodeLimit = int64(limit)
		}
	}
	r.out.Directories = append(r.out.Directories, d)
	return err
}

// cString reads a text inside a blob.
func cString(part section, off uint32) (string, error) {
	if int64(off) >= part.size {
		return "", malformed("text at %d of %d", off, part.size)
	}
	b, err := part.bytes(int64(off), min(part.size-int64(off), maxIdentifier))
	if err != nil {
		return "", err
	}
	return text(b, maxIdentifier), nil
}

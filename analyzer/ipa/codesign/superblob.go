package codesign

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Blobs of an embedded signature (xnu, osfmk/kern/cs_blobs.h); all big-endian.
const (
	magicSuperBlob       = 0xfade0cc0
	magicDirectory       = 0xfade0c02
	magicRequirements    = 0xfade0c01
	magicEntitlements    = 0xfade7171
	magicEntitlementsDER = 0xfade7172
	magicConstraint      = 0xfade8181
	magicCMS             = 0xfade0b01

	slotInfoPlist       = 1
	slotRequirements    = 2
	slotResources       = 3
	slotEntitlements    = 5
	slotEntitlementsDER = 7
	slotConstraintFirst = 8 // launch constraints: self, parent, responsible; 11 library
	slotConstraintLast  = 11
	slotAlternate       = 0x1000
	slotAlternateEnd    = 0x1005
	slotCMS             = 0x10000
)

// Limits. Real signatures have 4 to 8 blobs and a digest for every 4 KiB of code.
const (
	maxBlobs      = 64
	maxIdentifier = 1024
)

// MaxSignature bounds an embedded signature.
const MaxSignature = 64 << 20

var (
	errMalformed   = errors.New("malformed code signature")
	errUnsupported = errors.New("unsupported code signature")
)

func malformed(text string, args ...any) error {
	return fmt.Errorf("%w: "+text, append([]any{errMalformed}, args...)...)
}

// superBlob is an embedded signature taken apart, nothing of it verified.
type superBlob struct {
	directories []*directory // the primary one first, then the alternates by slot
	// blobs are whole blobs by slot, without the directories and the CMS message.
	blobs map[uint32][]byte
	cms   []byte // contents, nil or empty for an ad hoc signature
}

// parse takes a signature apart. Blobs may not overlap and a slot is there once:
// what one reader takes, every reader takes.
func parse(data []byte) (*superBlob, error) {
	be := binary.BigEndian
	if len(data) < 12 || be.Uint32(data) != magicSuperBlob {
		return nil, malformed("no embedded signature")
	}
	size, count := be.Uint32(data[4:]), be.Uint32(data[8:])
	if int64(size) > int64(len(data)) || size < 12 {
		return nil, malformed("%d bytes announced, %d there", size, len(data))
	}
	data = data[:size]
	if count > maxBlobs || int64(count)*8+12 > int64(size) {
		return nil, malformed("%d blobs", count)
	}
	s := &superBlob{blobs: map[uint32][]byte{}}
	seen := map[uint32]bool{}
	for n := range int(count) {
		entry := data[12+8*n:]
		slot, at := be.Uint32(entry), int64(be.Uint32(entry[4:]))
		if seen[slot] {
			return nil, malformed("slot %#x twice", slot)
		}
		seen[slot] = true
		if at < 12+8*int64(count) || at+8 > int64(size) {
			return nil, malformed("a blob at %d of %d", at, size)
		}
		length := int64(be.Uint32(data[at+4:]))
		if length < 8 || length > int64(size)-at {
			return nil, malformed("a blob of %d bytes at %d of %d", length, at, size)
		}
		if err := s.enter(slot, data[at:at+length]); err != nil {
			return nil, err
		}
	}
	if len(s.directories) == 0 {
		return nil, malformed("no code directory")
	}
	slices.SortFunc(s.directories, func(a, b *directory) int { return int(a.slot) - int(b.slot) })
	if s.directories[0].slot != 0 {
		return nil, malformed("no primary code directory")
	}
	return s, nil
}

// magicOf is the magic number a slot must have, 0 for any.
func magicOf(slot uint32) uint32 {
	switch {
	case slot == 0 || slot >= slotAlternate && slot < slotAlternateEnd:
		return magicDirectory
	case slot == slotRequirements:
		return magicRequirements
	case slot == slotEntitlements:
		return magicEntitlements
	case slot == slotEntitlementsDER:
		return magicEntitlementsDER
	case slot >= slotConstraintFirst && slot <= slotConstraintLast:
		return magicConstraint
	case slot == slotCMS:
		return magicCMS
	}
	return 0
}

func (s *superBlob) enter(slot uint32, blob []byte) error {
	magic := binary.BigEndian.Uint32(blob)
	if want := magicOf(slot); want != 0 && magic != want {
		return malformed("slot %#x has a blob %#x", slot, magic)
	}
	switch magicOf(slot) {
	case magicDirectory:
		d, err := parseDirectory(slot, blob)
		if err != nil {
			return err
		}
		s.directories = append(s.directories, d)
	case magicCMS:
		s.cms = blob[8:]
	default:
		s.blobs[slot] = blob
	}
	return nil
}

// best is the directory that newer systems go by: the one with the strongest hash.
func (s *superBlob) best() *directory {
	best := s.directories[0]
	for _, d := range s.directories[1:] {
		if rank(d.hash) > rank(best.hash) {
			best = d
		}
	}
	return best
}

// rank orders hash types by strength (xnu, bsd/kern/ubc_subr.c, hashPriorities).
func rank(h Hash) int {
	switch h {
	case SHA1:
		return 1
	case SHA256Truncated:
		return 2
	case SHA256:
		return 3
	case SHA384:
		return 4
	}
	return 0
}

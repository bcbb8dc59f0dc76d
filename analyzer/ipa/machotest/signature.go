package machotest

import (
	"bytes"
	"crypto/sha256"
)

// Signature is an embedded code signature. Its digests are right; nobody has
// signed it unless CMS says so.
type Signature struct {
	Identifier, Team string
	// Flags are the directory's; 2 is CS_ADHOC.
	Flags uint32
	// Entitlements and EntitlementsDER are left out where nil.
	Entitlements, EntitlementsDER []byte
	CMS                           []byte
	// SignDirectory makes the CMS message from the code directory; its length must
	// not depend on what it is given.
	SignDirectory func(directory []byte) []byte
	// InfoPlist and CodeResources are files the directory binds, if not nil.
	InfoPlist, CodeResources []byte
	// Extra blobs are written behind all others.
	Extra []Blob
	// Lie changes the finished SuperBlob in place.
	Lie func([]byte)
}

// Blob is a blob of a SuperBlob by slot, its header not included in Data.
type Blob struct {
	Slot, Magic uint32
	Data        []byte
}

// Slots and magic numbers (xnu, cs_blobs.h).
const (
	SlotDirectory       = 0
	SlotRequirements    = 2
	SlotEntitlements    = 5
	SlotEntitlementsDER = 7
	SlotCMS             = 0x10000

	slotInfoPlist     = 1
	slotCodeResources = 3

	MagicDirectory       = 0xfade0c02
	MagicRequirements    = 0xfade0c01
	MagicEntitlements    = 0xfade7171
	MagicEntitlementsDER = 0xfade7172
	MagicCMS             = 0xfade0b01
)

func (b Blob) bytes() []byte { return append(be(b.Magic, uint32(8+len(b.Data))), b.Data...) }

// bytes signs an image.
func (s *Signature) bytes(image []byte) []byte {
	special := []Blob{{SlotRequirements, MagicRequirements, be(0)}}
	if s.Entitlements != nil {
		special = append(special, Blob{SlotEntitlements, MagicEntitlements, s.Entitlements})
	}
	if s.EntitlementsDER != nil {
		special = append(special, Blob{SlotEntitlementsDER, MagicEntitlementsDER, s.EntitlementsDER})
	}
	directory := Blob{SlotDirectory, MagicDirectory, s.directory(image, special)}
	cms := s.CMS
	if s.SignDirectory != nil {
		cms = s.SignDirectory(directory.bytes())
	}
	blobs := append([]Blob{directory}, special...)
	blobs = append(blobs, Blob{SlotCMS, MagicCMS, cms})
	blobs = append(blobs, s.Extra...)
	var index, data []byte
	base := 12 + 8*len(blobs)
	for _, b := range blobs {
		index = append(index, be(b.Slot, uint32(base+len(data)))...)
		data = append(data, b.bytes()...)
	}
	out := append(be(0xfade0cc0, uint32(base+len(data)), uint32(len(blobs))), index...)
	out = append(out, data...)
	if s.Lie != nil {
		s.Lie(out)
	}
	return out
}

// directory is a CodeDirectory of version 0x20400 without its blob header.
func (s *Signature) directory(image []byte, special []Blob) []byte {
	const headerSize, specialSlots = 88, 7
	texts := append([]byte(s.Identifier), 0)
	identifier, team := uint32(headerSize), uint32(0)
	if s.Team != "" {
		team = identifier + uint32(len(texts))
		texts = append(append(texts, s.Team...), 0)
	}
	hashes := make([]byte, specialSlots*sha256.Size)
	bind := func(slot uint32, data []byte) {
		sum := sha256.Sum256(data)
		copy(hashes[(specialSlots-int(slot))*sha256.Size:], sum[:])
	}
	for _, b := range special {
		bind(b.Slot, b.bytes())
	}
	if s.InfoPlist != nil {
		bind(slotInfoPlist, s.InfoPlist)
	}
	if s.CodeResources != nil {
		bind(slotCodeResources, s.CodeResources)
	}
	pages := 0
	for rest := image; len(rest) > 0; pages++ {
		n := min(len(rest), pageSize)
		sum := sha256.Sum256(rest[:n])
		hashes, rest = append(hashes, sum[:]...), rest[n:]
	}
	first := uint32(headerSize + len(texts) + specialSlots*sha256.Size)
	head := be(0x20400, s.Flags, first, identifier, specialSlots, uint32(pages), uint32(len(image)))
	head = append(head, sha256.Size, 2, 0, 12)                    // hash size, SHA-256, platform, page size
	head = append(head, be(0, 0, team, 0, 0, 0)...)               // spare, scatter, team, spare, code limit 64
	head = append(head, be(0, 0, 0, uint32(len(image)), 0, 1)...) // executable segment: base, limit, flags
	return bytes.Join([][]byte{head, texts, hashes}, nil)
}

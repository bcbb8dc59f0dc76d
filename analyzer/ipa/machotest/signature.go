package machotest

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // a hash of older signatures
	_ "crypto/sha256"
	"slices"
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
	// SignDirectory makes the CMS message from the code directories, the primary one
	// first; its length must not depend on what it is given.
	SignDirectory func(directories ...[]byte) []byte
	// SHA1 makes the primary directory one of SHA-1 with the SHA-256 one beside it,
	// as Xcode did up to 2022.
	SHA1 bool
	// LieDirectories changes the directories' blobs after the digests in them are made
	// and before they are signed.
	LieDirectories func(directories [][]byte)
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
	SlotAlternate       = 0x1000
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
	directories := []Blob{{SlotDirectory, MagicDirectory, s.directory(image, special, crypto.SHA256)}}
	if s.SHA1 {
		directories[0].Slot = SlotAlternate
		directories = []Blob{{SlotDirectory, MagicDirectory, s.directory(image, special, crypto.SHA1)}, directories[0]}
	}
	cms := s.CMS
	if s.SignDirectory != nil {
		raw := make([][]byte, len(directories))
		for n, d := range directories {
			raw[n] = d.bytes()
		}
		if s.LieDirectories != nil {
			s.LieDirectories(raw)
			for n := range directories {
				directories[n].Data = raw[n][8:]
			}
		}
		cms = s.SignDirectory(raw...)
	}
	blobs := slices.Concat(directories, special)
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
func (s *Signature) directory(image []byte, special []Blob, hash crypto.Hash) []byte {
	const headerSize, specialSlots = 88, 7
	size := hash.Size()
	digest := func(data []byte) []byte {
		h := hash.New()
		h.Write(data)
		return h.Sum(nil)
	}
	texts := append([]byte(s.Identifier), 0)
	identifier, team := uint32(headerSize), uint32(0)
	if s.Team != "" {
		team = identifier + uint32(len(texts))
		texts = append(append(texts, s.Team...), 0)
	}
	hashes := make([]byte, specialSlots*size)
	bind := func(slot uint32, data []byte) {
		copy(hashes[(specialSlots-int(slot))*size:], digest(data))
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
		hashes, rest = append(hashes, digest(rest[:n])...), rest[n:]
	}
	first := uint32(headerSize + len(texts) + specialSlots*size)
	head := be(0x20400, s.Flags, first, identifier, specialSlots, uint32(pages), uint32(len(image)))
	kind := byte(2)
	if hash == crypto.SHA1 {
		kind = 1
	}
	head = append(head, byte(size), kind, 0, 12)                  // hash size and type, platform, page size
	head = append(head, be(0, 0, team, 0, 0, 0)...)               // spare, scatter, team, spare, code limit 64
	head = append(head, be(0, 0, 0, uint32(len(image)), 0, 1)...) // executable segment: base, limit, flags
	return bytes.Join([][]byte{head, texts, hashes}, nil)
}

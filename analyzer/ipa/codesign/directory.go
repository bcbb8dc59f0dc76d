package codesign

import (
	"bytes"
	"crypto"
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// Hash is a CodeDirectory's hash type (xnu, osfmk/kern/cs_blobs.h).
type Hash uint8

// The hash types.
const (
	SHA1            Hash = 1
	SHA256          Hash = 2
	SHA256Truncated Hash = 3
	SHA384          Hash = 4
)

// String is the name in facts.
func (h Hash) String() string {
	switch h {
	case SHA1:
		return "sha1"
	case SHA256:
		return "sha256"
	case SHA256Truncated:
		return "sha256-truncated"
	case SHA384:
		return "sha384"
	}
	return fmt.Sprintf("type-%d", uint8(h))
}

// size is how long digests of the type are, 0 for an unknown one.
func (h Hash) size() int {
	switch h {
	case SHA1, SHA256Truncated:
		return 20
	case SHA256:
		return 32
	case SHA384:
		return 48
	}
	return 0
}

func (h Hash) function() crypto.Hash {
	switch h {
	case SHA1:
		return crypto.SHA1
	case SHA384:
		return crypto.SHA384
	}
	return crypto.SHA256
}

// sum is the digest as the type writes it.
func (h Hash) sum(b []byte) []byte {
	f := h.function().New()
	f.Write(b)
	return f.Sum(nil)[:h.size()]
}

// Versions of a CodeDirectory (cs_blobs.h; codedirectory.h of Security).
const (
	versionEarliest  = 0x20001
	versionScatter   = 0x20100
	versionTeam      = 0x20200
	versionLimit64   = 0x20300
	versionAfterLast = 0x2f000 // CodeDirectory::compatibilityLimit
)

// Flags of a CodeDirectory.
const flagAdHoc = 0x2

// directory is one CodeDirectory.
type directory struct {
	slot       uint32
	raw        []byte // the whole blob: what is signed and what cdhashes are of
	version    uint32
	flags      uint32
	hash       Hash
	pageShift  uint8 // 0: one page of everything
	limit      int64 // bytes of code covered
	identifier string
	team       string
	special    int    // number of special slots
	hashes     []byte // special slots, the highest first, then code slots
	slots      int    // number of code slots
}

// parseDirectory reads a CodeDirectory and checks every offset in it.
func parseDirectory(slot uint32, raw []byte) (*directory, error) {
	if len(raw) < 44 {
		return nil, malformed("a code directory of %d bytes", len(raw))
	}
	be := binary.BigEndian
	d := &directory{
		slot: slot, raw: raw,
		version: be.Uint32(raw[8:]), flags: be.Uint32(raw[12:]),
		limit: int64(be.Uint32(raw[32:])), hash: Hash(raw[37]), pageShift: raw[39],
	}
	if d.version < versionEarliest || d.version >= versionAfterLast {
		return nil, fmt.Errorf("%w: code directory version %#x", errUnsupported, d.version)
	}
	if size := d.hash.size(); size == 0 || int(raw[36]) != size {
		return nil, fmt.Errorf("%w: hash type %d of %d bytes", errUnsupported, raw[37], raw[36])
	}
	if d.pageShift != 0 && (d.pageShift < 12 || d.pageShift > 20) {
		return nil, malformed("pages of 2^%d bytes", d.pageShift)
	}
	if err := d.readHashes(be.Uint32(raw[16:]), be.Uint32(raw[24:]), be.Uint32(raw[28:])); err != nil {
		return nil, err
	}
	return d, d.readRest(be.Uint32(raw[20:]))
}

func (d *directory) readHashes(offset, special, slots uint32) error {
	size := int64(d.hash.size())
	from, to := int64(offset)-int64(special)*size, int64(offset)+int64(slots)*size
	if from < 44 || to > int64(len(d.raw)) {
		return malformed("%d and %d digests at %d of %d bytes", special, slots, offset, len(d.raw))
	}
	d.special, d.slots, d.hashes = int(special), int(slots), d.raw[from:to]
	return nil
}

// readRest reads the texts and what later versions added.
func (d *directory) readRest(identifier uint32) (err error) {
	be := binary.BigEndian
	if d.identifier, err = d.text(identifier); err != nil {
		return err
	}
	if d.version >= versionScatter && (len(d.raw) < 48 || be.Uint32(d.raw[44:]) != 0) {
		return fmt.Errorf("%w: a scatter vector", errUnsupported)
	}
	if d.version >= versionTeam {
		if len(d.raw) < 52 {
			return malformed("a code directory of %d bytes", len(d.raw))
		}
		if offset := be.Uint32(d.raw[48:]); offset != 0 {
			if d.team, err = d.text(offset); err != nil {
				return err
			}
		}
	}
	if d.version >= versionLimit64 {
		if len(d.raw) < 64 {
			return malformed("a code directory of %d bytes", len(d.raw))
		}
		if limit := be.Uint64(d.raw[56:]); limit != 0 {
			if limit > 1<<40 {
				return malformed("a code limit of %d", limit)
			}
			d.limit = int64(limit)
		}
	}
	if pages := d.pages(); pages != d.slots {
		return malformed("%d digests for %d pages", d.slots, pages)
	}
	return nil
}

// pages is how many pages the limit makes.
func (d *directory) pages() int {
	if d.pageShift == 0 {
		return 1
	}
	return int((d.limit + 1<<d.pageShift - 1) >> d.pageShift)
}

// text is a C string inside the directory.
func (d *directory) text(offset uint32) (string, error) {
	if int64(offset) >= int64(len(d.raw)) {
		return "", malformed("a text at %d of %d", offset, len(d.raw))
	}
	b := d.raw[offset:]
	end := bytes.IndexByte(b[:min(len(b), maxIdentifier)], 0)
	if end < 0 || !utf8.Valid(b[:end]) {
		return "", malformed("a text without end at %d", offset)
	}
	return string(b[:end]), nil
}

// code is the digest of a page.
func (d *directory) code(page int) []byte {
	size := d.hash.size()
	at := (d.special + page) * size
	return d.hashes[at : at+size]
}

// bound is the digest of a special slot, nil where the directory has none or
// zeros, which stand for none.
func (d *directory) bound(slot int) []byte {
	if slot > d.special {
		return nil
	}
	size := d.hash.size()
	at := (d.special - slot) * size
	h := d.hashes[at : at+size]
	if len(bytes.Trim(h, "\x00")) == 0 {
		return nil
	}
	return h
}

// digest is the directory's own digest: all of it, as attribute 9.2 has it.
func (d *directory) digest() []byte {
	f := d.hash.function().New()
	f.Write(d.raw)
	return f.Sum(nil)
}

// cdhash is the same cut to the 20 bytes by which the kernel knows code.
func (d *directory) cdhash() []byte { return d.digest()[:20] }

package block

import (
	"encoding/binary"
	"fmt"
	"math"

	"heyan/analyzer/apk/sig/internal/apkzip"
)

// Ids of the pairs apksig reads.
const (
	V2          = 0x7109871a
	V3          = 0xf05368c0
	V31         = 0x1b93ad61
	SourceStamp = 0x6dff800d // V2 of the source stamp
)

// Limits of what is read from a block. Real blocks hold some ten pairs, and
// those of signatures some kilobytes.
const (
	MaxPairs = 4096
	MaxValue = 4 << 20
)

const (
	footerSize = 24
	minOffset  = 32
	magicLow   = 0x20676953204b5041
	magicHigh  = 0x3234206b636f6c42
)

// Block is an APK Signing Block.
type Block struct {
	archive *apkzip.Archive
	// Offset is where the block starts, Size how long it is in all.
	Offset, Size int64
	// Pairs are those before the first malformed one, in order.
	Pairs []Pair
	// Malformed says what is wrong with the pair after them, if anything is.
	Malformed string
}

// Pair is one id with the place of its value.
type Pair struct {
	ID     uint32
	offset int64
	size   int64
}

// Size is the length of the value.
func (p *Pair) Size() int64 { return p.size }

// Find locates the block before the central directory. Without one it returns
// nil and the reason. (ApkUtilsLite.findApkSigningBlock)
func Find(a *apkzip.Archive) (b *Block, absent string, err error) {
	if a.DirectoryOffset+a.DirectorySize != a.EOCDOffset {
		return nil, "central directory is not followed by its end record", nil
	}
	if a.DirectoryOffset < minOffset {
		return nil, "no room for an APK Signing Block", nil
	}
	var footer [footerSize]byte
	if err := a.ReadAt(footer[:], a.DirectoryOffset-footerSize); err != nil {
		return nil, "", err
	}
	le := binary.LittleEndian
	if le.Uint64(footer[8:]) != magicLow || le.Uint64(footer[16:]) != magicHigh {
		return nil, "no APK Signing Block before the central directory", nil
	}
	size := int64(le.Uint64(footer[:]))
	if size < footerSize || size > math.MaxInt32-8 {
		return nil, fmt.Sprintf("APK Signing Block of %d bytes", size), nil
	}
	b = &Block{archive: a, Size: size + 8, Offset: a.DirectoryOffset - size - 8}
	if b.Offset < 0 {
		return nil, fmt.Sprintf("APK Signing Block of %d bytes does not fit", size), nil
	}
	var header [8]byte
	if err := a.ReadAt(header[:], b.Offset); err != nil {
		return nil, "", err
	}
	if stated := int64(le.Uint64(header[:])); stated != size {
		return nil, fmt.Sprintf("APK Signing Block states %d and %d bytes", stated, size), nil
	}
	return b, "", b.list()
}

// Traced reports whether there is the end of an APK Signing Block before the
// central directory, be the block readable or not.
func Traced(a *apkzip.Archive) bool {
	var magic [16]byte
	if a.DirectoryOffset < minOffset || a.ReadAt(magic[:], a.DirectoryOffset-16) != nil {
		return false
	}
	le := binary.LittleEndian
	return le.Uint64(magic[:]) == magicLow && le.Uint64(magic[8:]) == magicHigh
}

// list walks the pairs (ApkSigningBlockUtilsLite.findApkSignatureSchemeBlock).
func (b *Block) list() error {
	pos, end := b.Offset+8, b.Offset+b.Size-footerSize
	for pos < end {
		if len(b.Pairs) == MaxPairs {
			return fmt.Errorf("%w: APK Signing Block of more than %d pairs", apkzip.ErrBudget, MaxPairs)
		}
		if end-pos < 8 {
			b.Malformed = fmt.Sprintf("entry %d has no room for its size", len(b.Pairs)+1)
			return nil
		}
		var head [12]byte
		n := min(int64(len(head)), end-pos)
		if err := b.archive.ReadAt(head[:n], pos); err != nil {
			return err
		}
		size := int64(binary.LittleEndian.Uint64(head[:]))
		pos += 8
		if size < 4 || size > math.MaxInt32 || size > end-pos {
			b.Malformed = fmt.Sprintf("entry %d states %d bytes, %d are left", len(b.Pairs)+1, size, end-pos)
			return nil
		}
		b.Pairs = append(b.Pairs, Pair{ID: binary.LittleEndian.Uint32(head[8:]), offset: pos + 4, size: size - 4})
		pos += size
	}
	return nil
}

// Value loads the value of the first pair with id; ok is false without one.
func (b *Block) Value(id uint32) (value []byte, ok bool, err error) {
	if b == nil {
		return nil, false, nil
	}
	for i := range b.Pairs {
		if b.Pairs[i].ID == id {
			value, err = b.Read(&b.Pairs[i])
			return value, true, err
		}
	}
	return nil, false, nil
}

// Read returns the value of one pair.
func (b *Block) Read(p *Pair) ([]byte, error) {
	if p.size > MaxValue {
		return nil, fmt.Errorf("%w: signature block of %d bytes", apkzip.ErrBudget, p.size)
	}
	value := make([]byte, p.size)
	return value, b.archive.ReadAt(value, p.offset)
}

// ReadAt fills buf with a part of a pair's value.
func (b *Block) ReadAt(p *Pair, buf []byte, offset int64) error {
	if offset < 0 || int64(len(buf)) > p.size-offset {
		return fmt.Errorf("%w: %d bytes at %d of a value of %d", ErrShort, len(buf), offset, p.size)
	}
	return b.archive.ReadAt(buf, p.offset+offset)
}

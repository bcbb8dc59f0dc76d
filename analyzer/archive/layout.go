package archive

import "fmt"

// Layout says where the parts of the file lie. Offsets count from the file's
// first byte; a part that is not there has size 0.
type Layout struct {
	// DirectoryOffset and DirectorySize are of the central directory as it was
	// read; DeclaredDirectorySize is what the end record says.
	DirectoryOffset       int64
	DirectorySize         int64
	DeclaredDirectorySize uint64
	// EndOffset is the end of central directory record's.
	EndOffset int64
	// CommentSize is the archive comment's length as far as the file goes.
	CommentSize int64
	// DeclaredEntries is what the end record counts.
	DeclaredEntries uint64
	// Zip64: there is a ZIP64 end record, used or not.
	Zip64 bool
	// Shift is what was added to every recorded offset (CodeShifted).
	Shift int64
	// PrefixSize is the length of the data before the first local header, PrefixKind
	// what it looks like (see Magic).
	PrefixSize int64
	PrefixKind string
	// TrailingSize is the length of the data behind the end record and its comment.
	TrailingSize int64
	// LastEntryEnd is where the content of the entry nearest to the directory ends,
	// its data descriptor included; 0 where its local header can't be read.
	LastEntryEnd int64
	// SigningBlockOffset and SigningBlockSize are of the APK Signing Block right
	// before the central directory. SigningBlockBroken: its magic is there and its
	// sizes are wrong; the offset is then the magic's.
	SigningBlockOffset int64
	SigningBlockSize   int64
	SigningBlockBroken bool
}

const (
	signingMagic = "APK Sig Block 42"
	// lenSigningTail is the size and the magic that end a signing block.
	lenSigningTail = 8 + len(signingMagic)
)

// survey fills in the layout and looks for what lies where nothing should.
func (a *Archive) survey(end *endRecord, dir *directory, found *collector) error {
	a.layout = Layout{
		DirectoryOffset:       end.start,
		DirectorySize:         dir.end - end.start,
		DeclaredDirectorySize: end.dirSize,
		EndOffset:             end.offset,
		CommentSize:           int64(end.comment) + min(end.tail, 0),
		DeclaredEntries:       end.count,
		Zip64:                 end.zip64,
		Shift:                 end.shift,
		TrailingSize:          max(end.tail, 0),
	}
	if err := a.findSigningBlock(); err != nil {
		return err
	}
	order := a.byOffset()
	a.findOverlaps(order, found)
	if err := a.findPrefix(order, found); err != nil {
		return err
	}
	if err := a.findGap(order, found, dir.cut); err != nil {
		return err
	}
	if gap := end.limit - max(dir.end, end.declaredEnd()); gap > 0 {
		found.add(CodeGapAfterDirectory, atOffset(end.limit-gap), "%d bytes between the directory and the end record", gap)
	}
	return nil
}

// findSigningBlock looks for the APK Signing Block: size, pairs, the same size,
// magic, right before the directory (apksig, ApkUtilsLite.findApkSigningBlock).
func (a *Archive) findSigningBlock() error {
	l := &a.layout
	if l.DirectoryOffset < int64(lenSigningTail+8) {
		return nil
	}
	var tail [lenSigningTail]byte
	if err := readAt(a.src, tail[:], l.DirectoryOffset-int64(lenSigningTail)); err != nil {
		return err
	}
	if string(tail[8:]) != signingMagic {
		return nil
	}
	l.SigningBlockOffset, l.SigningBlockBroken = l.DirectoryOffset-int64(len(signingMagic)), true
	size := le.Uint64(tail[:])
	if size < uint64(lenSigningTail) || size > uint64(l.DirectoryOffset-8) {
		return nil
	}
	start := l.DirectoryOffset - int64(size) - 8
	var head [8]byte
	if err := readAt(a.src, head[:], start); err != nil {
		return err
	}
	if le.Uint64(head[:]) == size {
		l.SigningBlockOffset, l.SigningBlockSize, l.SigningBlockBroken = start, int64(size)+8, false
	}
	return nil
}

// findPrefix looks at what stands before the first local header. Android wants
// a local header at offset 0.
func (a *Archive) findPrefix(order []uint32, found *collector) error {
	if len(order) == 0 {
		return nil
	}
	a.layout.PrefixSize = int64(a.entries[order[0]].HeaderOffset)
	head := make([]byte, min(a.size, magicLength))
	if err := readAt(a.src, head, 0); err != nil {
		return err
	}
	kind := Magic(head)
	if a.layout.PrefixSize > 0 {
		a.layout.PrefixKind = kind
	}
	switch {
	case len(head) >= 4 && le.Uint32(head) == sigLocal:
		return nil
	case kind == magicDEX:
		found.add(CodePrefixDEX, atOffset(0), "the file begins as a DEX, %d bytes before the first entry", a.layout.PrefixSize)
	default:
		found.add(CodePrefix, atOffset(0), "no local header at the file's start, %d bytes before the first entry: %s",
			a.layout.PrefixSize, describe(kind))
	}
	return nil
}

// maxPadding is how many zero bytes before a signing block are taken for its
// alignment: apksig's is to pages of 4 KiB, newer systems have 16 KiB.
const maxPadding = 32 << 10

// findGap compares the end of the last entry with the start of what must
// follow. Where the directory is cut the entry may be one of those missing.
func (a *Archive) findGap(order []uint32, found *collector, cut bool) error {
	l := &a.layout
	if len(order) == 0 {
		return nil
	}
	next := l.DirectoryOffset
	if l.SigningBlockSize > 0 {
		next = l.SigningBlockOffset
	}
	last := &a.entries[order[len(order)-1]]
	ahead := &readAhead{src: a.src, size: a.size}
	h, err := a.local(ahead, last)
	if err != nil {
		return ignoreMalformed(err)
	}
	trailer, err := a.descriptor(ahead, last, h)
	if err != nil {
		return err
	}
	l.LastEntryEnd = h.start + int64(last.length()) + trailer
	if gap := next - l.LastEntryEnd; gap > 0 && !cut {
		zero, err := a.zeros(l.LastEntryEnd, min(gap, maxPadding))
		if err != nil {
			return err
		}
		if gap > maxPadding || !zero || l.SigningBlockSize == 0 {
			found.add(CodeGapBeforeDirectory, atOffset(l.LastEntryEnd), "%d bytes behind the last entry, %s", gap, nature(zero))
		}
	}
	return nil
}

func nature(zero bool) string {
	if zero {
		return "zeros"
	}
	return "not all zero"
}

func (a *Archive) zeros(off, n int64) (bool, error) {
	b := make([]byte, n)
	if err := readAt(a.src, b, off); err != nil {
		return false, err
	}
	for _, c := range b {
		if c != 0 {
			return false, nil
		}
	}
	return true, nil
}

func describe(kind string) string {
	if kind == "" {
		return "nothing known"
	}
	return fmt.Sprintf("looks like %s", kind)
}

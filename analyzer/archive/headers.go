package archive

import (
	"context"
	"errors"

	"heyan/analyzer/facts"
)

// headerBatch is how many headers are read between two looks at the context.
const headerBatch = 1024

// CheckLocalHeaders reads every local header once, in the order of the file,
// and reports where it contradicts the central directory: what a reader that
// goes through the file from its start (iOS installs that way) would see
// differently, and what makes Android refuse an entry (libziparchive,
// FindEntry). It costs about a read of 64 KiB for every 64 KiB that hold a
// header. The list is ordered and capped as that of Anomalies. The error is
// ctx's or ErrRead.
func (a *Archive) CheckLocalHeaders(ctx context.Context) ([]facts.Anomaly, error) {
	c := &headerCheck{
		archive: a,
		headers: &readAhead{src: a.src, size: a.size, window: readAheadWindow},
		tails:   &readAhead{src: a.src, size: a.size, window: readAheadWindow},
	}
	for n, i := range a.byOffset() {
		if n%headerBatch == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := c.entry(&a.entries[i]); err != nil {
			return nil, err
		}
	}
	return c.found.list(), nil
}

type headerCheck struct {
	archive *Archive
	headers *readAhead
	tails   *readAhead
	found   collector
	covered int64 // everything up to here belongs to an entry
	// least is the same as far as Open could tell, which has reported overlaps
	// with it.
	least uint64
}

func (c *headerCheck) entry(e *Entry) error {
	if err := c.unlisted(int64(e.HeaderOffset)); err != nil {
		return err
	}
	at := atName(e.Name)
	h, err := c.archive.local(c.headers, e)
	if errors.Is(err, ErrMalformed) {
		c.found.add(CodeLocalHeader, at, "%v", err)
		return nil
	}
	if err != nil {
		return err
	}
	if h.name != e.Name {
		c.found.add(CodeLocalName, at, "the local header names %q", shorten(h.name))
	}
	if h.method != e.Method {
		c.found.add(CodeLocalMethod, at, "method %d, in the local header %d", e.Method, h.method)
	}
	if (h.flags^e.Flags)&flagEncrypted != 0 {
		c.found.add(CodeEncryptedFlag, at, "encryption bit %d, in the local header %d",
			e.Flags&flagEncrypted, h.flags&flagEncrypted)
	}
	tail, err := c.archive.descriptor(c.tails, e, h)
	if err != nil {
		return err
	}
	c.sizes(e, h, tail)
	if start := int64(e.HeaderOffset); start < c.covered && e.HeaderOffset >= c.least {
		c.found.add(CodeOverlap, at, "begins at %d, before the entry in front ends at %d", start, c.covered)
	}
	if e.fault == faultNone {
		c.least = max(c.least, leastEnd(e))
	}
	c.covered = max(c.covered, h.start+int64(e.length())+tail)
	return nil
}

// sizes compares CRC-32 and sizes with the local header's, unless a data
// descriptor says the same: whatever the local header holds then is void.
func (c *headerCheck) sizes(e *Entry, h *localHeader, tail int64) {
	at := atName(e.Name)
	if tail > 0 {
		return
	}
	if h.flags&flagDescriptor != 0 {
		c.found.add(CodeDescriptor, at, "no data descriptor that agrees with the central directory")
		if h.compressed == 0 && h.uncompressed == 0 && h.crc == 0 {
			return
		}
	}
	if !h.zip64OK {
		c.found.add(CodeZip64Extra, at, "a size in the local header is 2^32-1 and no zip64 field explains it")
		return
	}
	if h.compressed != e.CompressedSize || h.uncompressed != e.UncompressedSize {
		c.found.add(CodeLocalSize, at, "sizes %d and %d, in the local header %d and %d",
			e.CompressedSize, e.UncompressedSize, h.compressed, h.uncompressed)
	}
	if h.crc != e.CRC32 {
		c.found.add(CodeLocalCRC, at, "crc-32 %08x, in the local header %08x", e.CRC32, h.crc)
	}
}

// unlisted looks into the hole before an entry. A local header there that has a
// name is an entry for whoever reads the file from its start; without a name
// it is the filler that zipflinger leaves behind (VirtualEntry).
func (c *headerCheck) unlisted(next int64) error {
	hole := next - c.covered
	if hole < lenLocal {
		return nil
	}
	at := c.covered
	head, err := c.headers.bytes(at, lenLocal, next)
	if err != nil {
		return ignoreMalformed(err)
	}
	if le.Uint32(head) == sigLocal && le.Uint16(head[26:]) > 0 {
		c.found.add(CodeUnlistedEntry, atOffset(at), "a local header that the central directory does not list")
	}
	return nil
}

// shorten cuts a name to what an anomaly shows.
func shorten(name string) string {
	return name[:min(len(name), maxShownName)]
}

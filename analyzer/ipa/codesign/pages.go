package codesign

import (
	"crypto/sha1" // #nosec G505 -- older signatures have nothing else
	"crypto/sha256"
)

// pageSize is that of nearly every signature; others are read a second time.
const pageSize = 4096

// Pages makes the digests of a slice's pages while it streams by, before its
// signature, which stands at its end, is known. It keeps 52 bytes a page.
type Pages struct {
	left   int64 // until the end of what is signed
	buf    []byte
	sha1   []byte
	sha256 []byte
}

// NewPages starts at the first byte of a slice of which limit bytes are signed.
func NewPages(limit int64) *Pages {
	return &Pages{left: max(limit, 0), buf: make([]byte, 0, pageSize)}
}

// Write takes the next bytes. It never fails; what lies behind the limit is
// ignored.
func (p *Pages) Write(b []byte) (int, error) {
	n := len(b)
	b = b[:min(int64(len(b)), p.left)]
	p.left -= int64(len(b))
	if len(p.buf) > 0 {
		k := min(pageSize-len(p.buf), len(b))
		p.buf, b = append(p.buf, b[:k]...), b[k:]
		if len(p.buf) == pageSize {
			p.page(p.buf)
			p.buf = p.buf[:0]
		}
	}
	for ; len(b) >= pageSize; b = b[pageSize:] {
		p.page(b[:pageSize])
	}
	p.buf = append(p.buf, b...)
	if p.left == 0 && len(p.buf) > 0 {
		p.page(p.buf)
		p.buf = p.buf[:0]
	}
	return n, nil
}

func (p *Pages) page(b []byte) {
	one, two := sha1.Sum(b), sha256.Sum256(b) // #nosec G401
	p.sha1, p.sha256 = append(p.sha1, one[:]...), append(p.sha256, two[:]...)
}

// digests are those made for a hash, as long as that hash makes them.
func (p *Pages) digests(h Hash) (all []byte, size int) {
	if h == SHA1 {
		return p.sha1, sha1.Size
	}
	return p.sha256, sha256.Size
}

// complete reports whether all that is signed was seen.
func (p *Pages) complete() bool { return p.left == 0 }

package record

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// crockford is the alphabet of ids: no letter that is taken for a digit.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// NewID returns an id that sorts by time: prefix_, then 48 bits of milliseconds
// and 80 random bits in Crockford's base 32 (the layout of a ULID, in lower case).
func NewID(prefix string, now time.Time) string {
	var b [16]byte
	ms := now.UnixMilli()
	binary.BigEndian.PutUint16(b[0:], uint16(ms>>32))
	binary.BigEndian.PutUint32(b[2:], uint32(ms))
	_, _ = rand.Read(b[6:]) // never fails
	out := make([]byte, 0, len(prefix)+27)
	out = append(append(out, prefix...), '_')
	// 128 bits are 26 digits of 5 bits, the first of them with 3.
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	for shift := 125; shift >= 0; shift -= 5 {
		var v uint64
		switch {
		case shift >= 64:
			v = hi >> (shift - 64)
		case shift > 59:
			v = hi<<(64-shift) | lo>>shift
		default:
			v = lo >> shift
		}
		out = append(out, crockford[v&31])
	}
	return string(out)
}

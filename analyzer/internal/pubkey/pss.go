package pubkey

import (
	"bytes"
	"crypto"
	"encoding/binary"
)

// verifyPSS is EMSA-PSS-VERIFY of RFC 8017 section 9.1.2 with a salt as long as
// the hash and MGF1 over the same hash. em holds emBits bits, maybe after one
// zero byte more than they need.
func verifyPSS(hash crypto.Hash, sum, em []byte, emBits int) bool {
	size := (emBits + 7) / 8
	for len(em) > size {
		if em[0] != 0 {
			return false
		}
		em = em[1:]
	}
	h := hash.Size()
	if size < 2*h+2 || em[size-1] != 0xbc {
		return false
	}
	db, want := bytes.Clone(em[:size-h-1]), em[size-h-1:size-1]
	unused := byte(0xff) << (8 - (8*size - emBits)) // the leftmost bits em has too many, 0 to 7
	if db[0]&unused != 0 {
		return false
	}
	maskMGF1(hash, db, want)
	db[0] &^= unused
	zeros := len(db) - h - 1
	for _, b := range db[:zeros] {
		if b != 0 {
			return false
		}
	}
	if db[zeros] != 1 {
		return false
	}
	d := hash.New()
	d.Write(make([]byte, 8))
	d.Write(sum)
	d.Write(db[zeros+1:])
	return bytes.Equal(d.Sum(nil), want)
}

func maskMGF1(hash crypto.Hash, out, seed []byte) {
	d := hash.New()
	for i := uint32(0); len(out) > 0; i++ {
		d.Reset()
		d.Write(seed)
		_ = binary.Write(d, binary.BigEndian, i) // a hash never fails
		for _, b := range d.Sum(nil) {
			if len(out) == 0 {
				break
			}
			out[0] ^= b
			out = out[1:]
		}
	}
}

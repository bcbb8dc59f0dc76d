package pubkey

import "heyan/analyzer/internal/ber"

// SPKI is the key's SubjectPublicKeyInfo in DER as Java encodes it: an absent
// parameter becomes NULL, and an RSA modulus encoded as a negative number gets
// the zero byte it lacks (ApkSigningBlockUtils.encodePublicKey).
func (k *Key) SPKI() []byte {
	params, bits := k.params, k.bits
	if params == nil {
		params = []byte{ber.Null, 0}
	}
	if k.NegativeModulus {
		key := ber.Append(nil, 0x30, unsigned(k.N.Bytes()), unsigned(k.E.Bytes()))
		bits = append([]byte{0}, key...) // whole bytes, whatever the original's last one was
	}
	alg := ber.Append(nil, 0x30, k.algorithm, params)
	return ber.Append(nil, 0x30, alg, ber.Append(nil, ber.BitString, bits))
}

func unsigned(n []byte) []byte {
	if len(n) == 0 || n[0]&0x80 != 0 {
		return ber.Append(nil, ber.Integer, []byte{0}, n)
	}
	return ber.Append(nil, ber.Integer, n)
}

package pubkey

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	_ "crypto/md5" // the hashes APK signatures use
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"math/big"

	"heyan/analyzer/internal/ber"
)

// Scheme is how a signature is made with a key.
type Scheme int

// Signature schemes.
const (
	PKCS1 Scheme = iota + 1
	PSS          // salt as long as the hash, MGF1 with the same hash
	DSS          // DSA
	ECDSA
)

// Kind is the kind of key a scheme needs.
func (s Scheme) Kind() Kind {
	switch s {
	case PKCS1, PSS:
		return RSA
	case DSS:
		return DSA
	case ECDSA:
		return EC
	}
	return Unknown
}

// Verify checks sig over the parts of data. false without an error is a signature
// that does not hold; an error is what Java reports as an exception: a key of
// another kind, a signature of the wrong form.
func (k *Key) Verify(scheme Scheme, hash crypto.Hash, sig []byte, data ...[]byte) (bool, error) {
	if k.Kind != scheme.Kind() {
		return false, keyError("%s key for %s", k.OID, scheme.Kind())
	}
	h := hash.New()
	for _, part := range data {
		h.Write(part)
	}
	sum := h.Sum(nil)
	switch scheme {
	case PKCS1, PSS:
		return k.verifyRSA(scheme, hash, sum, sig)
	case DSS:
		return k.verifyDSA(sum, sig)
	default:
		return k.verifyECDSA(sum, sig)
	}
}

func (k *Key) verifyRSA(scheme Scheme, hash crypto.Hash, sum, sig []byte) (bool, error) {
	size := (k.N.BitLen() + 7) / 8
	if len(sig) != size {
		return false, keyError("signature of %d bytes for a modulus of %d", len(sig), size)
	}
	s := new(big.Int).SetBytes(sig)
	if s.Cmp(k.N) >= 0 {
		return false, nil
	}
	em := s.Exp(s, k.E, k.N).FillBytes(make([]byte, size))
	if scheme == PSS {
		return verifyPSS(hash, sum, em, k.N.BitLen()-1), nil
	}
	prefix := digestInfo(hash, true)
	if size < len(prefix)+len(sum)+11 {
		return false, keyError("modulus of %d bytes is too short", size)
	}
	// Some signers leave the NULL parameter out (JDK's RSASignature.engineVerify).
	return bytes.Equal(em, pad(size, prefix, sum)) || bytes.Equal(em, pad(size, digestInfo(hash, false), sum)), nil
}

// pad is EMSA-PKCS1-v1_5 of RFC 8017 section 9.2.
func pad(size int, prefix, sum []byte) []byte {
	em := bytes.Repeat([]byte{0xff}, size)
	em[0], em[1] = 0, 1
	tail := em[size-len(prefix)-len(sum)-1:]
	tail[0] = 0
	copy(tail[1:], prefix)
	copy(tail[1+len(prefix):], sum)
	return em
}

func digestInfo(hash crypto.Hash, null bool) []byte {
	alg := ber.Append(nil, ber.OID, hashOID(hash))
	if null {
		alg = append(alg, ber.Null, 0)
	}
	inner := ber.Append(nil, 0x30, alg)
	inner = append(inner, ber.OctetString, byte(hash.Size()))
	out := []byte{0x30, byte(len(inner) + hash.Size())}
	return append(out, inner...)
}

func hashOID(hash crypto.Hash) []byte {
	nist := []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0}
	switch hash {
	case crypto.MD5:
		return []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05}
	case crypto.SHA1:
		return []byte{0x2b, 0x0e, 0x03, 0x02, 0x1a}
	case crypto.SHA224:
		nist[8] = 4
	case crypto.SHA256:
		nist[8] = 1
	case crypto.SHA384:
		nist[8] = 2
	case crypto.SHA512:
		nist[8] = 3
	}
	return nist
}

func (k *Key) verifyDSA(sum, sig []byte) (bool, error) {
	if k.P == nil {
		return false, keyError("DSA key without parameters")
	}
	r, s, err := twoNumbers(sig)
	if err != nil {
		return false, err
	}
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(k.Q) >= 0 || s.Cmp(k.Q) >= 0 {
		return false, keyError("signature numbers out of range")
	}
	if n := k.Q.BitLen() / 8; n < len(sum) {
		sum = sum[:n]
	}
	w := new(big.Int).ModInverse(s, k.Q)
	if w == nil {
		return false, keyError("order is not prime")
	}
	u1 := new(big.Int).SetBytes(sum)
	u1.Mul(u1, w).Mod(u1, k.Q)
	u2 := new(big.Int).Mul(r, w)
	u2.Mod(u2, k.Q)
	v := new(big.Int).Exp(k.G, u1, k.P)
	v.Mul(v, new(big.Int).Exp(k.Y, u2, k.P)).Mod(v, k.P).Mod(v, k.Q)
	return v.Cmp(r) == 0, nil
}

func (k *Key) verifyECDSA(sum, sig []byte) (bool, error) {
	if k.ECDSA == nil && !k.OffCurve {
		return false, keyError("curve %s", k.CurveOID)
	}
	r, s, err := twoNumbers(sig)
	if err != nil || k.OffCurve {
		return false, err
	}
	return ecdsa.Verify(k.ECDSA, sum, r, s), nil
}

// twoNumbers reads a SEQUENCE of two INTEGERs in strict DER, taken as unsigned
// (JDK's DSA.engineVerify, ECUtil.decodeSignature).
func twoNumbers(sig []byte) (r, s *big.Int, err error) {
	seq, rest, ok, err := ber.Read(sig)
	if err != nil || !ok || len(rest) != 0 || !seq.Is(ber.Sequence) || !seq.Constructed || !seq.Minimal {
		return nil, nil, keyError("signature is not a sequence")
	}
	values, err := seq.Children(2)
	if err != nil || len(values) != 2 {
		return nil, nil, keyError("signature is not two numbers")
	}
	for _, v := range values {
		redundant := len(v.Body) > 1 && v.Body[0] == 0 && v.Body[1] < 0x80
		if !v.Is(ber.Integer) || v.Constructed || !v.Minimal || len(v.Body) == 0 || len(v.Body) > 128 || redundant {
			return nil, nil, keyError("signature number malformed")
		}
	}
	return new(big.Int).SetBytes(values[0].Body), new(big.Int).SetBytes(values[1].Body), nil
}

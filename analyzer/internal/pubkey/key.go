// Package pubkey reads public keys and verifies signatures with them, including
// what Go's standard library refuses and Android accepts: RSA keys from 512 to
// 16384 bits, MD5 and SHA-1 signatures, DSA.
//
// It promises: key sizes are bounded before any arithmetic, so one verification
// costs at most some tens of milliseconds; nothing panics on hostile numbers.
package pubkey

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"math/big"

	"heyan/analyzer/internal/ber"
)

// Object identifiers of key algorithms.
const (
	OIDRSA = "1.2.840.113549.1.1.1"
	OIDDSA = "1.2.840.10040.4.1"
	OIDEC  = "1.2.840.10045.2.1"
)

// Kind is the algorithm family of a key.
type Kind string

// Kinds of key; any other algorithm has Unknown.
const (
	Unknown Kind = ""
	RSA     Kind = "RSA"
	DSA     Kind = "DSA"
	EC      Kind = "EC"
)

// Bounds of a key, from the JDK's RSAKeyFactory and RSAPublicKeyImpl; those of
// DSA are ours (the JDK has none).
const (
	minModulusBits  = 512
	maxModulusBits  = 16384
	bigModulusBits  = 3072 // beyond it the exponent has at most 64 bits
	maxDSAPrimeBits = 8192
	maxDSAOrderBits = 512
)

// ErrKey is a key that can't be used.
var ErrKey = errors.New("unusable public key")

// Key is a public key. Only the members of its kind are set.
type Key struct {
	Kind Kind
	// OID is the key algorithm, also of an unknown kind.
	OID string
	// N and E are RSA's, N taken as unsigned however it is encoded.
	N, E *big.Int
	// NegativeModulus is set where N is encoded as a negative number.
	NegativeModulus bool
	// P, Q, G and Y are DSA's; P is nil where the key has no parameters.
	P, Q, G, Y *big.Int
	// ECDSA is nil where CurveOID is not one of the NIST curves Android has, or
	// the point is not on the curve: Java reads such a key, and nothing verifies
	// with it.
	ECDSA    *ecdsa.PublicKey
	OffCurve bool
	CurveOID string

	algorithm, params, bits []byte // parts of the SubjectPublicKeyInfo
}

// Parse reads a SubjectPublicKeyInfo. A key of an unknown algorithm is no error.
func Parse(spki []byte) (*Key, error) {
	info, err := ber.One(spki)
	if err != nil {
		return nil, err
	}
	parts, err := info.Children(4)
	if err != nil {
		return nil, err
	}
	if !info.Is(ber.Sequence) || len(parts) != 2 || !parts[0].Is(ber.Sequence) || !parts[1].Is(ber.BitString) {
		return nil, keyError("not a SubjectPublicKeyInfo")
	}
	alg, err := parts[0].Children(2)
	if err != nil {
		return nil, err
	}
	bits, err := wholeBytes(parts[1].Body)
	if err != nil {
		return nil, err
	}
	if len(alg) == 0 || !alg[0].Is(ber.OID) {
		return nil, keyError("no algorithm")
	}
	oid, err := ber.ParseOID(alg[0].Body)
	if err != nil {
		return nil, err
	}
	k := &Key{OID: oid, algorithm: alg[0].Full, bits: parts[1].Body}
	if len(alg) == 2 {
		k.params = alg[1].Full
	}
	return k, k.parse(bits)
}

// wholeBytes is a bit string's content; bits it does not use count as zero.
func wholeBytes(body []byte) ([]byte, error) {
	if len(body) == 0 || body[0] > 7 || body[0] > 0 && len(body) == 1 {
		return nil, keyError("malformed bit string")
	}
	if body[0] == 0 {
		return body[1:], nil
	}
	bits := bytes.Clone(body[1:])
	bits[len(bits)-1] &= 0xff << body[0]
	return bits, nil
}

func (k *Key) parse(bits []byte) error {
	switch k.OID {
	case OIDRSA, "1.2.840.113549.1.1": // Java takes the arc for the algorithm
		k.Kind = RSA
		return k.parseRSA(bits)
	case OIDDSA, "1.3.14.3.2.12":
		k.Kind = DSA
		return k.parseDSA(bits)
	case OIDEC:
		k.Kind = EC
		return k.parseEC(bits)
	}
	return nil
}

func (k *Key) parseRSA(bits []byte) error {
	numbers, err := integers(bits, 2)
	if err != nil {
		return err
	}
	k.NegativeModulus = len(numbers[0]) > 0 && numbers[0][0]&0x80 != 0
	k.N, k.E = new(big.Int).SetBytes(numbers[0]), new(big.Int).SetBytes(numbers[1])
	size := (k.N.BitLen() + 7) &^ 7
	switch {
	case size < minModulusBits || size > maxModulusBits:
		return keyError("RSA modulus of %d bits", k.N.BitLen())
	case k.E.Cmp(big.NewInt(3)) < 0 || k.E.Cmp(k.N) >= 0:
		return keyError("RSA exponent out of range")
	case size > bigModulusBits && k.E.BitLen() > 64:
		return keyError("RSA exponent of %d bits", k.E.BitLen())
	}
	return nil
}

func (k *Key) parseDSA(bits []byte) error {
	y, err := ber.One(bits)
	if err != nil {
		return err
	}
	if !y.Is(ber.Integer) || len(y.Body) > maxDSAPrimeBits/8+1 {
		return keyError("DSA key is not a number")
	}
	k.Y = new(big.Int).SetBytes(y.Body)
	if len(k.params) == 0 {
		return nil
	}
	if v, err := ber.One(k.params); err == nil && v.Is(ber.Null) {
		return nil
	}
	numbers, err := integers(k.params, 3)
	if err != nil {
		return err
	}
	p, q, g := new(big.Int).SetBytes(numbers[0]), new(big.Int).SetBytes(numbers[1]), new(big.Int).SetBytes(numbers[2])
	if p.BitLen() > maxDSAPrimeBits || q.BitLen() > maxDSAOrderBits || g.BitLen() > maxDSAPrimeBits || p.Sign() == 0 || q.Sign() == 0 {
		return keyError("DSA parameters of %d and %d bits", p.BitLen(), q.BitLen())
	}
	k.P, k.Q, k.G = p, q, g
	return nil
}

func (k *Key) parseEC(bits []byte) error {
	params, err := ber.One(k.params)
	if err != nil {
		return err
	}
	if !params.Is(ber.OID) {
		return keyError("curve without a name")
	}
	if k.CurveOID, err = ber.ParseOID(params.Body); err != nil {
		return err
	}
	curve := curveOf(k.CurveOID)
	if curve == nil {
		return nil // the certificate is readable, only not of use
	}
	size := (curve.Params().BitSize + 7) / 8
	if len(bits) != 1+2*size || bits[0] != 4 {
		return keyError("point is not in uncompressed form")
	}
	if k.ECDSA, err = ecdsa.ParseUncompressedPublicKey(curve, bits); err != nil {
		k.ECDSA, k.OffCurve = nil, true
	}
	return nil
}

func curveOf(oid string) elliptic.Curve {
	switch oid {
	case "1.3.132.0.33":
		return elliptic.P224()
	case "1.2.840.10045.3.1.7":
		return elliptic.P256()
	case "1.3.132.0.34":
		return elliptic.P384()
	case "1.3.132.0.35":
		return elliptic.P521()
	}
	return nil
}

// integers reads a SEQUENCE of at least count INTEGERs, their contents.
func integers(b []byte, count int) ([][]byte, error) {
	seq, err := ber.One(b)
	if err != nil {
		return nil, err
	}
	values, err := seq.Children(count)
	if err != nil {
		return nil, err
	}
	if !seq.Is(ber.Sequence) || len(values) != count {
		return nil, keyError("not a sequence of %d numbers", count)
	}
	out := make([][]byte, count)
	for i, v := range values {
		if !v.Is(ber.Integer) || len(v.Body) == 0 || len(v.Body) > maxModulusBits/8+1 {
			return nil, keyError("bad number")
		}
		out[i] = v.Body
	}
	return out, nil
}

func keyError(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrKey}, args...)...)
}

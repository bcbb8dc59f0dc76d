package publickey

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
)

// subjectPublicKeyInfo is RFC 5280's, certificate the outermost layer of X.509,
// rsaPublicKey RFC 8017's. They are read here instead of by crypto/x509, which
// refuses keys and certificates that sign real apps.
type (
	subjectPublicKeyInfo struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	certificate struct {
		Content   asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	rsaPublicKey struct {
		N *big.Int
		E *big.Int
	}
)

// readDER tells the three structures apart; nil where it is none of them.
func readDER(der []byte) []Reading {
	if n := modulus(der); n != "" {
		return []Reading{{Form: FormPKCS1, Hex: n, DER: der}}
	}
	if key := keyBits(der); key != nil {
		r := Reading{Form: FormSPKI, DER: der}
		if r.Hex = modulus(key); r.Hex == "" {
			r.Hex = trimZeros(hex.EncodeToString(key))
		}
		return []Reading{r}
	}
	var c certificate
	if whole(der, &c) && c.Content.Tag == asn1.TagSequence && c.Content.IsCompound {
		return []Reading{{Form: FormCertificate, DER: der}}
	}
	return nil
}

// Point is the key inside a SubjectPublicKeyInfo, in hex: for an elliptic curve
// the point as forms take it (04, X, Y). It is "" where spki is none.
func Point(spki string) string {
	der, err := hex.DecodeString(spki)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(keyBits(der))
}

func keyBits(der []byte) []byte {
	var info subjectPublicKeyInfo
	if !whole(der, &info) || info.Key.BitLength != 8*len(info.Key.Bytes) {
		return nil
	}
	return info.Key.Bytes
}

func modulus(der []byte) string {
	var key rsaPublicKey
	if !whole(der, &key) || key.N.Sign() <= 0 || key.E.Sign() <= 0 {
		return ""
	}
	return key.N.Text(16)
}

// whole reports whether der is the structure and nothing behind it.
func whole(der []byte, into any) bool {
	rest, err := asn1.Unmarshal(der, into)
	return err == nil && len(rest) == 0
}

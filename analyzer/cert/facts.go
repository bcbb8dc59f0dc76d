package cert

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"time"

	"heyan/analyzer/facts"
	"heyan/analyzer/internal/pubkey"
)

// Facts is the certificate as the reports show it.
func (c *Certificate) Facts() facts.Certificate {
	sum5, sum1 := md5.Sum(c.Raw), sha1.Sum(c.Raw)
	return facts.Certificate{
		Subject:            NameText(c.Subject),
		Issuer:             NameText(c.Issuer),
		Serial:             serialText(c.Serial),
		NotBefore:          c.NotBefore.Format(time.RFC3339),
		NotAfter:           c.NotAfter.Format(time.RFC3339),
		SignatureAlgorithm: algorithmName(c.SignatureOID),
		MD5:                hex.EncodeToString(sum5[:]),
		SHA1:               hex.EncodeToString(sum1[:]),
		SHA256:             c.SHA256(),
		Key:                keyFacts(c.Key),
	}
}

// SHA256 is the digest people know the certificate by, in lower-case hex.
func (c *Certificate) SHA256() string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// serialText writes a serial in hex; RFC 5280 allows 20 bytes, so a number far
// beyond that is cut.
func serialText(n *big.Int) string {
	const most = 256
	text := n.Text(16)
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

func keyFacts(k *pubkey.Key) facts.Key {
	out := facts.Key{Algorithm: string(k.Kind), SPKI: hex.EncodeToString(k.SPKI())}
	switch k.Kind {
	case pubkey.RSA:
		out.Bits = k.N.BitLen()
		out.ModulusHex, out.ModulusDec, out.Exponent = k.N.Text(16), k.N.Text(10), k.E.Text(10)
	case pubkey.DSA:
		if k.P != nil {
			out.Bits = k.P.BitLen()
		}
	case pubkey.EC:
		out.Curve = curveName(k.CurveOID)
		if k.ECDSA != nil {
			out.Bits = k.ECDSA.Curve.Params().BitSize
		}
	default:
		out.Algorithm = k.OID
	}
	return out
}

func curveName(oid string) string {
	switch oid {
	case "1.3.132.0.33":
		return "P-224"
	case "1.2.840.10045.3.1.7":
		return "P-256"
	case "1.3.132.0.34":
		return "P-384"
	case "1.3.132.0.35":
		return "P-521"
	}
	return oid
}

func algorithmName(oid string) string {
	switch oid {
	case "1.2.840.113549.1.1.2":
		return "MD2withRSA"
	case "1.2.840.113549.1.1.4":
		return "MD5withRSA"
	case "1.2.840.113549.1.1.5", "1.3.14.3.2.29":
		return "SHA1withRSA"
	case "1.2.840.113549.1.1.10":
		return "RSASSA-PSS"
	case "1.2.840.113549.1.1.11":
		return "SHA256withRSA"
	case "1.2.840.113549.1.1.12":
		return "SHA384withRSA"
	case "1.2.840.113549.1.1.13":
		return "SHA512withRSA"
	case "1.2.840.113549.1.1.14":
		return "SHA224withRSA"
	case "1.2.840.10040.4.3", "1.3.14.3.2.27":
		return "SHA1withDSA"
	case "2.16.840.1.101.3.4.3.1":
		return "SHA224withDSA"
	case "2.16.840.1.101.3.4.3.2":
		return "SHA256withDSA"
	case "1.2.840.10045.4.1":
		return "SHA1withECDSA"
	case "1.2.840.10045.4.3.1":
		return "SHA224withECDSA"
	case "1.2.840.10045.4.3.2":
		return "SHA256withECDSA"
	case "1.2.840.10045.4.3.3":
		return "SHA384withECDSA"
	case "1.2.840.10045.4.3.4":
		return "SHA512withECDSA"
	}
	return oid
}

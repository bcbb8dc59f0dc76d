package sig

import (
	"crypto"
	"fmt"

	"heyan/analyzer/internal/pubkey"
)

// hashOf is the hash function with an object identifier, 0 for an unknown one.
func hashOf(oid string) crypto.Hash {
	switch oid {
	case "1.2.840.113549.2.5":
		return crypto.MD5
	case "1.3.14.3.2.26":
		return crypto.SHA1
	case "2.16.840.1.101.3.4.2.4":
		return crypto.SHA224
	case "2.16.840.1.101.3.4.2.1":
		return crypto.SHA256
	case "2.16.840.1.101.3.4.2.2":
		return crypto.SHA384
	case "2.16.840.1.101.3.4.2.3":
		return crypto.SHA512
	}
	return 0
}

// signatureOf is the scheme of a signature algorithm and the hash that it names,
// 0 where it leaves that to the digest algorithm.
func signatureOf(oid string) (pubkey.Scheme, crypto.Hash) {
	switch oid {
	case pubkey.OIDRSA:
		return pubkey.PKCS1, 0
	case "1.2.840.113549.1.1.4":
		return pubkey.PKCS1, crypto.MD5
	case "1.2.840.113549.1.1.5":
		return pubkey.PKCS1, crypto.SHA1
	case "1.2.840.113549.1.1.14":
		return pubkey.PKCS1, crypto.SHA224
	case "1.2.840.113549.1.1.11":
		return pubkey.PKCS1, crypto.SHA256
	case "1.2.840.113549.1.1.12":
		return pubkey.PKCS1, crypto.SHA384
	case "1.2.840.113549.1.1.13":
		return pubkey.PKCS1, crypto.SHA512
	case pubkey.OIDDSA:
		return pubkey.DSS, 0
	case "1.2.840.10040.4.3":
		return pubkey.DSS, crypto.SHA1
	case "2.16.840.1.101.3.4.3.1":
		return pubkey.DSS, crypto.SHA224
	case "2.16.840.1.101.3.4.3.2":
		return pubkey.DSS, crypto.SHA256
	case pubkey.OIDEC:
		return pubkey.ECDSA, 0
	case "1.2.840.10045.4.1":
		return pubkey.ECDSA, crypto.SHA1
	case "1.2.840.10045.4.3.1":
		return pubkey.ECDSA, crypto.SHA224
	case "1.2.840.10045.4.3.2":
		return pubkey.ECDSA, crypto.SHA256
	case "1.2.840.10045.4.3.3":
		return pubkey.ECDSA, crypto.SHA384
	case "1.2.840.10045.4.3.4":
		return pubkey.ECDSA, crypto.SHA512
	}
	return 0, 0
}

// jarAlgorithm is what to verify with (AlgorithmIdentifier.getJcaSignatureAlgorithm).
func jarAlgorithm(digestOID, signatureOID string) (pubkey.Scheme, crypto.Hash) {
	scheme, hash := signatureOf(signatureOID)
	if hash == 0 {
		hash = hashOf(digestOID)
	}
	return scheme, hash
}

// levels is a range of API levels, both ends included.
type levels struct{ min, max int }

// supportedOn are the levels whose platforms verify a pair of algorithms in a
// JAR signature block, ascending. (OidConstants.SUPPORTED_SIG_ALG_OIDS, which
// AOSP measured on devices)
func supportedOn(digestOID, signatureOID string) []levels {
	digest := hashOf(digestOID)
	scheme, named := signatureOf(signatureOID)
	if digest == 0 || scheme == 0 {
		return nil
	}
	switch {
	case named == 0:
		return supportedPlain(digest, scheme)
	case named == digest:
		return supportedNamed(digest, scheme)
	}
	// A signature algorithm that names another hash than the digest algorithm
	// was accepted for three releases only.
	type pair struct{ digest, named crypto.Hash }
	switch (pair{digest, named}) {
	case pair{crypto.SHA224, crypto.SHA256}, pair{crypto.SHA256, crypto.SHA1}, pair{crypto.SHA512, crypto.SHA384}:
		if scheme == pubkey.PKCS1 {
			return []levels{{apiLollipop, apiLollipop}}
		}
	}
	return []levels{{apiLollipop, apiMarshmallow}}
}

// supportedPlain is for signature algorithms that name no hash.
func supportedPlain(digest crypto.Hash, scheme pubkey.Scheme) []levels {
	switch scheme {
	case pubkey.PKCS1:
		switch digest {
		case crypto.MD5, crypto.SHA1:
			return from(0)
		case crypto.SHA224:
			return gap(apiLollipop)
		case crypto.SHA256:
			return gap(apiJellyBean2)
		}
		return from(apiJellyBean2)
	case pubkey.DSS:
		switch digest {
		case crypto.SHA1:
			return from(0)
		case crypto.SHA224, crypto.SHA256:
			return from(apiLollipop + 1)
		}
	case pubkey.ECDSA:
		switch digest {
		case crypto.SHA224:
			return from(apiLollipop)
		case crypto.SHA1, crypto.SHA256, crypto.SHA384, crypto.SHA512:
			return from(apiJellyBean2)
		}
	}
	return nil
}

// supportedNamed is for signature algorithms that name the digest's hash.
func supportedNamed(digest crypto.Hash, scheme pubkey.Scheme) []levels {
	switch {
	case scheme == pubkey.PKCS1 && digest == crypto.SHA1:
		return from(0)
	case scheme == pubkey.PKCS1 && (digest == crypto.MD5 || digest == crypto.SHA224):
		return gap(apiLollipop)
	case scheme == pubkey.PKCS1 && digest == crypto.SHA256:
		return gap(apiJellyBean2)
	case scheme == pubkey.DSS && digest == crypto.SHA1:
		return from(apiGingerbread)
	case scheme == pubkey.ECDSA && digest == crypto.SHA1:
		return from(apiJellyBean2)
	}
	return from(apiLollipop)
}

func from(level int) []levels { return []levels{{level, apiOpen}} }

// gap is support up to API level 8 and again from a later one on.
func gap(level int) []levels { return []levels{{0, apiGingerbread - 1}, {level, apiOpen}} }

// unsupported lists, as text, the levels of a range that do not support a pair.
// (InclusiveIntRange.getValuesNotIn)
func unsupported(digestOID, signatureOID string, minSDK, maxSDK int) []string {
	var out []string
	next := minSDK
	for _, l := range supportedOn(digestOID, signatureOID) {
		if next > l.max {
			continue
		}
		if next < l.min {
			out = append(out, levels{next, min(l.min-1, maxSDK)}.String())
		}
		if l.max >= maxSDK {
			return out
		}
		next = l.max + 1
	}
	if next <= maxSDK {
		out = append(out, levels{next, maxSDK}.String())
	}
	return out
}

func (l levels) String() string {
	switch {
	case l.min == l.max:
		return fmt.Sprint(l.min)
	case l.max == apiOpen:
		return fmt.Sprintf("%d+", l.min)
	}
	return fmt.Sprintf("%d-%d", l.min, l.max)
}

// oidName writes an algorithm in words, an unknown one by its identifier.
func oidName(oid string) string {
	if hash := hashOf(oid); hash != 0 {
		return hash.String()
	}
	scheme, hash := signatureOf(oid)
	switch {
	case scheme == 0:
		return fmt.Sprintf("%q", oid)
	case hash == 0:
		return string(scheme.Kind())
	}
	return hash.String() + " with " + string(scheme.Kind())
}

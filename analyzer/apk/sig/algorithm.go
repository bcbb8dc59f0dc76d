package sig

import (
	"cmp"
	"crypto"
	"fmt"
	"math"
	"slices"

	"heyan/analyzer/apk/sig/internal/digest"
	"heyan/analyzer/internal/pubkey"
)

// API levels at which verification changes.
const (
	apiGingerbread = 9
	apiHoneycomb   = 11
	apiJellyBean2  = 18 // 4.3
	apiKitKat      = 19
	apiLollipop    = 21
	apiMarshmallow = 23
	apiNougat      = 24 // v2
	apiOreo        = 26 // target sandbox version
	apiPie         = 28 // v3
	apiR           = 30 // v2 demanded
	apiTiramisu    = 33 // v3.1
	apiOpen        = math.MaxInt32
)

// algorithm is a signature algorithm of v2 and later (SignatureAlgorithm).
type algorithm struct {
	id      uint32
	name    string
	content digest.Algorithm
	scheme  pubkey.Scheme
	hash    crypto.Hash
	minSDK  int
	jcaSDK  int // from when on Java's own providers know it
}

// algorithmOf finds an algorithm by its id on the wire.
func algorithmOf(id uint32) (algorithm, bool) {
	const sha256, sha512, verity = digest.ChunkedSHA256, digest.ChunkedSHA512, digest.VeritySHA256
	switch id {
	case 0x0101:
		return algorithm{id, "RSA_PSS_WITH_SHA256", sha256, pubkey.PSS, crypto.SHA256, apiNougat, apiMarshmallow}, true
	case 0x0102:
		return algorithm{id, "RSA_PSS_WITH_SHA512", sha512, pubkey.PSS, crypto.SHA512, apiNougat, apiMarshmallow}, true
	case 0x0103:
		return algorithm{id, "RSA_PKCS1_V1_5_WITH_SHA256", sha256, pubkey.PKCS1, crypto.SHA256, apiNougat, 1}, true
	case 0x0104:
		return algorithm{id, "RSA_PKCS1_V1_5_WITH_SHA512", sha512, pubkey.PKCS1, crypto.SHA512, apiNougat, 1}, true
	case 0x0201:
		return algorithm{id, "ECDSA_WITH_SHA256", sha256, pubkey.ECDSA, crypto.SHA256, apiNougat, apiHoneycomb}, true
	case 0x0202:
		return algorithm{id, "ECDSA_WITH_SHA512", sha512, pubkey.ECDSA, crypto.SHA512, apiNougat, apiHoneycomb}, true
	case 0x0301:
		return algorithm{id, "DSA_WITH_SHA256", sha256, pubkey.DSS, crypto.SHA256, apiNougat, 1}, true
	case 0x0421:
		return algorithm{id, "VERITY_RSA_PKCS1_V1_5_WITH_SHA256", verity, pubkey.PKCS1, crypto.SHA256, apiPie, 1}, true
	case 0x0423:
		return algorithm{id, "VERITY_ECDSA_WITH_SHA256", verity, pubkey.ECDSA, crypto.SHA256, apiPie, apiHoneycomb}, true
	case 0x0425:
		return algorithm{id, "VERITY_DSA_WITH_SHA256", verity, pubkey.DSS, crypto.SHA256, apiPie, 1}, true
	}
	return algorithm{}, false
}

// signature is one signature over signed data, by a known algorithm.
type signature struct {
	algorithm
	value []byte
}

// toVerify picks the signatures that some platform of the range goes by: the
// best of those each level knows. support says from when on a level knows one.
// (ApkSigningBlockUtilsLite.getSignaturesToVerify)
func toVerify(all []signature, minSDK, maxSDK int, support func(algorithm) int) ([]signature, error) {
	best := make(map[int]signature)
	lowest := math.MaxInt32
	for _, s := range all {
		level := support(s.algorithm)
		if level > maxSDK {
			continue
		}
		lowest = min(lowest, level)
		if other, ok := best[level]; !ok || s.content > other.content {
			best[level] = s
		}
	}
	if minSDK < lowest {
		return nil, fmt.Errorf("the first supported signature is of API level %d, wanted from %d on", lowest, minSDK)
	}
	if len(best) == 0 {
		return nil, fmt.Errorf("no supported signature")
	}
	out := make([]signature, 0, len(best))
	for _, s := range best {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b signature) int { return cmp.Compare(int32(a.id), int32(b.id)) })
	return out, nil
}

func platformSupport(a algorithm) int { return a.minSDK }

func javaSupport(a algorithm) int { return a.jcaSDK }

package sig

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"strings"

	"heyan/analyzer/apk/sig/internal/jar"
)

// pickMode is how platforms of a range pick digests: before 4.3 by the attribute
// Digest-Algorithms, later the strongest.
type pickMode struct {
	legacy bool // platforms before 4.3 are in the range
	oldest bool // so are those before 2.3, which know no SHA-384 and SHA-512
	modern bool
}

func (r *run) pickMode() pickMode {
	return pickMode{legacy: r.minSDK < apiJellyBean2, oldest: r.minSDK < apiGingerbread, modern: r.maxSDK >= apiJellyBean2}
}

// namedDigest is a digest that a section states.
type namedDigest struct {
	hash  crypto.Hash
	value []byte
}

// digests are those of a section that platforms of a range compare; suffix is
// what follows the algorithm in the attributes' names.
// (V1SchemeVerifier.getDigestsToVerify)
func (m pickMode) digests(s jar.Section, suffix string) ([]namedDigest, error) {
	var out []namedDigest
	if m.legacy {
		legacy, err := m.legacyDigest(s, suffix)
		if err != nil || legacy == nil {
			return nil, err
		}
		out = append(out, *legacy)
	}
	if !m.modern {
		return out, nil
	}
	for _, alg := range [...]struct {
		name string
		hash crypto.Hash
	}{{"SHA-512", crypto.SHA512}, {"SHA-384", crypto.SHA384}, {"SHA-256", crypto.SHA256}, {"SHA1", crypto.SHA1}} {
		text, ok := s.Attribute(alg.name + suffix)
		if !ok {
			continue
		}
		value, err := decodeBase64(text)
		if err != nil {
			return nil, err
		}
		if len(out) == 0 || out[0].hash != alg.hash || !bytes.Equal(out[0].value, value) {
			out = append(out, namedDigest{alg.hash, value})
		}
		break
	}
	return out, nil
}

func (m pickMode) legacyDigest(s jar.Section, suffix string) (*namedDigest, error) {
	list, ok := s.Attribute("Digest-Algorithms")
	if !ok {
		list = "SHA SHA1"
	}
	for _, token := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(" \t\n\r\f", r) }) {
		text, ok := s.Attribute(token + suffix)
		if !ok {
			continue
		}
		hash := m.legacyHash(token)
		if hash == 0 {
			continue
		}
		value, err := decodeBase64(text)
		if err != nil {
			return nil, err
		}
		return &namedDigest{hash, value}, nil
	}
	return nil, nil
}

func (m pickMode) legacyHash(name string) crypto.Hash {
	switch strings.ToUpper(name) {
	case "MD5":
		return crypto.MD5
	case "SHA", "SHA1", "SHA-1":
		return crypto.SHA1
	case "SHA-256":
		return crypto.SHA256
	case "SHA-384":
		if !m.oldest {
			return crypto.SHA384
		}
	case "SHA-512":
		if !m.oldest {
			return crypto.SHA512
		}
	}
	return 0
}

// decodeBase64 decodes as java.util.Base64 does: padding may be missing, nothing
// else may be there; a fault is an exception nothing catches.
func decodeBase64(text string) ([]byte, error) {
	encoding := base64.StdEncoding
	if len(text)%4 != 0 {
		encoding = base64.RawStdEncoding
	}
	if strings.ContainsAny(text, "\r\n") {
		return nil, exception("digest %q is not base64", text)
	}
	value, err := encoding.DecodeString(text)
	if err != nil {
		return nil, exception("digest %.100q is not base64", text)
	}
	return value, nil
}

// metaFile is a manifest or signature file with its digests, each made once.
type metaFile struct {
	bytes []byte
	sums  map[crypto.Hash][]byte
}

func newMetaFile(b []byte) *metaFile {
	return &metaFile{bytes: b, sums: make(map[crypto.Hash][]byte)}
}

func (f *metaFile) sum(hash crypto.Hash) []byte {
	if f.sums[hash] == nil {
		f.sums[hash] = sum(hash, f.bytes)
	}
	return f.sums[hash]
}

func sum(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// hashName is the name of a hash in digest attributes.
func hashName(hash crypto.Hash) string {
	if hash == crypto.MD5 {
		return "MD5"
	}
	return hash.String()
}

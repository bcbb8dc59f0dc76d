package cert

import (
	"encoding/hex"
	"slices"
	"strings"

	"heyan/analyzer/apk/sig/internal/ber"
)

// NameEqual compares two names as Java's X500Principal does, closely enough for
// certificates of one package: types and values in order, values as text without
// regard to case and to runs of blanks, whatever their string types.
func NameEqual(a, b []byte) bool {
	x, errX := canonical(a)
	y, errY := canonical(b)
	return errX == nil && errY == nil && x == y
}

func canonical(name []byte) (string, error) {
	seq, err := ber.One(name)
	if err != nil {
		return "", err
	}
	if !seq.Is(ber.Sequence) {
		return "", malformed("name is not a sequence")
	}
	return canonicalRDNs(seq)
}

// canonicalRDNs writes a name so that names Java holds for equal become equal
// (X500Name.getRFC2253CanonicalName).
func canonicalRDNs(seq ber.Value) (string, error) {
	rdns, err := seq.Children(maxRDNs)
	if err != nil {
		return "", err
	}
	var out []string
	for _, rdn := range rdns {
		pairs, err := rdn.Children(maxRDNs)
		if err != nil || !rdn.Is(ber.Set) {
			return "", malformed("relative name")
		}
		var texts []string
		for _, pair := range pairs {
			text, err := canonicalPair(pair)
			if err != nil {
				return "", err
			}
			texts = append(texts, text)
		}
		slices.Sort(texts)
		out = append(out, strings.Join(texts, "+"))
	}
	return strings.Join(out, ","), nil
}

func canonicalPair(pair ber.Value) (string, error) {
	parts, err := pair.Children(2)
	if err != nil || len(parts) != 2 || !parts[0].Is(ber.OID) {
		return "", malformed("name attribute")
	}
	oid, err := ber.ParseOID(parts[0].Body)
	if err != nil {
		return "", err
	}
	// Java writes values of other types, and those of types without a keyword,
	// as hex, which is then compared to the byte.
	text, ok := decode(parts[1])
	if !ok || keyword(oid) == oid {
		return oid + "=#" + hex.EncodeToString(parts[1].Full), nil
	}
	return oid + "=" + escape(strings.ToLower(strings.Join(strings.Fields(text), " "))), nil
}

// IsName reports whether an encoding is a name that Java would read.
func IsName(name []byte) bool {
	_, err := canonical(name)
	return err == nil
}

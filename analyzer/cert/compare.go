package cert

import (
	"encoding/hex"
	"slices"
	"strings"

	"heyan/analyzer/internal/ber"
)

// CanonicalName writes a name so that names Java's X500Principal holds for equal
// become equal, closely enough for certificates of one package: types and values
// in order, values as text without regard to case and to runs of blanks, whatever
// their string types. A name that can't be read is equal to none.
func CanonicalName(name []byte) (text string, ok bool) {
	seq, err := ber.One(name)
	if err != nil || !seq.Is(ber.Sequence) {
		return "", false
	}
	text, err = canonicalRDNs(seq)
	return text, err == nil
}

// canonicalRDNs is after X500Name.getRFC2253CanonicalName.
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
	oid, value, _, err := attribute(pair)
	if err != nil {
		return "", err
	}
	// Java writes values of other types, and those of types without a keyword,
	// as hex, which is then compared to the byte.
	text, ok := decode(value)
	if !ok || keyword(oid) == oid {
		return oid + "=#" + hex.EncodeToString(value.Full), nil
	}
	return oid + "=" + escape(strings.ToLower(strings.Join(strings.Fields(text), " "))), nil
}

// IsName reports whether Java reads an encoding as a name.
func IsName(name []byte) bool {
	v, err := ber.One(name)
	return err == nil && v.Constructed && isName(v, true)
}

// isName checks the structure of a name (X500Name, RDN, AVA of the JDK). Names in
// certificates need not be strict: apksig writes anew what Java refuses at first.
func isName(name ber.Value, strict bool) bool {
	rdns, err := name.Children(maxRDNs)
	if err != nil || !name.Is(ber.Sequence) {
		return false
	}
	for _, rdn := range rdns {
		pairs, err := rdn.Children(maxRDNs)
		if err != nil || !rdn.Is(ber.Set) || strict && !rdn.Constructed {
			return false
		}
		for _, pair := range pairs {
			if !isPair(pair, strict) {
				return false
			}
		}
	}
	return true
}

func isPair(pair ber.Value, strict bool) bool {
	_, _, rest, err := attribute(pair)
	return err == nil && pair.Is(ber.Sequence) && (!strict || pair.Constructed && len(rest) == 0)
}

// attribute reads type and value of a name's attribute and what follows them.
func attribute(pair ber.Value) (oid string, value ber.Value, rest []byte, err error) {
	kind, rest, ok, err := ber.Read(pair.Body)
	if err != nil || !ok || !kind.Is(ber.OID) {
		return "", value, nil, malformed("name attribute")
	}
	value, rest, ok, err = ber.Read(rest)
	if err != nil || !ok {
		return "", value, nil, malformed("name attribute without a value")
	}
	oid, err = ber.ParseOID(kind.Body)
	return oid, value, rest, err
}

package cert

import (
	"bytes"
	"time"

	"heyan/analyzer/internal/ber"
)

const oidKeyUsage = "2.5.29.15"

// knownExtension reports whether Java knows the extension, so that it may be
// critical (X509CertImpl.hasUnsupportedCriticalExtension; OIDMap).
func knownExtension(oid string) bool {
	switch oid {
	case "2.5.29.14", oidKeyUsage, "2.5.29.16", "2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.20",
		"2.5.29.21", "2.5.29.24", "2.5.29.27", "2.5.29.28", "2.5.29.29", "2.5.29.30", "2.5.29.31",
		"2.5.29.32", "2.5.29.33", "2.5.29.35", "2.5.29.36", "2.5.29.37", "2.5.29.46", "2.5.29.54",
		"1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.11", "2.16.840.1.113730.1.1", "1.3.6.1.5.5.7.48.1.5":
		return true
	}
	return false
}

// extension reads one extension; what follows its value is ignored.
func extension(v ber.Value) (oid string, critical bool, body []byte, err error) {
	err = v.Fields([]ber.Field{
		{Tag: ber.OID, Set: ber.Oid(&oid)},
		{Tag: ber.Boolean, Optional: true, Set: func(v ber.Value) error {
			critical = len(v.Body) == 1 && v.Body[0] != 0
			return nil
		}},
		{Tag: ber.OctetString, Set: func(v ber.Value) error {
			body = v.Body
			return nil
		}},
	})
	if err != nil {
		return "", false, nil, malformed("extension: %v", err)
	}
	if oid == "" || body == nil {
		return "", false, nil, malformed("extension without a value")
	}
	return oid, critical, body, nil
}

// algorithmID is an AlgorithmIdentifier; params are nil where NULL or absent.
type algorithmID struct {
	oid    string
	params []byte
}

func (a algorithmID) equal(b algorithmID) bool {
	return a.oid == b.oid && bytes.Equal(a.params, b.params)
}

func algorithm(v ber.Value) (a algorithmID, err error) {
	parts, err := v.Children(2)
	if err != nil {
		return a, err
	}
	if len(parts) == 0 || !parts[0].Is(ber.OID) {
		return a, malformed("algorithm without identifier")
	}
	if len(parts) == 2 && !parts[1].Is(ber.Null) {
		a.params = parts[1].Full
	}
	a.oid, err = ber.ParseOID(parts[0].Body)
	return a, err
}

// wholeBits reports whether a bit string states a possible number of unused bits.
func wholeBits(v ber.Value) bool { return len(v.Body) > 0 && v.Body[0] <= 7 }

// ParseTime reads UTCTime and GeneralizedTime in the forms DER and old BER allow.
func ParseTime(v ber.Value) (time.Time, error) {
	var layouts []string
	switch {
	case v.Is(ber.UTCTime):
		layouts = []string{"060102150405Z0700", "0601021504Z0700"}
	case v.Is(ber.GeneralizedTime):
		layouts = []string{"20060102150405Z0700", "200601021504Z0700", "20060102150405.999Z0700"}
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, string(v.Body))
		if err != nil {
			continue
		}
		if v.Tag == ber.UTCTime {
			t = windowed(t)
		}
		return t.UTC(), nil
	}
	return time.Time{}, malformed("time %q", v.Body)
}

// windowed maps two-digit years to 1950 to 2049 (RFC 5280 section 4.1.2.5.1);
// Go's own window starts in 1969.
func windowed(t time.Time) time.Time {
	switch year := t.Year(); {
	case year >= 2050:
		return t.AddDate(-100, 0, 0)
	case year < 1950:
		return t.AddDate(100, 0, 0)
	}
	return t
}

package cert

import (
	"time"

	"heyan/analyzer/apk/sig/internal/ber"
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

func extension(v ber.Value) (oid string, critical bool, body []byte, err error) {
	parts, err := v.Children(3)
	if err != nil || !v.Is(ber.Sequence) || len(parts) < 2 || !parts[0].Is(ber.OID) {
		return "", false, nil, malformed("extension")
	}
	if oid, err = ber.ParseOID(parts[0].Body); err != nil {
		return "", false, nil, malformed("extension: %v", err)
	}
	if parts[1].Is(ber.Boolean) {
		critical = len(parts[1].Body) == 1 && parts[1].Body[0] != 0
	}
	last := parts[len(parts)-1]
	if !last.Is(ber.OctetString) {
		return "", false, nil, malformed("extension %s without a value", oid)
	}
	return oid, critical, last.Body, nil
}

func algorithm(v ber.Value) (string, error) {
	parts, err := v.Children(2)
	if err != nil {
		return "", err
	}
	if len(parts) == 0 || !parts[0].Is(ber.OID) {
		return "", malformed("algorithm without identifier")
	}
	return ber.ParseOID(parts[0].Body)
}

// parseTime reads UTCTime and GeneralizedTime in the forms DER and old BER allow.
func parseTime(v ber.Value) (time.Time, error) {
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

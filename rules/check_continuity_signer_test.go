package rules

import (
	"strings"
	"testing"

	"heyan/analyzer/facts"
)

// signedBy says who signs for which devices: "24-32 v3 old, 33- v3.1 new". All that
// are named are the signers.
func signedBy(t *testing.T, ranges string, lineage ...facts.LineageNode) facts.Signature {
	t.Helper()
	s := facts.Signature{Status: facts.SignatureValid, Lineage: lineage}
	for _, line := range strings.Split(ranges, ", ") {
		words := strings.Fields(line)
		low, high, _ := strings.Cut(words[0], "-")
		r := facts.SignatureRange{Scheme: words[1], Status: facts.SignatureValid, Signers: words[2:]}
		r.MinAPI, _ = facts.APILevel(low)
		r.MaxAPI, _ = facts.APILevel(high)
		s.Ranges = append(s.Ranges, r)
		for _, digest := range r.Signers {
			if !signs(s.Signers, digest) {
				s.Signers = append(s.Signers, facts.Certificate{SHA256: digest})
			}
		}
	}
	return s
}

func node(digest string, capabilities ...string) facts.LineageNode {
	return facts.LineageNode{Certificate: facts.Certificate{SHA256: digest}, Capabilities: append([]string{}, capabilities...)}
}

// Each device is asked for the signer that it knows: whether one with the last
// package would take this one.
func TestSignerSinceLastTime(t *testing.T) {
	t.Parallel()
	const pair = "24-32 v3 old, 33- v3.1 new"
	proof := []facts.LineageNode{node("old", "installed-data"), node("new")}
	noData := []facts.LineageNode{node("old", "shared-uid", "permission", "auth"), node("new", "installed-data")}
	tests := []struct {
		name, was, is string
		proof         []facts.LineageNode
		want          string
	}{
		{"the same", "24- v2 old", "24- v3 old", nil, "same"},
		{"rotated", "28- v3 old", "28- v3 new", proof, "rotated"},
		{"rotated without a proof", "28- v3 old", "28- v3 new", nil, "changed"},
		{"rotated without the data", "28- v3 old", "28- v3 new", noData, "changed"},
		{"rotated for newer devices", "24- v2 old", pair, proof, "rotated"},
		{"rotated for newer devices without the data", "24- v2 old", pair, noData, "changed"},
		{"rotated where v2 knows no proof", "24- v2 old", "24-27 v2 new, 28- v3 new", proof, "changed"},
		{"rotated where v2 stays", "24- v2 old", "24-27 v2 old, 28- v3 new", proof, "rotated"},
		{"such devices are left behind", "24- v2 old", "28- v3 new", proof, "rotated"},
		{"a pair again", pair, pair, proof, "same"},
		{"a pair again, whose former key lost the data", pair, pair, noData, "same"},
		{"a pair, then the new alone", pair, "28- v3 new", proof, "rotated"},
		{"a pair, then the new alone, without the data", pair, "28- v3 new", noData, "changed"},
		{"a pair, then the new alone for devices that have it", pair, "33- v3 new", noData, "same"},
		{"a pair, then the old alone", pair, "28- v3 old", nil, "changed"},
		{"a pair, then the old alone with the proof", pair, "28- v3 old", proof, "changed"},
		{"a pair for older devices", pair, "24-29 v3 old, 30- v3.1 new", proof, "rotated"},
		{"a pair for older devices, without the data", pair, "24-29 v3 old, 30- v3.1 new", noData, "changed"},
		{"a pair for newer devices alone", pair, "24-33 v3 old, 34- v3.1 new", proof, "changed"},
		{"a pair, then both at once", pair, "24- v2 new old", proof, "changed"},
		{"a pair, rotated on", pair, "24-32 v3 old, 33- v3.1 third", []facts.LineageNode{node("old", "installed-data"), node("new", "installed-data"), node("third")}, "rotated"},
		{"a pair, rotated on without the last one's data", pair, "24-32 v3 old, 33- v3.1 third", []facts.LineageNode{node("old", "installed-data"), node("new"), node("third")}, "changed"},
		{"two at once again", "24- v2 old new", "24- v2 new old", nil, "same"},
		{"two at once, then one with the proof", "24- v2 old new", "28- v3 new", proof, "changed"},
		{"two at once, then a pair", "24- v2 old new", pair, proof, "changed"},
		{"two at once for older devices", "24-27 v2 old other, 28- v3 old", "24-27 v2 old other, 28- v3 new", proof, "rotated"},
		{"a second one joined", "24- v2 old", "24- v2 old new", proof, "changed"},
		{"no device can have both", "24-27 v2 old", "28- v3 old", nil, "same"},
		{"no device can have both, another signer", "24-27 v2 old", "28- v3 new", nil, "changed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in, last := ordinary(), ordinary()
			last.Facts.Signature = signedBy(t, test.was)
			in.Facts.Signature = signedBy(t, test.is, test.proof...)
			in.Previous = NewPrevious(last.Facts)
			if got := judgeContinuitySigner(in); got.Reason != test.want {
				t.Errorf("%s -> %s is %q, want %q: %q", test.was, test.is, got.Reason, test.want, got.Evidence)
			}
		})
	}
}

// Of a signature that does not hold nothing is taken.
func TestNewPreviousOfInvalid(t *testing.T) {
	t.Parallel()
	last := ordinary()
	last.Facts.Signature = signedBy(t, "24- v2 old")
	last.Facts.Signature.Status = facts.SignatureInvalid
	if p := NewPrevious(last.Facts); p.Certificates != nil || p.Ranges != nil {
		t.Errorf("certificates %q, ranges %v", p.Certificates, p.Ranges)
	}
}

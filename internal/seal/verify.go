package seal

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
)

// Status is what Verify found.
type Status string

// The findings. Only Authentic means that the report is ours, as we made it.
const (
	Authentic  Status = "authentic"   // ours and unaltered
	Altered    Status = "altered"     // the signature is of something else
	UnknownKey Status = "unknown-key" // signed with none of the keys
	Unsigned   Status = "unsigned"
)

// Keys are public keys by their ids.
type Keys map[string]ed25519.PublicKey

// Result is what is known of a presented report.
type Result struct {
	Status Status
	// KeyID is what the report says it was signed with, "" where it is unsigned.
	KeyID string
	// Facts are what the report states. Unless Status is Authentic they are the
	// presenter's words and not ours.
	Facts Facts
}

// Facts are what a report states in short.
type Facts struct {
	PackageSHA256 string // hex
	Verdict       string
	AsOf          string // the day judged by, as 2026-11-21
	Engine        string // version
	PackageID     string
	Version       string
}

// schema is the only form of report there is (report.Schema).
const schema = "heyan.report/1"

// Verify says whether a presented report is ours and unaltered. An error, always
// ErrNotReport, is a document that is no report or has no single meaning.
func Verify(presented []byte, keys Keys) (Result, error) {
	if len(presented) > MaxReport || bytes.Count(presented, []byte(",")) > maxValues {
		return Result{}, notReport("it is larger than any report")
	}
	whole, err := canonical(presented)
	if err != nil {
		return Result{}, err
	}
	body, member, err := withoutMember(whole, Member)
	if err != nil {
		return Result{}, notReport("%w", err)
	}
	result := Result{Status: Unsigned}
	if result.Facts, err = readFacts(body); err != nil {
		return Result{}, err
	}
	if member == nil {
		return result, nil
	}
	sig, value, err := parseSignature(member)
	if err != nil {
		return Result{}, err
	}
	result.KeyID = sig.KeyID
	switch key, ok := keys[sig.KeyID]; {
	case !ok || len(key) != ed25519.PublicKeySize:
		result.Status = UnknownKey
	case ed25519.Verify(key, message(body), value):
		result.Status = Authentic
	default:
		result.Status = Altered
	}
	return result, nil
}

// readFacts takes a canonical report's facts, by names as they are written: to decode
// into a struct would take "Verdict" for "verdict".
func readFacts(body []byte) (Facts, error) {
	report := members(body)
	if s := text(report["schema"]); s != schema {
		return Facts{}, notReport("its schema is %q, not %q", clip([]byte(s)), schema)
	}
	seen := members(report["facts"])
	app := members(seen["app"])
	return Facts{
		PackageSHA256: text(members(seen["file"])["sha256"]),
		Verdict:       text(report["verdict"]),
		AsOf:          text(members(report["inputs"])["as_of"]),
		Engine:        text(members(report["engine"])["version"]),
		PackageID:     text(app["id"]),
		Version:       text(app["version"]),
	}, nil
}

// members returns an object's members, none where raw is no object.
func members(raw []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

// text returns a string, "" where raw is none.
func text(raw []byte) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

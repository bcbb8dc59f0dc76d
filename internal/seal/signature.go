package seal

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"heyan/storage/record"
)

// Signature is the member "signature" of a signed report.
type Signature struct {
	Algorithm string `json:"algorithm"`
	KeyID     string `json:"key_id"`
	Value     string `json:"value"` // base64
}

// Message is what is signed of an unsigned report.
func Message(report []byte) ([]byte, error) {
	body, err := canonical(report)
	if err != nil {
		return nil, err
	}
	return message(body), nil
}

func message(canonical []byte) []byte {
	return append([]byte(Context), canonical...)
}

// Attach returns the report with its signature as the last member; all else stays as
// it is, byte for byte.
func Attach(report []byte, keyID string, signature []byte) ([]byte, error) {
	body := bytes.TrimRight(report, " \t\r\n")
	tail := report[len(body):]
	inner, ok := bytes.CutSuffix(body, []byte("}"))
	if !ok || !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return nil, errors.New("attach a signature: the report is no JSON object")
	}
	sig := Signature{Algorithm: Algorithm, KeyID: keyID, Value: base64.StdEncoding.EncodeToString(signature)}
	trimmed := bytes.TrimRight(inner, " \t\r\n")
	value, before, after, err := layout(sig, len(trimmed) != len(inner))
	if err != nil {
		return nil, fmt.Errorf("attach a signature: %w", err)
	}
	if bytes.HasSuffix(trimmed, []byte("{")) {
		before = bytes.TrimPrefix(before, []byte(","))
	}
	return bytes.Join([][]byte{trimmed, before, value, after, tail}, nil), nil
}

// layout renders the member as the report is laid out: indented by two, or in a line.
func layout(sig Signature, indented bool) (value, before, after []byte, err error) {
	if indented {
		value, err = json.MarshalIndent(sig, "  ", "  ")
		return value, []byte(",\n  \"" + Member + "\": "), []byte("\n}"), err
	}
	value, err = json.Marshal(sig)
	return value, []byte(",\"" + Member + "\":"), []byte("}"), err
}

// parseSignature reads the member strictly: nothing in it is signed, so nothing but
// the three strings may be in it, and each has one spelling.
func parseSignature(raw []byte) (Signature, []byte, error) {
	m := members(raw)
	sig := Signature{Algorithm: text(m["algorithm"]), KeyID: text(m["key_id"]), Value: text(m["value"])}
	value, err := base64.StdEncoding.Strict().DecodeString(sig.Value)
	switch {
	case len(m) != 3 || sig.Algorithm == "" || sig.KeyID == "" || sig.Value == "":
		return Signature{}, nil, notReport("its signature has other members than algorithm, key_id and value")
	case sig.Algorithm != Algorithm:
		return Signature{}, nil, notReport("its signature is of the algorithm %q, not %s", clip([]byte(sig.Algorithm)), Algorithm)
	case err != nil || len(value) != ed25519.SignatureSize || base64.StdEncoding.EncodeToString(value) != sig.Value:
		return Signature{}, nil, notReport("the value of its signature is not the base64 of %d bytes", ed25519.SignatureSize)
	}
	return sig, value, nil
}

// Signed returns a stored report as it goes out: with its signature, or as it is where
// it has none.
func Signed(r record.Report) ([]byte, error) {
	if len(r.Signature) == 0 {
		return r.Body, nil
	}
	return Attach(r.Body, r.KeyID, r.Signature)
}

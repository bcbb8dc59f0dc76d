package inspect

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
	"heyan/analyzer/formats"
)

// AnalyzersVersion names all readers together, "sha256:…": facts that were kept
// under it are those that reading the package anew would give.
func AnalyzersVersion() string {
	parts := []string{facts.Schema, "archive " + archive.Version}
	for _, a := range formats.All() {
		parts = append(parts, string(a.Format())+" "+a.Version())
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(strings.Join(parts, "\n"))))
}

// EncodeFacts writes facts for keeping, as compact JSON.
func EncodeFacts(f *facts.Facts) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		return nil, fmt.Errorf("encode facts: %w", err)
	}
	return b.Bytes(), nil
}

// DecodeFacts reads facts that were kept. Those of another schema, or with a
// field that this version does not know, are refused: what is left out of them
// would be taken for what is not there.
func DecodeFacts(data []byte) (*facts.Facts, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	f := new(facts.Facts)
	if err := dec.Decode(f); err != nil {
		return nil, fmt.Errorf("stored facts: %w", err)
	}
	if f.Schema != facts.Schema || f.Format == "" {
		return nil, fmt.Errorf("stored facts: schema is %q, want %q", f.Schema, facts.Schema)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("stored facts: more than one value")
	}
	return f, nil
}

// Undetermined is what is known of a package that is not to be read again: its
// digests, and the reason why there is no more.
func Undetermined(file facts.File, reason string) *facts.Facts {
	f := undetermined(&StoppedError{Reason: reason})
	f.File = file
	return f
}

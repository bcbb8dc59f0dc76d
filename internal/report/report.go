// Package report is heyan's answer in its forms: the JSON contracts
// heyan.report/1 and heyan.description/1, and the text for a terminal.
package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"heyan/analyzer/facts"
	"heyan/rules"
	"heyan/rules/filing"
)

// The contracts' names and versions.
const (
	Schema            = "heyan.report/1"
	DescriptionSchema = "heyan.description/1"
)

// Report is the judgement of one package against one filing, with everything it
// rests on. Field names are a public contract (docs/schemas/report-1.json).
type Report struct {
	Schema      string           `json:"schema"`
	Engine      Engine           `json:"engine"`
	Inputs      Inputs           `json:"inputs"`
	Verdict     rules.Verdict    `json:"verdict"`
	Filing      *filing.Filing   `json:"filing"`
	Checks      []rules.Check    `json:"checks"`
	Categories  []rules.Category `json:"categories"`
	Permissions []rules.Reading  `json:"permissions"`
	Facts       *facts.Facts     `json:"facts"`
}

// Engine says what judged: equal engines and inputs give equal reports.
type Engine struct {
	Version   string            `json:"version"`
	Analyzers map[string]string `json:"analyzers"`
	Rules     string            `json:"rules"` // "sha256:…" over catalogues and checks
}

// Inputs are the digests, "sha256:…", of all that was judged, and the day.
type Inputs struct {
	Package  string `json:"package"`
	Filing   string `json:"filing"`
	Policy   string `json:"policy"`             // of the default policy where none was given
	Previous string `json:"previous,omitempty"` // of the earlier report, or package
	IDSig    string `json:"idsig,omitempty"`
	Sibling  string `json:"sibling,omitempty"` // the other platform's package, judged together
	AsOf     string `json:"as_of"`
}

// Description is what is in a package and what to write into the form. Field
// names are a public contract (docs/schemas/description-1.json).
type Description struct {
	Schema      string          `json:"schema"`
	Engine      Engine          `json:"engine"`
	Facts       *facts.Facts    `json:"facts"`
	Permissions []rules.Reading `json:"permissions"`
	Form        Form            `json:"form"`
}

// NewEngine names the engine that read f.
func NewEngine(version string, f *facts.Facts) Engine {
	e := Engine{Version: version, Analyzers: map[string]string{}, Rules: rules.Version()}
	for _, a := range f.Analyzers {
		e.Analyzers[a.Name] = a.Version
	}
	return e
}

// Encode writes v, a Report or a Description, as its JSON: indented, unescaped,
// ending in a newline, the same bytes for the same value.
func Encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// Digest is "sha256:…" over data.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// ReadPrevious takes from an earlier heyan.report/1 or heyan.description/1 what
// continuity is judged by.
func ReadPrevious(data []byte) (*rules.Previous, error) {
	var r struct {
		Schema string       `json:"schema"`
		Facts  *facts.Facts `json:"facts"`
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&r); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if r.Schema != Schema && r.Schema != DescriptionSchema || r.Facts == nil {
		return nil, fmt.Errorf("schema is %q, want %q or %q", r.Schema, Schema, DescriptionSchema)
	}
	return rules.NewPrevious(r.Facts), nil
}

// PlatformOf is the form's platform for a format, empty where there is none.
func PlatformOf(f facts.Format) filing.Platform {
	switch f {
	case facts.FormatAPK:
		return filing.PlatformAndroid
	case facts.FormatIPA:
		return filing.PlatformIOS
	}
	return ""
}

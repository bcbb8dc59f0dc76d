package report

import (
	"heyan/analyzer/facts"
	"heyan/rules"
)

// sarifLog and what follows are the parts of SARIF 2.1.0 that are written, named
// as in the standard (OASIS sarif-v2.1.0, section 3).
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool       `json:"tool"`
	ColumnKind string          `json:"columnKind"`
	Artifacts  []sarifArtifact `json:"artifacts"`
	Results    []sarifResult   `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name     string      `json:"name"`
	FullName string      `json:"fullName"`
	Version  string      `json:"version,omitempty"`
	Language string      `json:"language"`
	Rules    []sarifRule `json:"rules"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifRule struct {
	ID         string              `json:"id"`
	Short      sarifText           `json:"shortDescription"`
	Full       sarifText           `json:"fullDescription"`
	Help       sarifText           `json:"help"`
	Configure  sarifConfiguration  `json:"defaultConfiguration"`
	Properties sarifRuleProperties `json:"properties"`
}

type sarifConfiguration struct {
	Level string `json:"level"`
}

type sarifRuleProperties struct {
	Severity string   `json:"severity"`
	Platform string   `json:"platform,omitempty"`
	Source   []string `json:"source,omitempty"`
	NameZH   string   `json:"name_zh"`
	NameEN   string   `json:"name_en"`
}

type sarifArtifact struct {
	Location   sarifArtifactLocation `json:"location"`
	Length     int64                 `json:"length"`
	Hashes     sarifHashes           `json:"hashes"`
	Roles      []string              `json:"roles"`
	Properties sarifPackage          `json:"properties"`
}

type sarifHashes struct {
	MD5    string `json:"md5"`
	SHA256 string `json:"sha-256"`
}

// sarifPackage is what heyan says of a package as a whole.
type sarifPackage struct {
	Verdict rules.Verdict `json:"verdict"`
	Format  facts.Format  `json:"format"`
	ID      string        `json:"package_id,omitempty"`
	Name    string        `json:"app_name,omitempty"`
	Version string        `json:"version,omitempty"`
	Build   string        `json:"build,omitempty"`
	AsOf    string        `json:"as_of"`
	Rules   string        `json:"rules"`
	Filing  string        `json:"filing"`
}

type sarifArtifactLocation struct {
	URI   string `json:"uri"`
	Index int    `json:"index"`
}

type sarifResult struct {
	RuleID       string                `json:"ruleId"`
	RuleIndex    int                   `json:"ruleIndex"` // -1: not among the rules
	Level        string                `json:"level"`
	Message      sarifText             `json:"message"`
	Locations    []sarifLocation       `json:"locations"`
	Fingerprints sarifFingerprints     `json:"partialFingerprints"`
	Properties   sarifResultProperties `json:"properties"`
}

type sarifFingerprints struct {
	Heyan string `json:"heyan/v1"`
}

type sarifResultProperties struct {
	Outcome  rules.Outcome  `json:"outcome"`
	Severity rules.Severity `json:"severity"`
	Reason   string         `json:"reason"`
	Filed    string         `json:"filed,omitempty"`
	Actual   string         `json:"actual,omitempty"`
	Evidence []string       `json:"evidence,omitempty"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
	Logical  []sarifPlace  `json:"logicalLocations,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifactLocation `json:"artifactLocation"`
}

// sarifPlace is a logical location.
type sarifPlace struct {
	Name string `json:"name"`
	Full string `json:"fullyQualifiedName"`
	Kind string `json:"kind"`
}

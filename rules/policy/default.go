package policy

import _ "embed"

// defaultSource is the default policy as a file, for people to start from. It is
// not read when heyan runs: Default says the same, and a test holds the two together.
//
//go:embed default.yaml
var defaultSource string

// DefaultSource is the default policy as YAML.
func DefaultSource() string { return defaultSource }

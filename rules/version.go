package rules

import (
	"crypto/sha256"
	"fmt"

	"heyan/rules/catalogue"
	"heyan/rules/checks"
	"heyan/rules/finding"
)

// Version is the digest of everything the rules are made of besides code, as
// "sha256:…": the checks, the permission catalogue and
// the words for findings.
func Version() string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(checks.Digest()+catalogue.Digest()+finding.Digest())))
}

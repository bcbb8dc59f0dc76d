package filing

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// Digest is the SHA-256 of the filing as read, "sha256:…": equal for filings
// that say the same, in whatever words, order or format.
func (f *Filing) Digest() string {
	canonical, err := json.Marshal(f)
	if err != nil {
		panic("filing: a struct of strings did not marshal: " + err.Error())
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256(canonical))
}

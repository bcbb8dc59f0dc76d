//go:build reader

package sandbox

import _ "embed" // of the reader

// heldReader is cmd/heyan-reader, built into this file's folder before: make build.
//
//go:embed heyan-reader
var heldReader []byte

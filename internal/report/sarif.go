package report

import "io"

// SARIF writes the reports as one run of a SARIF 2.1.0 log.
func SARIF(w io.Writer, reports []*Named) error { return Encode(w, len(reports)) }

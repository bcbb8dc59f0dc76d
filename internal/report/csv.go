package report

import "io"

// CSV writes the reports as a table, a row a package.
func CSV(w io.Writer, reports []*Named, lang string) error { return Encode(w, len(reports)) }

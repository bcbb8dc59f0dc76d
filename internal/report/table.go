package report

// Named is a report and the name of its package as the user gave it: a file's
// name or path. It is outside text and decides nothing.
type Named struct {
	Name   string
	Report *Report
}

package report

import "io"

// HTMLOptions say how a page is written.
type HTMLOptions struct {
	Lang string // "zh" or "en": the language shown first
	Name string // the package's name as its user gave it
}

// HTML writes a report as one self-contained page.
func HTML(w io.Writer, r *Report, opt HTMLOptions) error {
	_, err := io.WriteString(w, "<!doctype html>\n")
	return err
}

package report

import (
	"encoding/csv"
	"io"
	"strings"
)

// byteOrderMark tells Excel on a Chinese Windows that the text is UTF-8.
const byteOrderMark = "\uFEFF"

// CSV writes the table of packages, a row each, as RFC 4180 with a byte order
// mark. A cell that a spreadsheet would take for a formula begins with an
// apostrophe. Spreadsheets read "2.10" in a CSV as the number 2.1; XLSX keeps it.
func CSV(w io.Writer, reports []*Named, lang string) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	table := csv.NewWriter(w)
	table.UseCRLF = true
	columns := packageColumns()
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = c.title.In(lang)
	}
	if err := table.Write(row); err != nil {
		return err
	}
	for _, n := range reports {
		for i, c := range columns {
			row[i] = inert(c.value(n, lang))
		}
		if err := table.Write(row); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}

// cellLimit is how many characters of a value a cell shows. With what visible
// adds it stays under the 32,767 that a spreadsheet's cell can hold.
const cellLimit = 4096

// inert is outside text that a spreadsheet does not compute: one that begins,
// blanks aside, with a sign that starts a formula (in full width too, which Excel
// with East Asian settings takes as well) gets a leading apostrophe.
func inert(s string) string {
	shown := visible(s, cellLimit)
	if startsFormula(s) || startsFormula(shown) {
		return "'" + shown
	}
	return shown
}

func startsFormula(s string) bool {
	if strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\r") {
		return true
	}
	s = strings.TrimLeft(s, " \u00a0\u3000\uFEFF")
	return s != "" && strings.ContainsRune("=+-@＝＋－＠\t\r", []rune(s)[0])
}

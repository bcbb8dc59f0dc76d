package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// openCSV reads text with commas, semicolons or tabs between the cells.
func openCSV(data []byte) ([]table, error) {
	text, err := decodeText(data)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = separator(text)
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	var t table
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return []table{t}, nil
		}
		if err != nil {
			return nil, whole("不是有效的 CSV：%v", "not valid CSV: %v", err)
		}
		line, _ := r.FieldPos(0)
		next := row{line: line}
		for _, s := range record {
			next.cells = append(next.cells, csvCell(s))
		}
		if next.blank() {
			continue
		}
		if err := t.add(next); err != nil {
			return nil, err
		}
	}
}

// add takes a row that is not blank, within the limits.
func (t *table) add(r row) error {
	if len(t.rows) >= MaxRows+headingRows {
		return whole("超过 %d 行，请拆成几份", "over %d rows; split the sheet", MaxRows)
	}
	for i := MaxColumns; i < len(r.cells); i++ {
		if !r.cells[i].blank() {
			return whole("超过 %d 列，不像是备案信息的表格", "over %d columns: not a sheet of filings", MaxColumns)
		}
	}
	r.cells = r.cells[:min(len(r.cells), MaxColumns)]
	t.rows = append(t.rows, r)
	return nil
}

// decodeText is the text in whichever encoding a table program saves: UTF-8 with
// or without a mark, UTF-16 with one, else GBK as Excel does in China.
func decodeText(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		decoded, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil {
			return "", whole("UTF-16 编码有误：%v", "not valid UTF-16: %v", err)
		}
		data = decoded
	case !utf8.Valid(data):
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return "", whole("既不是 UTF-8 也不是 GBK 编码的 CSV；请另存为“CSV UTF-8”再试", "neither UTF-8 nor GBK: save it as CSV UTF-8")
		}
		data = decoded
	}
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return "", whole("不是 CSV 或 XLSX 表格", "neither a CSV nor an XLSX sheet")
	}
	return string(data), nil
}

// separator is the sign that stands most often in the first lines.
func separator(text string) rune {
	head := text[:min(len(text), 8<<10)]
	best, most := ',', strings.Count(head, ",")
	for _, sign := range []rune{'\t', ';'} {
		if n := strings.Count(head, string(sign)); n > most {
			best, most = sign, n
		}
	}
	return best
}

// scientific is how table programs write a number that was too long for a cell.
var scientific = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9](\.[0-9]+)?[eE]\+[0-9]+$`) })

// csvCell undoes what people and programs write so that Excel keeps a text a
// text: ="1.10", or an apostrophe before it.
func csvCell(s string) cell {
	text := strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(text, `="`); ok && strings.HasSuffix(inner, `"`) {
		text = strings.TrimSuffix(inner, `"`)
	}
	if rest, ok := strings.CutPrefix(text, "'"); ok && rest != "" && strings.ContainsRune("0123456789=+-@", rune(rest[0])) {
		text = rest
	}
	switch {
	case len(text) > maxCell:
		return cell{fault: tooLong}
	case scientific().MatchString(text):
		return cell{text: text, fault: digitsLost}
	}
	return cell{text: text}
}

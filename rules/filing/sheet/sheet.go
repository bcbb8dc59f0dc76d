// Package sheet reads filings from a table, one row a package: a CSV file or an
// XLSX workbook with a column for the package's file name and one for each field
// of the form, headed by the form's Chinese words or the English ids of
// rules/filing, which also reads every row's values.
//
// It promises: text is kept as it is written, so that 1.10 stays 1.10; where
// Excel has already spoilt a value (a long number, a date) the cell is named and
// nothing is guessed. A bad row spoils no other. Every problem has its sheet, row
// and column. Size, rows, columns and inflated bytes are bounded, and a workbook
// is read as a stream, so that memory does not follow what it claims.
package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"heyan/rules/filing"
)

// Limits of a sheet.
const (
	MaxSize    = 8 << 20  // of the file, in bytes
	MaxRows    = 5000     // with anything in them, over all sheets of a workbook
	MaxColumns = 64       // the form has 17 fields
	maxCell    = 32 << 10 // bytes of one cell
	maxRow     = 128 << 10
	maxTexts   = 16 << 20 // bytes of all cells that are read as fields
)

// Row is one package's row.
type Row struct {
	Sheet  string         // the worksheet's name, empty in a CSV file
	Line   int            // as the table program counts rows, from 1
	File   string         // the package's file name, or path, as written
	Filing *filing.Filing // nil where Err is not
	Err    error          // an *Error: what keeps this row from being a filing
}

// Read reads a sheet. An error, an *Error, is of the sheet as a whole: there is
// no table in it, or a column that is no field of the form.
func Read(data []byte) (rows []Row, err error) {
	defer func() {
		if r := recover(); r != nil {
			rows, err = nil, whole("表格损坏，不能读取（%v）", "the sheet is damaged and can't be read (%v)", r)
		}
	}()
	if len(data) > MaxSize {
		return nil, whole("表格超过 %d MiB，不能读取；请拆成几份", "the sheet is over %d MiB; split it", MaxSize>>20)
	}
	tables, err := open(data)
	if err != nil {
		return nil, err
	}
	return readTables(tables)
}

// open tells a workbook from text by its first bytes, whatever its name is.
func open(data []byte) ([]table, error) {
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return openWorkbook(data)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return nil, whole("这是旧版 Excel（.xls）或加了密码的工作簿，请另存为不加密的 .xlsx 再试",
			"this is a workbook of an old Excel (.xls) or one with a password: save it as .xlsx without one")
	}
	return openCSV(data)
}

// readTables reads every table that has a heading; a worksheet without one, of
// notes say, is passed over.
func readTables(tables []table) ([]Row, error) {
	rows := []Row{}
	found := false
	room := maxTexts
	for _, t := range tables {
		h, ok := findHeading(t)
		if !ok {
			continue
		}
		found = true
		if err := h.check(); err != nil {
			return nil, err
		}
		rows = append(rows, h.rows(&room)...)
	}
	if !found {
		return nil, whole("表格里没有找到表头：要有一列“应用安装包”（文件名），其余各列用备案表的字段名；可用 heyan filing template 生成模板",
			"no heading found: one column must be %q (the file's name), the others fields of the form; heyan filing template makes a template", "file")
	}
	repeated(rows)
	return rows, nil
}

// repeated marks the rows that name a file that another row names too: which of
// them is meant can't be told.
func repeated(rows []Row) {
	first := map[string]int{}
	for i := range rows {
		r := &rows[i]
		j, twice := first[r.File]
		switch {
		case r.File == "":
		case !twice:
			first[r.File] = i
		default:
			r.refuse("与%s是同一个文件“%s”，无法判断以哪一行为准", "names %[2]q as %[1]s does: which one counts can't be told", rows[j].place(), r.File)
			rows[j].refuse("与%s是同一个文件“%s”，无法判断以哪一行为准", "names %[2]q as %[1]s does: which one counts can't be told", r.place(), r.File)
		}
	}
}

// refuse makes the row a bad one, unless it is already.
func (r *Row) refuse(zh, en string, where filing.Text, file string) {
	if r.Err != nil {
		return
	}
	r.Filing = nil
	r.Err = &Error{Problems: []Problem{{Sheet: r.Sheet, Row: r.Line, Message: filing.Text{
		ZH: fmt.Sprintf(zh, where.ZH, file), EN: fmt.Sprintf(en, where.EN, file),
	}}}}
}

func (r *Row) place() filing.Text { return Problem{Sheet: r.Sheet, Row: r.Line}.place() }

// Error is what is wrong with a sheet or with one of its rows.
type Error struct {
	Problems []Problem
}

// Problem is one thing that is wrong, and where.
type Problem struct {
	Sheet   string      // empty in a CSV file
	Row     int         // from 1, 0 where it is the whole
	Column  string      // "D", empty where it is the row
	Heading string      // of the column, as written
	Message filing.Text // in both languages
}

func (e *Error) Error() string { return e.In("en") }

// In lists the problems in the language "zh" or "en", one a line.
func (e *Error) In(lang string) string {
	lines := make([]string, 0, len(e.Problems))
	for _, p := range e.Problems {
		where := p.place().In(lang)
		if where != "" && lang == "en" {
			where += ": "
		} else if where != "" {
			where += "："
		}
		lines = append(lines, where+p.Message.In(lang))
	}
	return strings.Join(lines, "\n")
}

// place is "工作表“2026”第 7 行 D 列" in both languages.
func (p Problem) place() filing.Text {
	var zh, en []string
	if p.Sheet != "" {
		zh, en = append(zh, fmt.Sprintf("工作表“%s”", p.Sheet)), append(en, fmt.Sprintf("sheet %q", p.Sheet))
	}
	if p.Row > 0 {
		zh, en = append(zh, fmt.Sprintf("第 %d 行", p.Row)), append(en, fmt.Sprintf("row %d", p.Row))
	}
	if p.Column != "" {
		zh, en = append(zh, p.Column+" 列"), append(en, "column "+p.Column)
	}
	return filing.Text{ZH: strings.Join(zh, " "), EN: strings.Join(en, ", ")}
}

// whole is an error of the sheet as a whole.
func whole(zh, en string, args ...any) *Error {
	fill := func(s string) string {
		if strings.Contains(s, "%") {
			return fmt.Sprintf(s, args...)
		}
		return s
	}
	return &Error{Problems: []Problem{{Message: filing.Text{ZH: fill(zh), EN: fill(en)}}}}
}

// errTooBig ends the reading of a workbook that inflates to more than it should.
var errTooBig = errors.New("more than a sheet of filings holds")

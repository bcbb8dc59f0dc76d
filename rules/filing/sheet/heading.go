package sheet

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"heyan/rules/filing"
)

// headingRows are how many rows may stand above the heading: a title, a note.
const headingRows = 20

// heading is the row that says what the columns are.
type heading struct {
	table  table
	at     int // index of the heading's row
	file   int // column of the file's name
	fields []int
}

// fileWords head the column of the package's file name; noteWords columns that
// people add for themselves. Folded as fold does.
var (
	fileWords = []string{"file", "filename", "packagefile", "应用安装包", "安装包", "安装包文件", "安装包文件名", "文件", "文件名", "文件名称", "路径", "文件路径"}
	noteWords = []string{"no", "序号", "编号", "备注", "说明", "note", "notes", "remark", "填写说明", "联系人"}
)

// fold keeps letters and digits, width and case folded.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
}

// findHeading finds the first row that has a column for the file beside others.
func findHeading(t table) (heading, bool) {
	for i, r := range t.rows[:min(len(t.rows), headingRows)] {
		h := heading{table: t, at: i, file: -1}
		for column, c := range r.cells {
			switch word := fold(c.text); {
			case c.blank() || c.fault != intact:
			case slices.Contains(fileWords, word) && h.file < 0:
				h.file = column
			case !slices.Contains(noteWords, word):
				h.fields = append(h.fields, column)
			}
		}
		if h.file >= 0 && len(h.fields) > 0 {
			return h, true
		}
	}
	return heading{}, false
}

// name is what stands above a column.
func (h heading) name(column int) string {
	return strings.TrimSpace(h.table.rows[h.at].at(column).text)
}

// check refuses columns that are no fields, or one field twice.
func (h heading) check() error {
	values := make([]*string, len(h.fields))
	if _, err := h.parse(h.table.rows[h.at], values); err != nil {
		return err
	}
	return nil
}

// rows reads the rows under the heading. room is how many bytes of text may
// still be read.
func (h heading) rows(room *int) []Row {
	var list []Row
	for _, r := range h.table.rows[h.at+1:] {
		name := strings.TrimSpace(r.at(h.file).text)
		if r.blank() || isExample(name) || h.onlyNotes(r) {
			continue
		}
		got := Row{Sheet: h.table.name, Line: r.line, File: name}
		var err *Error
		if got.Filing, err = h.row(r, room); err != nil {
			got.Filing, got.Err = nil, err
		}
		list = append(list, got)
	}
	return list
}

// onlyNotes reports whether nothing of the row is a filing's.
func (h heading) onlyNotes(r row) bool {
	return r.at(h.file).blank() && !slices.ContainsFunc(h.fields, func(c int) bool { return !r.at(c).blank() })
}

// isExample reports whether a row is the template's own.
func isExample(name string) bool {
	for _, prefix := range []string{exampleZH, exampleEN} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// row reads one row's values.
func (h heading) row(r row, room *int) (*filing.Filing, *Error) {
	var bad Error
	add := func(column int, zh, en string) {
		bad.Problems = append(bad.Problems, h.problem(r, column, filing.Text{ZH: zh, EN: en}))
	}
	if r.at(h.file).blank() {
		add(h.file, "没有填文件名，不知道是哪个安装包", "no file name: it can't be told which package this is")
	}
	for _, column := range h.columns() {
		if text := faultText(r.at(column)); text.ZH != "" {
			add(column, text.ZH, text.EN)
		}
	}
	for column, c := range r.cells {
		if !c.blank() && h.name(column) == "" {
			add(column, "这一列没有表头，不知道是哪个字段的值", "no heading stands over this column: it can't be told which field this is")
		}
	}
	for _, m := range h.table.merges {
		if m.top <= r.line && r.line <= m.bottom && slices.ContainsFunc(h.columns(), func(c int) bool { return m.left <= c && c <= m.right }) {
			add(m.left, "单元格跨列合并，分不清是哪个字段的值，请取消合并", "cells of several columns are merged: unmerge them, one value a field")
		}
	}
	if len(bad.Problems) > 0 {
		return nil, &bad
	}
	values := make([]*string, len(h.fields))
	size := 0
	for i, column := range h.fields {
		if c := r.at(column); !c.blank() {
			values[i] = &c.text
			size += len(c.text)
		}
	}
	if *room -= size; size > maxRow || *room < 0 {
		add(h.file, "内容过多，不像是备案信息", "too much text for a filing")
		return nil, &bad
	}
	return h.parse(r, values)
}

func (h heading) columns() []int { return append([]int{h.file}, h.fields...) }

func faultText(c cell) filing.Text {
	switch c.fault {
	case digitsLost:
		return filing.Text{ZH: "表格软件把它存成了数字，原来的位数已经丢失；请把单元格设为“文本”后重新填写",
			EN: "the table program made a number of it and lost digits; format the cell as text and enter it anew"}
	case madeDate:
		return filing.Text{ZH: "表格软件把它存成了日期；请把单元格设为“文本”后重新填写",
			EN: "the table program made a date of it; format the cell as text and enter it anew"}
	case failedFormula:
		return filing.Text{ZH: "公式没有得出结果（" + c.text + "），请直接填写值", EN: "the formula has no result (" + c.text + "); enter the value itself"}
	case tooLong:
		return filing.Text{ZH: "内容过长（超过 32 KiB）", EN: "too long (over 32 KiB)"}
	}
	return filing.Text{}
}

func (h heading) problem(r row, column int, m filing.Text) Problem {
	p := Problem{Sheet: h.table.name, Row: r.line, Message: m}
	if column >= 0 {
		p.Column, p.Heading = columnName(column), h.name(column)
	}
	return p
}

// parse lets rules/filing read the values, nil where there is none, of the
// fields. Each goes on a line of its own, so that the line of a problem is the
// column of the value.
func (h heading) parse(r row, values []*string) (*filing.Filing, *Error) {
	var text bytes.Buffer
	columns := []int{-1} // by line, from 0
	text.WriteString("{")
	for i, column := range h.fields {
		if values[i] == nil && r.line != h.table.rows[h.at].line {
			continue
		}
		if len(columns) > 1 {
			text.WriteString(",")
		}
		text.WriteString("\n" + quoted(h.name(column)) + ":")
		if values[i] == nil {
			text.WriteString("null")
		} else {
			text.WriteString(quoted(*values[i]))
		}
		columns = append(columns, column)
	}
	text.WriteString("}")
	f, err := filing.Parse(text.Bytes())
	var bad *filing.ParseError
	switch {
	case err == nil:
		return f, nil
	case !errors.As(err, &bad):
		return nil, &Error{Problems: []Problem{h.problem(r, -1, filing.Text{ZH: err.Error(), EN: err.Error()})}}
	}
	var mine Error
	for _, p := range bad.Problems {
		column := -1
		if p.Line > 0 && p.Line <= len(columns) {
			column = columns[p.Line-1]
		}
		mine.Problems = append(mine.Problems, h.problem(r, column, p.Message))
	}
	return nil, &mine
}

// quoted is a string as JSON has it.
func quoted(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic("sheet: a string did not marshal: " + err.Error())
	}
	return string(data)
}

// Command gen makes the workbooks of heyan filing template.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"heyan/rules/filing/sheet"
)

func main() {
	for _, lang := range []string{"zh", "en"} {
		if err := write("template-"+lang+".xlsx", lang); err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
	}
}

func write(name, lang string) (err error) {
	f := excelize.NewFile()
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	if err := f.SetDocProps(&excelize.DocProperties{Creator: "heyan", Created: created, Modified: created}); err != nil {
		return err
	}
	t := template{file: f, lang: lang, sheet: "备案表", columns: sheet.Columns(lang)}
	if lang == "en" {
		t.sheet = "filings"
	}
	if err := t.fill(); err != nil {
		return err
	}
	return f.SaveAs(name)
}

// created stands in the workbooks, so that making them again changes nothing else.
var created = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)

// templateRows have their cells formatted as text and their lists of choices.
const templateRows = 1000

type template struct {
	file    *excelize.File
	sheet   string
	lang    string
	columns []sheet.Column
}

func (t *template) fill() error {
	if err := t.file.SetSheetName("Sheet1", t.sheet); err != nil {
		return err
	}
	for i, c := range t.columns {
		for line, s := range []string{c.Heading, c.Example} {
			if err := t.file.SetCellStr(t.sheet, fmt.Sprintf("%s%d", columnName(i), line+1), s); err != nil {
				return err
			}
		}
	}
	for _, step := range []func() error{t.styles, t.lists, t.frame, t.notes} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// styles: all cells are text; the heading is bold, starred fields red; the
// example is grey.
func (t *template) styles() error {
	const text = 49 // the built-in format "@"
	style := func(s excelize.Style) int {
		s.NumFmt = text
		id, err := t.file.NewStyle(&s)
		if err != nil {
			return 0
		}
		return id
	}
	plain := style(excelize.Style{})
	fill := excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}
	head := style(excelize.Style{Font: &excelize.Font{Bold: true}, Fill: fill})
	starred := style(excelize.Style{Font: &excelize.Font{Bold: true, Color: "B00020"}, Fill: fill})
	example := style(excelize.Style{Font: &excelize.Font{Italic: true, Color: "808080"}})
	for i, c := range t.columns {
		name := columnName(i)
		heading := head
		if c.Starred {
			heading = starred
		}
		for _, err := range []error{
			t.file.SetColStyle(t.sheet, name, plain),
			t.file.SetColWidth(t.sheet, name, name, c.Width),
			t.file.SetCellStyle(t.sheet, name+"1", name+"1", heading),
			t.file.SetCellStyle(t.sheet, name+"2", name+"2", example),
		} {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// lists gives the fields of one word their list of choices.
func (t *template) lists() error {
	for i, c := range t.columns {
		if len(c.Choices) == 0 {
			continue
		}
		list := excelize.NewDataValidation(true)
		list.SetSqref(fmt.Sprintf("%[1]s2:%[1]s%[2]d", columnName(i), templateRows))
		if err := list.SetDropList(c.Choices); err != nil {
			return err
		}
		if err := t.file.AddDataValidation(t.sheet, list); err != nil {
			return err
		}
	}
	return nil
}

// frame keeps the heading in sight.
func (t *template) frame() error {
	return t.file.SetPanes(t.sheet, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"})
}

// notes is the sheet that explains; it has no heading, so Read passes it over.
func (t *template) notes() error {
	name, lines := "填写说明", notesZH
	if t.lang == "en" {
		name, lines = "notes", notesEN
	}
	if _, err := t.file.NewSheet(name); err != nil {
		return err
	}
	for i, line := range strings.Split(lines, "\n") {
		if err := t.file.SetCellStr(name, fmt.Sprintf("A%d", i+1), line); err != nil {
			return err
		}
	}
	return t.file.SetColWidth(name, "A", "A", 100)
}

// columnName is A for 0.
func columnName(i int) string {
	name, err := excelize.ColumnNumberToName(i + 1)
	if err != nil {
		panic(err)
	}
	return name
}

const notesZH = `一行一个安装包；红色的列是备案表上的必填项。以“示例：”开头的行不会被读取。
第一列写安装包的文件名（可带所在文件夹，如 2026/app.apk）。
应用权限写 13 项中勾选的各项，用顿号或逗号分开；一项都不勾写“无”；留空表示没有填报。
单元格都已设为文本：版本号 1.10 不会变成 1.1。从别处粘贴时请用“只粘贴文本”。
核验：heyan check 安装包文件夹 --filings 本表.xlsx`

const notesEN = `One row a package; the form requires the columns in red. Rows that begin with "EXAMPLE: " are not read.
The first column is the package's file name, with its folder if you like (2026/app.apk).
permissions are the ticked boxes of the 13, with commas between; "none" where none is ticked; blank means not filed.
All cells are text, so that version 1.10 does not become 1.1. Paste as text only.
To check: heyan check FOLDER --filings THIS.xlsx`

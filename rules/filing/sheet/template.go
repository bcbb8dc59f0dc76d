package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// What the file name of the template's example row begins with: such rows are
// passed over.
const (
	exampleZH = "示例："
	exampleEN = "EXAMPLE: "
)

// column is one column of the template.
type column struct {
	zh, en   string
	starred  bool
	width    float64
	choices  []choice
	example  string // in Chinese, or for both
	exampleE string // in English where it differs
}

type choice struct{ zh, en string }

// columns are the file's name and the fields of the form in its order; a test
// holds that rules/filing knows each word.
func columns() []column {
	yes := []choice{{"是", "true"}, {"否", "false"}}
	return []column{
		{zh: "应用安装包", en: "file", starred: true, width: 28, example: "chenguang-2.3.1.apk"},
		{zh: "备案类型", en: "kind", width: 14, choices: []choice{{"提供者备案", "provider"}, {"自研自用", "self-use"}}, example: "提供者备案", exampleE: "provider"},
		{zh: "备案轮次", en: "round", width: 12, choices: []choice{{"首次备案", "first"}, {"变更备案", "change"}}, example: "首次备案", exampleE: "first"},
		{zh: "应用平台", en: "platform", starred: true, width: 12, choices: []choice{{"安卓", "android"}, {"IOS", "ios"}}, example: "安卓", exampleE: "android"},
		{zh: "应用名称", en: "app_name", width: 20, example: "晨光课堂"},
		{zh: "应用简称", en: "short_name", width: 14, example: "晨光"},
		{zh: "应用版本号", en: "version", starred: true, width: 14, example: "2.3.10"},
		{zh: "安装包MD5码", en: "md5", starred: true, width: 36, example: "0123456789abcdef0123456789abcdef"},
		{zh: "应用权限", en: "permissions", starred: true, width: 36, example: "调用摄像头、启用录音、其它", exampleE: "camera, record_audio, other"},
		{zh: "权限填报范围", en: "permission_scope", width: 14, choices: []choice{{"本平台", "platform"}, {"两平台共用", "shared"}}, example: "本平台", exampleE: "platform"},
		{zh: "权限说明", en: "permissions_text", width: 24},
		{zh: "是否具有以下功能", en: "features", width: 24, example: "收费、直播", exampleE: "payment, live"},
		{zh: "包名", en: "package_id", width: 26, example: "cn.example.chenguang"},
		{zh: "签名指纹", en: "certificate_digest", width: 36, example: "fedcba9876543210fedcba9876543210"},
		{zh: "平台公钥", en: "public_key", width: 24},
		{zh: "安全认证号", en: "security_certificate", width: 16},
		{zh: "教育备案号", en: "filing_number", width: 22},
		{zh: "是否预装", en: "preinstalled", width: 10, choices: yes, example: "否", exampleE: "false"},
		{zh: "备注", en: "notes", width: 24, example: "此行为示例，可以删除", exampleE: "an example, may be deleted"},
	}
}

func (c column) heading(lang string) string {
	if lang == "en" {
		return c.en
	}
	return c.zh
}

// sample is the column's value in the example row.
func (c column) sample(lang string) string {
	if lang == "en" && c.exampleE != "" {
		return c.exampleE
	}
	return c.example
}

func (c column) words(lang string) []string {
	var words []string
	for _, w := range c.choices {
		if lang == "en" {
			words = append(words, w.en)
		} else {
			words = append(words, w.zh)
		}
	}
	return words
}

func samples(lang string) (headings, values []string) {
	prefix := exampleZH
	if lang == "en" {
		prefix = exampleEN
	}
	for i, c := range columns() {
		headings = append(headings, c.heading(lang))
		value := c.sample(lang)
		if i == 0 {
			value = prefix + value
		}
		values = append(values, value)
	}
	return headings, values
}

// TemplateCSV writes an empty sheet to fill in, with one example row, as UTF-8
// with the mark by which Excel knows it.
func TemplateCSV(w io.Writer, lang string) error {
	headings, values := samples(lang)
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return out.WriteAll([][]string{headings, values})
}

// templateRows have their cells formatted as text and their lists of choices.
const templateRows = 1000

// TemplateXLSX writes the same as a workbook: every cell is text, so that no
// version becomes a number, and where the form has a few words to choose from
// the cell has a list of them. A second sheet explains.
func TemplateXLSX(w io.Writer, lang string) (err error) {
	f := excelize.NewFile()
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	t := template{file: f, lang: lang, sheet: "备案表"}
	if lang == "en" {
		t.sheet = "filings"
	}
	if err := t.fill(); err != nil {
		return fmt.Errorf("template: %w", err)
	}
	_, err = f.WriteTo(w)
	return err
}

type template struct {
	file  *excelize.File
	sheet string
	lang  string
}

func (t *template) fill() error {
	if err := t.file.SetSheetName("Sheet1", t.sheet); err != nil {
		return err
	}
	headings, values := samples(t.lang)
	for line, cells := range [][]string{headings, values} {
		for i, s := range cells {
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
	for i, c := range columns() {
		name := columnName(i)
		heading := head
		if c.starred {
			heading = starred
		}
		for _, err := range []error{
			t.file.SetColStyle(t.sheet, name, plain),
			t.file.SetColWidth(t.sheet, name, name, c.width),
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
	for i, c := range columns() {
		if len(c.choices) == 0 {
			continue
		}
		list := excelize.NewDataValidation(true)
		list.SetSqref(fmt.Sprintf("%[1]s2:%[1]s%[2]d", columnName(i), templateRows))
		if err := list.SetDropList(c.words(t.lang)); err != nil {
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

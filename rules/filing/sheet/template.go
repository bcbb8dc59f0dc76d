package sheet

import (
	"embed"
	"encoding/csv"
	"io"
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
		{zh: "提供者名称", en: "provider", width: 24, example: "晨光教育科技有限公司"},
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

// templates are the workbooks that ./gen makes: the library that writes them
// would cost every start of the program more than the rest of it.
//
//go:generate go run ./gen
//go:embed template-zh.xlsx template-en.xlsx
var templates embed.FS

// TemplateXLSX writes the same as a workbook: every cell is text, so that no
// version becomes a number, and where the form has a few words to choose from
// the cell has a list of them. A second sheet explains.
func TemplateXLSX(w io.Writer, lang string) error {
	name := "template-zh.xlsx"
	if lang == "en" {
		name = "template-en.xlsx"
	}
	data, err := templates.ReadFile(name)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// Column is one column of the template, in one language.
type Column struct {
	Heading string
	Example string
	Starred bool
	Width   float64
	Choices []string
}

// Columns are the template's columns, for the program that makes the workbooks.
func Columns(lang string) []Column {
	headings, values := samples(lang)
	var list []Column
	for i, c := range columns() {
		list = append(list, Column{Heading: headings[i], Example: values[i], Starred: c.starred, Width: c.width, Choices: c.words(lang)})
	}
	return list
}

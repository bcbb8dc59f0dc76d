package report

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// The parts of a workbook, as few as ECMA-376 (Office Open XML, SpreadsheetML)
// asks for. They are written here and not through a library, since the libraries
// there are spend milliseconds at every start of the program, reports or not.
const (
	spreadsheetSpace  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relationshipSpace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageSpace      = "http://schemas.openxmlformats.org/package/2006"
	spreadsheetType   = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// writeWorkbook writes the sheets as a workbook. Parts stand in a fixed order and
// have no time.
func writeWorkbook(w io.Writer, lang string, sheets ...sheet) error {
	out := zip.NewWriter(w)
	for _, part := range []struct{ name, content string }{
		{"[Content_Types].xml", contentTypes(len(sheets))},
		{"_rels/.rels", relationships("officeDocument", "xl/workbook.xml")},
		{"xl/workbook.xml", workbookPart(sheets, lang)},
		{"xl/_rels/workbook.xml.rels", workbookRelationships(len(sheets))},
		{"xl/styles.xml", stylesPart()},
	} {
		if err := writePart(out, part.name, func(b *bufio.Writer) error {
			_, err := b.WriteString(part.content)
			return err
		}); err != nil {
			return err
		}
	}
	for i, s := range sheets {
		if err := writePart(out, fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1), func(b *bufio.Writer) error {
			return s.write(b, i == 0)
		}); err != nil {
			return err
		}
	}
	return out.Close()
}

func writePart(out *zip.Writer, name string, write func(*bufio.Writer) error) error {
	part, err := out.Create(name)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(part)
	_, _ = b.WriteString(xml.Header) // an error of b stays until Flush
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

func contentTypes(sheets int) string {
	var b strings.Builder
	b.WriteString(`<Types xmlns="` + packageSpace + `/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + spreadsheetType + `sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="` + spreadsheetType + `styles+xml"/>`)
	for i := range sheets {
		fmt.Fprintf(&b, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i+1, spreadsheetType)
	}
	b.WriteString(`</Types>`)
	return b.String()
}

// relationships links to parts of the given kinds: kind, target, kind, target, …
func relationships(pairs ...string) string {
	var b strings.Builder
	b.WriteString(`<Relationships xmlns="` + packageSpace + `/relationships">`)
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s/%s" Target="%s"/>`, i/2+1, relationshipSpace, pairs[i], pairs[i+1])
	}
	b.WriteString(`</Relationships>`)
	return b.String()
}

func workbookRelationships(sheets int) string {
	var pairs []string
	for i := range sheets {
		pairs = append(pairs, "worksheet", fmt.Sprintf("worksheets/sheet%d.xml", i+1))
	}
	return relationships(append(pairs, "styles", "styles.xml")...)
}

func workbookPart(sheets []sheet, lang string) string {
	var b strings.Builder
	b.WriteString(`<workbook xmlns="` + spreadsheetSpace + `" xmlns:r="` + relationshipSpace + `"><bookViews><workbookView/></bookViews><sheets>`)
	for i, s := range sheets {
		fmt.Fprintf(&b, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, s.name.In(lang), i+1, i+1)
	}
	b.WriteString(`</sheets></workbook>`)
	return b.String()
}

// write writes a sheet: a heading that stays in sight, and the rows under it.
func (s sheet) write(b *bufio.Writer, first bool) error {
	selected := ""
	if first {
		selected = ` tabSelected="1"`
	}
	fmt.Fprintf(b, `<worksheet xmlns="%s"><sheetViews><sheetView workbookViewId="0"%s>`+
		`<pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight" state="frozen"/>`+
		`</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>`, spreadsheetSpace, selected)
	for i, width := range s.widths {
		fmt.Fprintf(b, `<col min="%d" max="%d" width="%s" customWidth="1"/>`, i+1, i+1, strconv.FormatFloat(width, 'f', -1, 64))
	}
	_, _ = b.WriteString(`</cols><sheetData>`)
	heading := make([]styled, len(s.titles))
	for i, t := range s.titles {
		heading[i] = styled{t, groupHeading}
	}
	line := 1
	if err := writeRow(b, line, heading); err != nil {
		return err
	}
	if err := s.rows(func(row []styled) error {
		line++
		return writeRow(b, line, row)
	}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(b, `</sheetData><autoFilter ref="A1:%s%d"/></worksheet>`, columnName(len(s.titles)), line)
	return err
}

func writeRow(b *bufio.Writer, line int, row []styled) error {
	fmt.Fprintf(b, `<row r="%d">`, line)
	for i, c := range row {
		fmt.Fprintf(b, `<c r="%s%d" s="%d" t="inlineStr"><is><t xml:space="preserve">`, columnName(i+1), line, styleOf(c.group))
		if err := xml.EscapeText(b, []byte(literal(visible(c.text, cellLimit)))); err != nil {
			return err
		}
		_, _ = b.WriteString(`</t></is></c>`)
	}
	_, err := b.WriteString(`</row>`)
	return err
}

// columnName is the name of the nth column: A, B, … Z, AA.
func columnName(n int) string {
	name := ""
	for ; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// escapedCode is what a spreadsheet reads as a character's code (ST_Xstring).
var escapedCode = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`_(x[0-9A-Fa-f]{4}_)`) })

// literal keeps text that looks like such a code as it is.
func literal(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escapedCode().ReplaceAllString(s, "_x005F_$1")
}

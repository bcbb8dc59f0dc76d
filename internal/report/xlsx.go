package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"heyan/rules"
	"heyan/rules/box"
)

// XLSX writes the reports as a workbook of three sheets: the packages, a row
// each; every check of every package; and the 13 boxes, a row a package.
//
// Every cell is a string: nothing in it is ever computed, and "2.10" stays
// "2.10". Rows are streamed, so memory does not grow with the batch; the workbook
// has no time of its own, so equal reports give equal bytes.
func XLSX(w io.Writer, reports []*Named, lang string) error {
	b, err := newWorkbook(lang)
	if err != nil {
		return fmt.Errorf("new workbook: %w", err)
	}
	defer func() { _ = b.file.Close() }()
	for _, s := range []sheet{packageSheet(reports, lang), checkSheet(reports, lang), boxSheet(reports, lang)} {
		if err := b.write(s); err != nil {
			return fmt.Errorf("write sheet: %w", err)
		}
	}
	if err := b.finish(); err != nil {
		return fmt.Errorf("finish workbook: %w", err)
	}
	return repack(w, b.file)
}

// sheet is one table, its rows made one by one.
type sheet struct {
	name   rules.Text
	titles []string
	widths []float64
	rows   func(yield func([]styled) error) error
}

// styled is a cell's text and the group whose colours it has, or "".
type styled struct {
	text  string
	group group
}

func packageSheet(reports []*Named, lang string) sheet {
	s := sheet{name: both("安装包", "Packages")}
	columns := packageColumns()
	for _, c := range columns {
		s.titles, s.widths = append(s.titles, c.title.In(lang)), append(s.widths, c.width)
	}
	s.rows = func(yield func([]styled) error) error {
		for _, n := range reports {
			row := make([]styled, len(columns))
			for i, c := range columns {
				row[i].text = c.value(n, lang)
			}
			row[verdictColumn].group = verdictGroup(n.Report.Verdict)
			if err := yield(row); err != nil {
				return err
			}
		}
		return nil
	}
	return s
}

func verdictGroup(v rules.Verdict) group {
	switch v {
	case rules.Pass:
		return groupPassed
	case rules.Return:
		return groupMust
	}
	return groupReview
}

func checkSheet(reports []*Named, lang string) sheet {
	return sheet{
		name: both("检查", "Checks"),
		titles: in(lang, both("安装包", "Package"), both("检查", "Check"), both("编号", "Id"), both("结果", "Outcome"), both("类别", "Calls for"),
			both("填报", "Filed"), both("实际", "Actual"), both("说明", "What was found"), both("怎么改", "What to do"), both("依据", "Evidence")),
		widths: []float64{26, 22, 24, 10, 14, 28, 28, 48, 48, 48},
		rows: func(yield func([]styled) error) error {
			for _, n := range reports {
				for _, c := range n.Report.Checks {
					g := groupOf(c)
					row := []styled{
						{text: n.Name}, {text: titleOf(c.ID).In(lang)}, {text: c.ID},
						{outcomeWords(c.Outcome).In(lang), g}, {text: g.title().In(lang)},
						{text: filedText(c).In(lang)}, {text: c.Actual}, {text: c.Message.In(lang)}, {text: c.Remedy.In(lang)},
						{text: strings.Join(c.Evidence, "; ")},
					}
					if err := yield(row); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

func boxSheet(reports []*Named, lang string) sheet {
	s := sheet{
		name:   both("权限对照", "Boxes"),
		titles: in(lang, both("安装包", "Package"), both("应用名称", "App name")),
		widths: []float64{26, 18},
	}
	for _, b := range box.All {
		s.titles, s.widths = append(s.titles, boxWords(b).In(lang)), append(s.widths, 12)
	}
	s.rows = func(yield func([]styled) error) error {
		for _, n := range reports {
			if err := yield(boxRow(n, lang)); err != nil {
				return err
			}
		}
		return nil
	}
	return s
}

// boxRow is the 13 boxes of one package: ticked or not, and how that came out.
func boxRow(n *Named, lang string) []styled {
	row := []styled{{text: n.Name}, {text: n.Report.Facts.App.Name}}
	filed := map[box.Box]bool{}
	for _, c := range n.Report.Categories {
		filed[c.ID] = c.Filed
	}
	for _, b := range box.All {
		result, g := boxResult(boxCheck(b, n.Report.Checks))
		tick := "□ "
		if filed[b] {
			tick = "■ "
		}
		if g == groupPassed && !filed[b] {
			g = "" // nothing filed, nothing found: no colour
		}
		row = append(row, styled{tick + result.In(lang), g})
	}
	return row
}

func in(lang string, texts ...rules.Text) []string {
	list := make([]string, len(texts))
	for i, t := range texts {
		list[i] = t.In(lang)
	}
	return list
}

// workbook is a workbook being written.
type workbook struct {
	file   *excelize.File
	lang   string
	sheets int
	head   int
	plain  int
	styles map[group]int
}

func newWorkbook(lang string) (*workbook, error) {
	b := &workbook{file: excelize.NewFile(), lang: lang, styles: map[group]int{}}
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	style := func(s excelize.Style) (id int, err error) {
		s.Alignment = top
		s.NumFmt = 49 // text
		return b.file.NewStyle(&s)
	}
	var err error
	if b.head, err = style(excelize.Style{
		Font: &excelize.Font{Bold: true, Color: "FFFFFF"},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"3B4754"}},
	}); err != nil {
		return nil, err
	}
	if b.plain, err = style(excelize.Style{}); err != nil {
		return nil, err
	}
	for _, c := range []struct {
		group      group
		ink, paper string
	}{
		{groupMust, "A4262C", "FBE9E7"}, {groupReview, "7A5200", "FBF1D6"}, {groupAdvice, "1F4E82", "E6EEF7"},
		{groupNote, "59616C", "EFF0EF"}, {groupPassed, "1F6339", "E6F3EA"}, {groupSkipped, "59616C", "FFFFFF"},
	} {
		if b.styles[c.group], err = style(excelize.Style{
			Font: &excelize.Font{Color: c.ink},
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{c.paper}},
		}); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// write adds a sheet: a heading that stays in sight, and the rows under it.
func (b *workbook) write(s sheet) error {
	name := s.name.In(b.lang)
	if _, err := b.file.NewSheet(name); err != nil {
		return err
	}
	b.sheets++
	sw, err := b.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i, width := range s.widths {
		if err := sw.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"}); err != nil {
		return err
	}
	heading := make([]any, len(s.titles))
	for i, t := range s.titles {
		heading[i] = excelize.Cell{StyleID: b.head, Value: t}
	}
	if err := sw.SetRow("A1", heading); err != nil {
		return err
	}
	line := 1
	if err := s.rows(func(row []styled) error {
		line++
		return sw.SetRow(fmt.Sprintf("A%d", line), b.cells(row))
	}); err != nil {
		return err
	}
	return sw.Flush()
}

func (b *workbook) cells(row []styled) []any {
	list := make([]any, len(row))
	for i, c := range row {
		id, ok := b.styles[c.group]
		if !ok {
			id = b.plain
		}
		list[i] = excelize.Cell{StyleID: id, Value: visible(c.text, cellLimit)}
	}
	return list
}

// finish drops the sheet every new workbook has, and fixes what would tell the
// time or the machine.
func (b *workbook) finish() error {
	if err := b.file.DeleteSheet("Sheet1"); err != nil {
		return err
	}
	b.file.SetActiveSheet(0)
	return b.file.SetDocProps(&excelize.DocProperties{
		Creator: "heyan", LastModifiedBy: "heyan", Title: both("安装包核验", "Package verification").In(b.lang),
		Created: documentTime, Modified: documentTime,
	})
}

// documentTime stands in every workbook: one with a clock would differ each time.
const documentTime = "2000-01-01T00:00:00Z"

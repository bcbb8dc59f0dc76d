package report

import (
	"fmt"
	"io"
	"strings"

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
	if err := writeWorkbook(w, lang, packageSheet(reports, lang), checkSheet(reports, lang), boxSheet(reports, lang)); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
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
						{text: n.Name}, {text: c.Name().In(lang)}, {text: c.ID},
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

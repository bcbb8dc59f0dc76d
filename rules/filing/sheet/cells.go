package sheet

import (
	"strconv"
	"strings"
)

// grid reads one worksheet's cells.
type grid struct {
	book  *workbook
	table *table
	row   row
	// of the open cell
	column      int
	kind, style string
	value       string
	inline      strings.Builder
	inlined     bool
}

// readTable reads a worksheet into t.
func (w *workbook) readTable(part string, t *table) error {
	g := grid{book: w, table: t}
	return w.scan(part, func(e *element) error {
		switch {
		case e.name == "row" && !e.end:
			g.openRow(e)
		case e.name == "row":
			return g.closeRow()
		case e.name == "c" && !e.end:
			return g.openCell(e)
		case e.name == "c":
			g.closeCell()
		case e.name == "v" && e.end:
			g.value = e.text
		case e.name == "t" && e.end && e.within("is") && !e.within("rPh"):
			g.inlined = true
			g.inline.WriteString(e.text)
		case e.name == "mergeCell" && !e.end:
			return t.addMerge(e.attr("ref"))
		}
		return nil
	})
}

func (g *grid) openRow(e *element) {
	line := g.row.line + 1
	if n, err := strconv.Atoi(e.attr("r")); err == nil && n > g.row.line {
		line = n
	}
	g.row = row{line: line}
	g.column = -1
}

func (g *grid) closeRow() error {
	if g.row.blank() {
		g.row.cells = nil
		return nil
	}
	if g.book.rows++; g.book.rows > MaxRows+headingRows {
		return whole("超过 %d 行，请拆成几份", "over %d rows; split the sheet", MaxRows)
	}
	return g.table.add(g.row)
}

func (g *grid) openCell(e *element) error {
	next := g.column + 1
	if column, _, ok := position(e.attr("r")); ok {
		next = column
	}
	if next < 0 || next >= 1<<14 {
		return whole("单元格位置有误：%q", "not a cell: %q", e.attr("r"))
	}
	g.column, g.kind, g.style, g.value = next, e.attr("t"), e.attr("s"), ""
	g.inline.Reset()
	g.inlined = false
	return nil
}

// closeCell puts the cell into its row. A blank one leaves no trace.
func (g *grid) closeCell() {
	c := g.cell()
	if c.blank() {
		return
	}
	if g.column >= MaxColumns {
		g.column = MaxColumns // one is enough to refuse the sheet
	}
	for len(g.row.cells) <= g.column {
		g.row.cells = append(g.row.cells, cell{})
	}
	g.row.cells[g.column] = c
}

// cell is what the open cell says.
func (g *grid) cell() cell {
	text := g.value
	switch g.kind {
	case "s":
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 || i >= len(g.book.strings) {
			return cell{}
		}
		return literal(g.book.strings[i])
	case "inlineStr":
		return literal(g.inline.String())
	case "str":
		return literal(text)
	case "b":
		if text == "1" {
			return cell{text: "TRUE"}
		}
		return cell{text: "FALSE"}
	case "e":
		return cell{text: text, fault: failedFormula}
	case "d":
		return cell{text: text, fault: madeDate}
	}
	if g.inlined {
		return literal(g.inline.String())
	}
	return g.book.number(text, g.style)
}

func literal(s string) cell {
	if len(s) > maxCell {
		return cell{fault: tooLong}
	}
	return cell{text: s}
}

// addMerge takes a reference such as "B2:B5".
func (t *table) addMerge(ref string) error {
	if len(t.merges) == maxMerges {
		return errTooBig
	}
	from, to, _ := strings.Cut(ref, ":")
	left, top, ok := position(from)
	right, bottom, also := position(to)
	if ok && also && left <= right && top <= bottom {
		t.merges = append(t.merges, merge{top: top, bottom: bottom, left: left, right: right})
	}
	return nil
}

// position is the column, from 0, and the row, from 1, of "AB12".
func position(ref string) (column, line int, ok bool) {
	i := 0
	for ; i < len(ref) && i < 4 && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		column = column*26 + int(ref[i]-'A') + 1
	}
	line, err := strconv.Atoi(ref[i:])
	return column - 1, line, i > 0 && err == nil && line > 0 && line <= 1<<20
}

package sheet

import (
	"strings"
)

// table is one worksheet, or a CSV file: its rows with anything in them.
type table struct {
	name   string
	rows   []row
	merges []merge
}

type row struct {
	line  int
	cells []cell
}

// fault is what a table program did to a value.
type fault int

const (
	intact fault = iota
	digitsLost
	madeDate
	failedFormula
	tooLong
)

// cell is the text of one cell as it was written, or why that is not known.
type cell struct {
	text  string
	fault fault
}

func (c cell) blank() bool { return c.fault == intact && strings.TrimSpace(c.text) == "" }

// at is the cell in a column, blank where the row is shorter.
func (r row) at(column int) cell {
	if column < len(r.cells) {
		return r.cells[column]
	}
	return cell{}
}

func (r row) blank() bool {
	for _, c := range r.cells {
		if !c.blank() {
			return false
		}
	}
	return true
}

// merge is a rectangle of cells shown as one; lines and columns are inclusive,
// columns from 0.
type merge struct {
	top, bottom, left, right int
}

// spread gives the value of a merged cell to every row that it spans, as its
// reader sees it. The rows are in order.
func (t *table) spread() {
	byLine := make(map[int]int, len(t.rows))
	for i, r := range t.rows {
		byLine[r.line] = i
	}
	for _, m := range t.merges {
		i, ok := byLine[m.top]
		if !ok || m.left >= MaxColumns || m.bottom-m.top >= MaxRows {
			continue
		}
		value := t.rows[i].at(m.left)
		for line := m.top + 1; line <= m.bottom && !value.blank(); line++ {
			j, ok := byLine[line]
			if !ok {
				continue // nothing else stands in that row
			}
			r := &t.rows[j]
			for len(r.cells) <= m.left {
				r.cells = append(r.cells, cell{})
			}
			r.cells[m.left] = value
		}
	}
	t.merges = sideways(t.merges)
}

// sideways keeps the merges over several columns: of these it can't be told
// which field the value is of.
func sideways(all []merge) []merge {
	var list []merge
	for _, m := range all {
		if m.right > m.left {
			list = append(list, m)
		}
	}
	return list
}

// columnName is the letter a table program shows for a column: A, …, Z, AA.
func columnName(column int) string {
	name := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

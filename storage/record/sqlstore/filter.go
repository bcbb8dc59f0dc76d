package sqlstore

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
)

// filter builds the WHERE of a list, newest first. Only the conditions that are
// asked for are in the text: each then finds its index.
type filter struct {
	conditions strings.Builder
	args       []any
}

// arg adds an argument and returns its placeholder.
func (f *filter) arg(v any) string {
	f.args = append(f.args, v)
	return "$" + strconv.Itoa(len(f.args))
}

// where adds a condition, "column =", with its argument.
func (f *filter) where(condition string, v any) {
	f.and(condition + " " + f.arg(v))
}

func (f *filter) and(condition string) {
	if f.conditions.Len() > 0 {
		f.conditions.WriteString(" AND ")
	}
	f.conditions.WriteString(condition)
}

// after goes on behind the row that was seen last.
func (f *filter) after(created int64, id string) {
	f.and("(created, id) < (" + f.arg(created) + ", " + f.arg(id) + ")")
}

// newest selects at most limit rows. The alternatives are further conditions of
// which any may hold: each is looked up by itself, so that each keeps its order.
func (f *filter) newest(columns, table string, alternatives []string, limit int) string {
	order := " ORDER BY created DESC, id DESC LIMIT " + f.arg(bounded(limit))
	if len(alternatives) < 2 {
		for _, only := range alternatives {
			f.and(only)
		}
		return "SELECT " + columns + " FROM " + table + " WHERE " + f.text() + order
	}
	parts := make([]string, len(alternatives))
	for i, one := range alternatives {
		parts[i] = "SELECT * FROM (SELECT id FROM " + table + " WHERE " + f.text() + " AND " + one + order + ") AS part"
	}
	return "SELECT " + columns + " FROM " + table + " WHERE id IN (" + strings.Join(parts, " UNION ALL ") + ")" + order
}

func (f *filter) text() string {
	if f.conditions.Len() == 0 {
		return "1 = 1"
	}
	return f.conditions.String()
}

// most is how many rows a list returns where nothing is said.
const most = 1000

func bounded(limit int) int {
	if limit <= 0 || limit > most {
		return most
	}
	return limit
}

// filtered runs a query that is not always the same, so that it is not kept.
func filtered[T any](ctx context.Context, h *handle, scan func(*sql.Rows) (T, error), query string, args []any) ([]T, error) {
	rows, err := h.db.QueryContext(ctx, query, bind(args)...)
	if err != nil {
		return nil, err
	}
	return collect(rows, scan)
}

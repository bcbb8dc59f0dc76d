package sqlstore_test

import (
	"database/sql"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

// small are the tables that never have many rows.
var small = []string{"organisations", "webhooks", "signing_keys", "rejudges", "bootstrap", "tokens", "analyses"}

// queries are the texts that a suite met.
type queries struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (q *queries) add(all []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, query := range all {
		q.seen[query] = true
	}
}

// useIndexes asks both databases how they would run the queries: none reads a
// table that grows from its beginning to its end.
func (q *queries) useIndexes(t *testing.T) {
	sorted := slices.Sorted(maps.Keys(q.seen))
	if len(sorted) < 80 {
		t.Fatalf("%d queries were met", len(sorted))
	}
	each(t, func(t *testing.T, c sqlstore.Config) {
		x := newExplainer(t, opened(t, c), c.Driver)
		for _, query := range sorted {
			if strings.Contains(query, "sqlite_version") || strings.Contains(query, "unixepoch") {
				continue
			}
			plan := x.check(query, make([]any, parameters(query)))
			if c.Driver == sqlstore.SQLite && sorts.MatchString(plan) && !fewRows.MatchString(query) {
				t.Errorf("sorted:\n%s\n%s", query, plan)
			}
		}
	})
}

// TestListsUseIndexes: each filter that an organisation or an administrator may
// ask for is answered from an index in its order, without sorting.
func TestListsUseIndexes(t *testing.T) {
	t.Parallel()
	states, verdicts := []record.State{record.StateJudged}, []string{"return"}
	since := time.UnixMicro(1)
	filters := []record.Filter{
		{}, {States: states},
		{SHA256: "s"}, {MD5: "m"}, {PackageID: "p"},
		{Since: since, Before: since},
	}
	for _, f := range filters {
		f.Organisation = "org"
		filters = append(filters, f)
	}
	filters = append(filters,
		record.Filter{Organisation: "org", Verdicts: verdicts},
		record.Filter{Organisation: "org", States: append(states, record.StateQueued)},
		record.Filter{Organisation: "org", States: append(states, record.StateQueued), Verdicts: append(verdicts, "pass")},
		record.Filter{Organisation: "org", Purpose: record.PurposeFiling, Platform: "ios"})
	each(t, func(t *testing.T, c sqlstore.Config) {
		s := opened(t, c)
		x := newExplainer(t, s, c.Driver)
		for _, f := range filters {
			query, args, err := sqlstore.ListQuery(t.Context(), s, f)
			if err != nil {
				t.Fatal(err)
			}
			plan := x.check(query, args)
			if len(f.States) < 2 && (f.Organisation != "" || f.SHA256+f.MD5+f.PackageID == "") && sorts.MatchString(plan) {
				t.Errorf("%+v is sorted:\n%s", f, plan)
			}
		}
	})
}

var (
	sorts = regexp.MustCompile(`(?i)USE TEMP B-TREE|\bSort\b`)
	// Partial indexes of the few rows that are open, and the newest of all.
	inOrder      = regexp.MustCompile(`INDEX (blobs_deleting|jobs_due|jobs_dead|rejudges_running|rejudges_newest|submissions_newest|alarms_newest)$`)
	fewRows      = regexp.MustCompile(`FROM (facts|reports|signing_keys)\b`)
	sqliteScan   = regexp.MustCompile(`(?m)^SCAN (\w+)(.*)$`)
	postgresScan = regexp.MustCompile(`Seq Scan on (\w+)`)
	placeholder  = regexp.MustCompile(`\$(\d+)`)
)

func parameters(query string) (most int) {
	for _, m := range placeholder.FindAllStringSubmatch(query, -1) {
		var n int
		if _, err := fmt.Sscan(m[1], &n); err == nil {
			most = max(most, n)
		}
	}
	return most
}

// explainer asks a database how it would run a query.
type explainer struct {
	*testing.T
	conn   *sql.Conn
	driver string
}

func newExplainer(t *testing.T, s *sqlstore.Store, driver string) *explainer {
	conn, err := sqlstore.Writer(s).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	x := &explainer{T: t, conn: conn, driver: driver}
	if driver == sqlstore.Postgres {
		// The tables are empty: the question is whether there is an index at all.
		// bitmap scans lose the order, so they are no answer to a list.
		for _, setting := range []string{"enable_seqscan", "enable_bitmapscan", "enable_sort"} {
			x.exec("SET " + setting + " = off")
		}
		x.exec("SET plan_cache_mode = force_generic_plan")
	}
	return x
}

func (x *explainer) exec(query string) {
	x.Helper()
	if _, err := x.conn.ExecContext(x.Context(), query); err != nil {
		x.Fatalf("%v\n%s", err, query)
	}
}

// check returns the plan of a query. One that reads a growing table whole fails.
func (x *explainer) check(query string, args []any) string {
	x.Helper()
	var plan string
	var scanned []string
	if x.driver == sqlstore.SQLite {
		plan = x.sqlite(query, args)
		for _, m := range sqliteScan.FindAllStringSubmatch(plan, -1) {
			if !inOrder.MatchString(m[2]) {
				scanned = append(scanned, m[1])
			}
		}
	} else {
		plan = x.postgres(query, len(args))
		for _, m := range postgresScan.FindAllStringSubmatch(plan, -1) {
			scanned = append(scanned, m[1])
		}
	}
	for _, table := range scanned {
		if !slices.Contains(small, table) && !temporary.MatchString(table) {
			x.Errorf("%s is read whole:\n%s\n%s", table, query, plan)
		}
	}
	return plan
}

// temporary are the names of table expressions.
var temporary = regexp.MustCompile(`^(due|unused|past|part|CONSTANT|\w*subquery\w*)$`)

func (x *explainer) sqlite(query string, args []any) string {
	rows, err := x.conn.QueryContext(x.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		x.Fatalf("%v\n%s", err, query)
	}
	return lines(x.T, rows, func() (string, error) {
		var id, parent, unused int
		var detail string
		return detail, rows.Scan(&id, &parent, &unused, &detail)
	})
}

// postgres explains the plan that is made without knowing the arguments.
func (x *explainer) postgres(query string, args int) string {
	x.exec("PREPARE p AS " + query)
	defer x.exec("DEALLOCATE p")
	call := "EXPLAIN EXECUTE p"
	if args > 0 {
		call += "(" + strings.TrimSuffix(strings.Repeat("NULL, ", args), ", ") + ")"
	}
	rows, err := x.conn.QueryContext(x.Context(), call)
	if err != nil {
		x.Fatalf("%v\n%s", err, query)
	}
	return lines(x.T, rows, func() (line string, err error) {
		err = rows.Scan(&line)
		return line, err
	})
}

func lines(t *testing.T, rows *sql.Rows, scan func() (string, error)) string {
	defer rows.Close()
	var all []string
	for rows.Next() {
		line, err := scan()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

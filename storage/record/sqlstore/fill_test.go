package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"heyan/storage/record/sqlstore"
)

// filling is what the two databases do differently when they are filled.
type filling struct {
	random  string // 64 hexadecimal digits
	indexes string // the names and the texts of the indexes that are no keys
	before  []string
	after   []string
}

var fillings = map[string]filling{
	sqlstore.SQLite: {
		random:  `lower(hex(randomblob(32)))`,
		indexes: `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`,
		before:  []string{`PRAGMA journal_mode = OFF`, `PRAGMA synchronous = OFF`, `PRAGMA cache_size = -400000`, `PRAGMA foreign_keys = OFF`},
		after:   []string{`PRAGMA journal_mode = WAL`, `PRAGMA synchronous = FULL`, `PRAGMA cache_size = -16384`, `PRAGMA foreign_keys = ON`},
	},
	sqlstore.Postgres: {
		random: `(md5(random()::text) || md5(random()::text))`,
		indexes: `SELECT indexname, indexdef FROM pg_indexes
			WHERE schemaname = 'public' AND indexname NOT LIKE '%_pkey' AND indexname NOT LIKE '%_key' AND indexname NOT LIKE 'goose%'`,
		before: []string{`SET session_replication_role = replica`, `SET synchronous_commit = off`, `SET maintenance_work_mem = '256MB'`},
		after:  []string{`VACUUM ANALYZE`, `SET session_replication_role = DEFAULT`, `SET synchronous_commit = on`},
	},
}

// The rows: n judged filings of 20 organisations, half of them the first one's,
// each with a package, a job, a judgement and a report of its own; 40 of them to
// an app; and 1000 jobs that wait.
var rows = []string{
	`INSERT INTO organisations (id, name, created, disabled)
	WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
	SELECT 'org_' || CAST(i AS TEXT), 'name ' || CAST(i AS TEXT), 1, 0 FROM n`,

	`INSERT INTO submissions (id, organisation, purpose, state, lane, filing_digest, platform, app_name, file_name,
		sha256, md5, size, blob_key, supersedes, package_id, version, found_platform, verdict, judgement, judgements,
		report_digest, job, created, updated, acknowledged, expires, attached_expires, created_by, filing)
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n})
	SELECT 'sub_' || CAST(10000000000 + i AS TEXT), 'org_' || CAST(CASE WHEN i % 2 = 0 THEN 0 ELSE i % 20 END AS TEXT),
		'filing', CASE WHEN i % 1000 = 0 THEN 'stuck' ELSE 'judged' END, 'interactive', 'sha256:' || {random},
		CASE WHEN i % 3 = 0 THEN 'ios' ELSE 'android' END, '应用', '应用.apk',
		{random}, substr({random}, 1, 32), 50000000, 'key_' || CAST(10000000000 + i AS TEXT), '',
		'cn.example.app' || CAST(i % (1 + {n} / 40) AS TEXT), '1.0', CASE WHEN i % 3 = 0 THEN 'ios' ELSE 'android' END,
		CASE i % 10 WHEN 0 THEN 'review' WHEN 1 THEN 'return' ELSE 'pass' END, 1, 1,
		'sha256:' || CAST(10000000000 + i AS TEXT), 'job_' || CAST(10000000000 + i AS TEXT),
		CAST(1700000000000000 AS BIGINT) + CAST(i AS BIGINT) * 1000000, 0, 0, 0, 0, 'tok_1', {filing}
	FROM n`,

	`INSERT INTO blobs (key, sha256, md5, size, created, state, refs, filed)
	SELECT blob_key, sha256, md5, size, created, 'live', 1, 1 FROM submissions`,

	`INSERT INTO digests (md5, sha256) SELECT md5, sha256 FROM submissions ORDER BY md5`,

	`INSERT INTO jobs (id, submission, organisation, cause, lane, state, sha256, md5, size, package_id, against, epoch, attempts,
		run_at, lease_until, due, run, created, started, ended, filing)
	SELECT job, id, organisation, 'submitted', lane, 'done', sha256, md5, size, '', 0, 1, 1,
		created, created, created, '', created, created, created, {empty}
	FROM submissions`,

	`INSERT INTO reports (digest, body, key_id, signature, created)
	SELECT report_digest, {report}, 'key_1', {empty}, created FROM submissions`,

	`INSERT INTO judgements (submission, seq, job, cause, verdict, report_digest, package_digest, filing_digest, policy_digest,
		previous_digest, as_of, engine, rules, created)
	SELECT id, 1, job, 'submitted', verdict, report_digest, 'sha256:' || sha256, filing_digest, filing_digest,
		'', '2026-03-01', '1.0', filing_digest, created
	FROM submissions`,

	`UPDATE jobs SET state = 'queued' WHERE id IN (SELECT id FROM jobs ORDER BY id LIMIT 1000)`,
	`UPDATE submissions SET state = 'queued' WHERE job IN (SELECT id FROM jobs ORDER BY id LIMIT 1000)`,
}

var indexName = regexp.MustCompile(`^\w+$`)

// fill puts n submissions into an empty database. The indexes are built after.
func fill(b *testing.B, s *sqlstore.Store, driver string, n int) {
	ctx := context.Background()
	conn, err := sqlstore.Writer(s).Conn(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	run := func(statement string) {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			b.Fatalf("%v\n%s", err, statement)
		}
	}
	f := fillings[driver]
	words := strings.NewReplacer("{n}", fmt.Sprint(n), "{random}", f.random, "{empty}", bytesOf(driver, nil),
		"{filing}", bytesOf(driver, []byte(strings.Repeat(`{"version":"1.0","permissions":[]}`, 12))),
		"{report}", bytesOf(driver, sqlstore.Packed(s, []byte(`{"verdict":"pass"}`))))
	for _, statement := range f.before {
		run(statement)
	}
	var again []string
	for name, text := range indexes(b, conn, f.indexes) {
		if !indexName.MatchString(name) {
			b.Fatalf("an index is called %q", name)
		}
		run("DROP INDEX " + name)
		again = append(again, text)
	}
	for _, statement := range rows {
		run(words.Replace(statement))
	}
	for _, statement := range append(again, f.after...) {
		run(statement)
	}
}

func indexes(b *testing.B, conn *sql.Conn, query string) map[string]string {
	rows, err := conn.QueryContext(context.Background(), query)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			b.Fatal(err)
		}
		all[name] = text
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return all
}

// bytesOf writes bytes as SQL.
func bytesOf(driver string, v []byte) string {
	if driver == sqlstore.Postgres {
		return fmt.Sprintf(`'\x%x'::bytea`, v)
	}
	return fmt.Sprintf("x'%x'", v)
}

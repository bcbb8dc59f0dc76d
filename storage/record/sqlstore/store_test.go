package sqlstore_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"testing"

	"heyan/internal/servertest"
	"heyan/storage/record/recordtest"
	"heyan/storage/record/sqlstore"
)

func TestSQLite(t *testing.T) {
	t.Parallel()
	met := queries{seen: map[string]bool{}}
	t.Run("suite", func(t *testing.T) {
		recordtest.RunTests(t, func(t *testing.T) recordtest.Database {
			d := database(t, sqliteConfig(t))
			t.Cleanup(func() { met.add(sqlstore.Queries(d.Store.(*sqlstore.Store))) })
			return d
		})
	})
	t.Run("indexes", met.useIndexes)
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	made := &pool{of: t}
	recordtest.RunTests(t, func(t *testing.T) recordtest.Database {
		c := made.take(t)
		return database(t, c)
	})
}

// pool gives each test a database that no other has, and empties it after: to make
// one takes PostgreSQL longer than most tests.
type pool struct {
	of   *testing.T
	mu   sync.Mutex
	free []sqlstore.Config
}

func (p *pool) take(t *testing.T) sqlstore.Config {
	p.mu.Lock()
	defer p.mu.Unlock()
	var c sqlstore.Config
	if n := len(p.free); n > 0 {
		c, p.free = p.free[n-1], p.free[:n-1]
	} else {
		c = postgresConfig(p.of)
	}
	t.Cleanup(func() {
		empty(t, c)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.free = append(p.free, c)
	})
	return c
}

// empty removes all rows and what watched them.
func empty(t *testing.T, c sqlstore.Config) {
	db, err := sql.Open("pgx", c.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	statements := []string{`DROP TABLE IF EXISTS changes`, `DROP FUNCTION IF EXISTS note CASCADE`}
	for _, table := range []string{"deliveries", "webhooks", "judgements", "reports", "jobs", "submissions", "idempotency", "digests",
		"blobs", "facts", "analyses", "tokens", "organisations", "bootstrap", "signing_keys", "alarms", "rejudges"} {
		statements = append(statements, `DELETE FROM `+table)
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(context.Background(), statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func sqliteConfig(t testing.TB) sqlstore.Config {
	return sqlstore.Config{Driver: sqlstore.SQLite, Path: filepath.Join(t.TempDir(), "a name?with#signs%20.db")}
}

func postgresConfig(t testing.TB) sqlstore.Config {
	return sqlstore.Config{Driver: sqlstore.Postgres, DSN: servertest.Postgres(t).DSN()}
}

// opened opens a database and brings its schema up to date.
func opened(t testing.TB, c sqlstore.Config) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func database(t *testing.T, c sqlstore.Config) recordtest.Database {
	s := opened(t, c)
	return recordtest.Database{
		Store: s,
		Again: func(t *testing.T) recordtest.Store { return opened(t, c) },
		Watch: func(t *testing.T) func() []recordtest.Change { return watch(t, s, c.Driver) },
	}
}

// The triggers that note every change of a state.
var triggers = map[string][]string{
	sqlstore.SQLite: {
		`CREATE TABLE changes (tbl TEXT, id TEXT, was TEXT, became TEXT)`,
		`CREATE TRIGGER s1 AFTER INSERT ON submissions BEGIN INSERT INTO changes VALUES ('submissions', NEW.id, '', NEW.state); END`,
		`CREATE TRIGGER s2 AFTER UPDATE ON submissions WHEN OLD.state <> NEW.state BEGIN INSERT INTO changes VALUES ('submissions', NEW.id, OLD.state, NEW.state); END`,
		`CREATE TRIGGER j1 AFTER INSERT ON jobs BEGIN INSERT INTO changes VALUES ('jobs', NEW.id, '', NEW.state); END`,
		`CREATE TRIGGER j2 AFTER UPDATE ON jobs WHEN OLD.state <> NEW.state BEGIN INSERT INTO changes VALUES ('jobs', NEW.id, OLD.state, NEW.state); END`,
	},
	sqlstore.Postgres: {
		`CREATE TABLE changes (tbl text, id text, was text, became text)`,
		`CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF TG_OP = 'INSERT' THEN
				INSERT INTO changes VALUES (TG_TABLE_NAME, NEW.id, '', NEW.state);
			ELSIF OLD.state <> NEW.state THEN
				INSERT INTO changes VALUES (TG_TABLE_NAME, NEW.id, OLD.state, NEW.state);
			END IF;
			RETURN NEW;
		END $$`,
		`CREATE TRIGGER s AFTER INSERT OR UPDATE ON submissions FOR EACH ROW EXECUTE FUNCTION note()`,
		`CREATE TRIGGER j AFTER INSERT OR UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION note()`,
	},
}

func watch(t *testing.T, s *sqlstore.Store, driver string) func() []recordtest.Change {
	db := sqlstore.Writer(s)
	for _, statement := range triggers[driver] {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return func() []recordtest.Change { return changes(t, db) }
}

func changes(t *testing.T, db *sql.DB) (list []recordtest.Change) {
	rows, err := db.QueryContext(t.Context(), `SELECT tbl, id, was, became FROM changes`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c recordtest.Change
		if err := rows.Scan(&c.Table, &c.ID, &c.From, &c.To); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

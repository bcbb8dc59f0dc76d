package sqlstore_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"heyan/storage/record/sqlstore"
)

// each runs a test on both databases.
func each(t *testing.T, test func(t *testing.T, c sqlstore.Config)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, sqliteConfig(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, postgresConfig(t))
	})
}

func TestManyStartersMigrateOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c sqlstore.Config) {
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				s, err := sqlstore.Open(t.Context(), c)
				if err != nil {
					t.Error(err)
					return
				}
				defer s.Close()
				if err := s.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		s := opened(t, c)
		have, want, err := s.SchemaVersion(t.Context())
		if err != nil || have != want {
			t.Fatalf("schema %d, want %d: %v", have, want, err)
		}
		var rows int64
		query := `SELECT count(*) FROM goose_db_version WHERE version_id > 0`
		if err := sqlstore.Writer(s).QueryRowContext(t.Context(), query).Scan(&rows); err != nil || rows != want {
			t.Fatalf("%d migrations were applied, want %d: %v", rows, want, err)
		}
	})
}

func TestAnOldSchemaIsRefusedUntilItIsMigrated(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c sqlstore.Config) {
		s, err := sqlstore.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var schema *sqlstore.SchemaError
		if _, err := s.Organisations(t.Context(), "", 1); !errors.As(err, &schema) || schema.Have != 0 {
			t.Fatalf("error %v, want that of the schema", err)
		}
		opened(t, c) // another process migrates
		if _, err := s.Organisations(t.Context(), "", 1); err != nil {
			t.Fatal(err)
		}
	})
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c sqlstore.Config) {
		s := opened(t, c)
		_, err := sqlstore.Writer(s).ExecContext(t.Context(),
			`INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES (9999, $1, CURRENT_TIMESTAMP)`, true)
		if err != nil {
			t.Fatal(err)
		}
		var schema *sqlstore.SchemaError
		if _, err := sqlstore.Open(t.Context(), c); !errors.As(err, &schema) || schema.Have != 9999 {
			t.Fatalf("error %v, want that of the schema", err)
		}
		if err := s.Migrate(t.Context()); !errors.As(err, &schema) {
			t.Fatalf("error %v, want that of the schema", err)
		}
	})
}

func TestBadConfigurations(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]sqlstore.Config{
		"nothing":     {},
		"no path":     {Driver: sqlstore.SQLite},
		"no DSN":      {Driver: sqlstore.Postgres},
		"no driver":   {Driver: "mysql", DSN: "x"},
		"bad DSN":     {DSN: "postgres://user:geheim@host:port/x"},
		"no folder":   {Path: "/nowhere/at/all/heyan.db"},
		"no server":   {DSN: "postgres://user:geheim@127.0.0.1:1/x"},
		"no database": {DSN: "host=127.0.0.1 port=1 password=geheim"},
	} {
		s, err := sqlstore.Open(t.Context(), c)
		if err == nil {
			t.Errorf("%s: no error", name)
			s.Close()
			continue
		}
		if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
}

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	s := opened(t, sqliteConfig(t))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

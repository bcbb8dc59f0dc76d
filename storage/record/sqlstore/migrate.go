package sqlstore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// SchemaError: the database's schema is not the one that this program knows.
type SchemaError struct {
	Have, Want int64
}

func (e *SchemaError) Error() string {
	if e.Have > e.Want {
		return fmt.Sprintf("the database's schema is version %d, newer than this program's %d: use the newer heyan that made it", e.Have, e.Want)
	}
	return fmt.Sprintf("the database's schema is version %d, older than this program's %d: run `heyan migrate`", e.Have, e.Want)
}

// SchemaVersion returns the version that the database has, 0 where it is empty,
// and the one that this program knows.
func (s *Store) SchemaVersion(ctx context.Context) (have, want int64, err error) {
	p, err := s.provider()
	if err != nil {
		return 0, 0, err
	}
	sources := p.ListSources()
	want = sources[len(sources)-1].Version
	there, err := s.hasVersions(ctx)
	if err == nil && there {
		err = s.writer.db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version`).Scan(&have)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read the schema's version: %w", err)
	}
	return have, want, nil
}

// hasVersions reports whether the database was ever migrated.
func (s *Store) hasVersions(ctx context.Context) (bool, error) {
	query := `SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'`
	if s.dialect.name == Postgres {
		query = `SELECT count(*) FROM pg_tables WHERE tablename = 'goose_db_version' AND schemaname = ANY (current_schemas(false))`
	}
	var n int
	err := s.writer.db.QueryRowContext(ctx, query).Scan(&n)
	return n > 0, err
}

// checkSchema lets methods in, or returns a *SchemaError.
func (s *Store) checkSchema(ctx context.Context) error {
	have, want, err := s.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	s.current.Store(have == want)
	if have != want {
		return &SchemaError{Have: have, Want: want}
	}
	return nil
}

// Migrate brings the schema to this program's version. However many processes
// call it at once, each migration is applied once: PostgreSQL under an advisory
// lock, SQLite because the second one's transaction fails, rolls back and looks
// again.
func (s *Store) Migrate(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		var newer *SchemaError
		if err := s.checkSchema(ctx); err == nil {
			return nil
		} else if errors.As(err, &newer) && newer.Have > newer.Want {
			return err
		}
		if _, err = p.Up(ctx); err == nil {
			return s.checkSchema(ctx)
		}
		if s.dialect.name == Postgres || try == 10 || ctx.Err() != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		if err := sleep(ctx, time.Duration(try+1)*20*time.Millisecond); err != nil {
			return err
		}
	}
}

func (s *Store) provider() (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, s.dialect.migrations)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	options := []goose.ProviderOption{
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)),
	}
	dialect := goose.DialectSQLite3
	if s.dialect.name == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300), lock.WithUnlockTimeout(1, 30))
		if err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, s.writer.db, folder, options...)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return p, nil
}

// sleep waits, or returns ctx's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// The drivers.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Config says which database to open.
type Config struct {
	// Driver is SQLite or Postgres; "" is SQLite where Path is set, else Postgres.
	Driver string
	// Path is the file of SQLite. Its folder is there already.
	Path string
	// DSN is PostgreSQL's, as a URL or as keywords. It is never part of an error.
	DSN string
	// MaxConns bounds the connections: PostgreSQL's all (default 16), of SQLite
	// those that read (default 4).
	MaxConns int
}

// Store is an open database. Its methods may be called concurrently.
type Store struct {
	dialect dialect
	path    string  // of SQLite's file, "" else
	writer  *handle // the same as reader on PostgreSQL
	reader  *handle
	packer  *packer
	// current: the schema is the one that this program knows.
	current atomic.Bool

	closing sync.Once
	closed  error
}

// Open opens the database. One whose schema is newer than this program's is a
// *SchemaError; an older one, or a new and empty database, is opened, but all
// methods return a *SchemaError until Migrate was called.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Driver == "" {
		c.Driver = Postgres
		if c.Path != "" {
			c.Driver = SQLite
		}
	}
	var s *Store
	var err error
	switch c.Driver {
	case SQLite:
		s, err = openSQLite(c)
	case Postgres:
		s, err = openPostgres(c)
	default:
		return nil, fmt.Errorf("no such database driver: %q (there are %q and %q)", c.Driver, SQLite, Postgres)
	}
	if err != nil {
		return nil, err
	}
	if s.packer, err = newPacker(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	var behind *SchemaError
	switch err := s.checkSchema(ctx); {
	case errors.As(err, &behind) && behind.Have < behind.Want:
	case err != nil:
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes the database. It is idempotent.
func (s *Store) Close() error {
	s.closing.Do(func() {
		if s.reader != s.writer {
			s.closed = s.reader.close()
		}
		s.closed = errors.Join(s.closed, s.writer.close())
	})
	return s.closed
}

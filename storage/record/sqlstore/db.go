package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"time"

	"heyan/storage/record"
)

// tx is one transaction.
type tx struct {
	sql    *sql.Tx
	handle *handle
}

func (t *tx) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := t.handle.kept(query); stmt != nil {
		return t.sql.StmtContext(ctx, stmt).QueryContext(ctx, bind(args)...)
	}
	return t.sql.QueryContext(ctx, query, bind(args)...)
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	var result sql.Result
	var err error
	if stmt := t.handle.kept(query); stmt != nil {
		result, err = t.sql.StmtContext(ctx, stmt).ExecContext(ctx, bind(args)...)
	} else {
		result, err = t.sql.ExecContext(ctx, query, bind(args)...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// queryer runs a query: a transaction, or the handle that reads.
type queryer interface {
	query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// one returns the first row of a query, or record.ErrNotFound.
func one[T any](ctx context.Context, q queryer, scan func(*sql.Rows) (T, error), query string, args ...any) (T, error) {
	all, err := many(ctx, q, scan, query, args...)
	if err == nil && len(all) == 0 {
		err = record.ErrNotFound
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return all[0], nil
}

// many returns the rows of a query.
func many[T any](ctx context.Context, q queryer, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, scan)
}

// collect reads rows to their end.
func collect[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return all, rows.Close()
}

// column scans rows of one column.
func column[T any](rows *sql.Rows) (v T, err error) {
	err = rows.Scan(&v)
	return v, err
}

// tries bounds how often a transaction that only met another one is repeated.
const tries = 8

// write runs f in a transaction and commits it. f may run more than once; whatever
// it returns undoes what it did.
func (s *Store) write(ctx context.Context, what string, f func(*tx) error) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	for try := 1; ; try++ {
		err := s.attempt(ctx, f)
		if err == nil {
			return nil
		}
		if s.dialect.classify(err) != faultAgain || try == tries || ctx.Err() != nil {
			return s.told(what, err)
		}
		backoff := time.Duration(1<<try) * time.Millisecond
		if err := sleep(ctx, backoff/2+rand.N(backoff)); err != nil {
			return s.told(what, err)
		}
	}
}

func (s *Store) attempt(ctx context.Context, f func(*tx) error) (err error) {
	t, err := s.writer.begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = t.sql.Rollback() // what failed before is what matters
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	return t.sql.Commit()
}

// read runs one query outside of a transaction.
func (s *Store) read(ctx context.Context, what string, f func(queryer) error) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.told(what, f(s.reader))
}

// ready returns a *SchemaError while the schema is not the one this program knows.
func (s *Store) ready(ctx context.Context) error {
	if s.current.Load() {
		return nil
	}
	return s.checkSchema(ctx)
}

// told turns an error into one of the contract's.
func (s *Store) told(what string, err error) error {
	if err == nil {
		return nil
	}
	switch s.dialect.classify(err) {
	case faultUnique:
		err = fmt.Errorf("%w: %w", record.ErrConflict, err)
	case faultReference:
		err = fmt.Errorf("%w: %w", record.ErrNotFound, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// handle is a pool of connections. On SQLite it keeps the methods' statements
// prepared; PostgreSQL's driver does that itself.
type handle struct {
	db    *sql.DB
	keeps bool

	mu     sync.Mutex
	stmts  map[string]*sql.Stmt
	wanted []string // used in a transaction and not yet prepared
}

func newHandle(db *sql.DB, keeps bool) *handle {
	return &handle{db: db, keeps: keeps, stmts: map[string]*sql.Stmt{}}
}

// query runs a query of a method, whose text is always the same.
func (h *handle) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if !h.keeps {
		return h.db.QueryContext(ctx, query, bind(args)...)
	}
	stmt, err := h.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, bind(args)...)
}

// prepare returns the statement of a query.
func (h *handle) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	h.mu.Lock()
	stmt := h.stmts[query]
	h.mu.Unlock()
	if stmt != nil {
		return stmt, nil
	}
	made, err := h.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if stmt := h.stmts[query]; stmt != nil { // another was quicker
		return stmt, made.Close()
	}
	h.stmts[query] = made
	return made, nil
}

// kept returns the statement of a query if it is prepared. If not it will be
// before the next transaction: within one the only connection is taken.
func (h *handle) kept(query string) *sql.Stmt {
	if !h.keeps {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	stmt := h.stmts[query]
	if stmt == nil {
		h.wanted = append(h.wanted, query)
	}
	return stmt
}

// begin starts a transaction that may write.
func (h *handle) begin(ctx context.Context) (*tx, error) {
	h.mu.Lock()
	wanted := h.wanted
	h.wanted = nil
	h.mu.Unlock()
	for _, query := range wanted {
		if _, err := h.prepare(ctx, query); err != nil {
			return nil, err
		}
	}
	t, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &tx{sql: t, handle: h}, nil
}

func (h *handle) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var errs []error
	for _, stmt := range h.stmts {
		errs = append(errs, stmt.Close())
	}
	clear(h.stmts)
	return errors.Join(append(errs, h.db.Close())...)
}

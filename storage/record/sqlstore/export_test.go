package sqlstore

import (
	"context"
	"database/sql"

	"heyan/storage/record"
)

// Writer is the pool that writes.
func Writer(s *Store) *sql.DB { return s.writer.db }

// Reader is the pool that reads.
func Reader(s *Store) *sql.DB { return s.reader.db }

// Queries are the texts that the store has run, but for those of filters.
func Queries(s *Store) []string {
	var all []string
	for _, h := range []*handle{s.reader, s.writer} {
		h.mu.Lock()
		all = append(all, h.wanted...)
		for query := range h.stmts {
			all = append(all, query)
		}
		h.mu.Unlock()
	}
	return all
}

// ListQuery is the text of a filter.
func ListQuery(ctx context.Context, s *Store, f record.Filter) (string, []any, error) {
	query, args, err := submissionList(ctx, s.reader, f)
	return query, bind(args), err
}

// Packed are the bytes as they are stored.
func Packed(s *Store, body []byte) []byte { return s.packer.pack(body) }

// Path is SQLite's file.
func Path(s *Store) string { return s.path }

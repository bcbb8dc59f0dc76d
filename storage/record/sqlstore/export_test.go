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

// Exchange runs the statements in one transaction, meeting before the last, and
// returns how often it was tried.
func Exchange(ctx context.Context, s *Store, meet func(), statements ...string) (tries int, err error) {
	err = s.write(ctx, "exchange", func(t *tx) error {
		tries++
		for i, statement := range statements {
			if i == len(statements)-1 && tries == 1 {
				meet()
			}
			if _, err := t.exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	return tries, err
}

// Path is SQLite's file.
func Path(s *Store) string { return s.path }

package sqlstore

import "database/sql"

// Writer is the pool that writes.
func Writer(s *Store) *sql.DB { return s.writer.db }

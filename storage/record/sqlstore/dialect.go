package sqlstore

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is what the two databases do differently.
type dialect struct {
	name string
	// migrations is the folder of the embedded migrations.
	migrations string
	// skipLocked ends a SELECT of rows to be changed: those that another
	// transaction holds are passed over.
	skipLocked string
	// version and clock select the server's version, and its time in microseconds.
	version, clock string
	// size selects the bytes that the database takes.
	size string
	// classify says what an error of the driver means.
	classify func(error) fault
}

// fault is what an error of the database means.
type fault int

const (
	faultOther fault = iota
	faultUnique
	faultReference // a row that is referred to is not there
	faultAgain     // only another transaction was in the way
)

var sqliteDialect = dialect{
	name:       SQLite,
	migrations: "migrations/sqlite",
	version:    `SELECT 'SQLite ' || sqlite_version()`,
	clock:      `SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)`,
	size:       `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`,
	classify: func(err error) fault {
		var e *sqlite.Error
		if !errors.As(err, &e) {
			return faultOther
		}
		switch e.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return faultUnique
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return faultReference
		}
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return faultAgain
		}
		return faultOther
	},
}

var postgresDialect = dialect{
	name:       Postgres,
	migrations: "migrations/postgres",
	skipLocked: ` FOR UPDATE SKIP LOCKED`,
	version:    `SELECT 'PostgreSQL ' || current_setting('server_version')`,
	clock:      `SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)`,
	size:       `SELECT pg_database_size(current_database())`,
	classify: func(err error) fault {
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			return faultOther
		}
		switch e.Code {
		case "23505": // unique_violation
			return faultUnique
		case "23503": // foreign_key_violation
			return faultReference
		case "40001", "40P01", "55P03": // serialization_failure, deadlock_detected, lock_not_available
			return faultAgain
		}
		return faultOther
	},
}

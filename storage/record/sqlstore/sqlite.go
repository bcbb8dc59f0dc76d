package sqlstore

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// openSQLite opens a file with one connection that writes and some that read.
func openSQLite(c Config) (*Store, error) {
	if c.Path == "" {
		return nil, errors.New("open SQLite: no path given")
	}
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	if err := private(path); err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	writer, err := sql.Open("sqlite", sqliteURI(path,
		"_txlock", "immediate",
		"_busy_timeout", "10000",
		"_journal_mode", "WAL",
		"_synchronous", "FULL",
		"_foreign_keys", "on",
		"_dqs", "false",
		"_pragma", "cache_size(-16384)", // KiB
		"_pragma", "journal_size_limit(67108864)",
	))
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", sqliteURI(path,
		"mode", "ro",
		"_busy_timeout", "10000",
		"_dqs", "false",
		"_pragma", "cache_size(-4096)",
	))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open SQLite: %w", err), writer.Close())
	}
	readers := cmp.Or(max(c.MaxConns, 0), 4)
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return &Store{
		dialect: sqliteDialect,
		path:    path,
		writer:  newHandle(writer, true),
		reader:  newHandle(reader, true),
	}, nil
}

// private makes the file, if it is not there, for nobody else to read: it holds
// filings and the signing key. SQLite gives the files beside it the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// sqliteURI names a file and the settings of a connection to it.
func sqliteURI(path string, settings ...string) string {
	q := url.Values{}
	for i := 0; i < len(settings); i += 2 {
		q.Add(settings[i], settings[i+1])
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") { // C:/...
		slashed = "/" + slashed
	}
	u := url.URL{Scheme: "file", Path: slashed, RawQuery: q.Encode()}
	return u.String()
}

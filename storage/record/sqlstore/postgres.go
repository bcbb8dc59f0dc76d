package sqlstore

import (
	"cmp"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgres prepares a pool; connections are made when they are needed.
func openPostgres(c Config) (*Store, error) {
	if c.DSN == "" {
		return nil, errors.New("open PostgreSQL: no DSN given")
	}
	config, err := pgx.ParseConfig(c.DSN)
	if err != nil {
		// The driver's own words may hold parts of the DSN.
		return nil, errors.New("open PostgreSQL: the DSN is not valid: write postgres://user:password@host:5432/database")
	}
	config.ConnectTimeout = cmp.Or(config.ConnectTimeout, 5*time.Second)
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "heyan"
	}
	// An acknowledged commit is on the disk, whatever the server's default is.
	if config.RuntimeParams["synchronous_commit"] == "" {
		config.RuntimeParams["synchronous_commit"] = "on"
	}
	db := stdlib.OpenDB(*config)
	conns := cmp.Or(max(c.MaxConns, 0), 16)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	h := newHandle(db, false)
	return &Store{dialect: postgresDialect, writer: h, reader: h}, nil
}

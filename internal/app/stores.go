package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"heyan/internal/config"
	"heyan/internal/webhook"
	"heyan/queue"
	"heyan/queue/inproc"
	"heyan/queue/redis"
	"heyan/storage/blob"
	"heyan/storage/blob/disk"
	"heyan/storage/blob/s3"
	"heyan/storage/record/sqlstore"
)

// Stores are the open components. Commands that repair something use them without
// the rest.
type Stores struct {
	Records *sqlstore.Store
	Blobs   blob.Store
	Queue   queue.Queue
	config  *config.Config
	now     func() time.Time
	closers []func() error
}

// OpenStores opens all components.
func OpenStores(ctx context.Context, c *config.Config, log *slog.Logger, now func() time.Time) (_ *Stores, err error) {
	s := &Stores{config: c, now: now}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := s.openRecords(ctx); err != nil {
		return nil, err
	}
	if err := s.openBlobs(ctx); err != nil {
		return nil, err
	}
	return s, s.openQueue(ctx, log)
}

// OpenRecords opens the database alone, for commands that repair it.
func OpenRecords(ctx context.Context, c *config.Config, now func() time.Time) (*Stores, error) {
	s := &Stores{config: c, now: now}
	return s, s.openRecords(ctx)
}

// Close closes what is open, the newest first. It is idempotent.
func (s *Stores) Close() error {
	var errs []error
	for len(s.closers) > 0 {
		last := len(s.closers) - 1
		errs = append(errs, s.closers[last]())
		s.closers = s.closers[:last]
	}
	return errors.Join(errs...)
}

func (s *Stores) openRecords(ctx context.Context) error {
	c := s.config.Records
	db := sqlstore.Config{Driver: sqlstore.SQLite, Path: c.SQLitePath}
	if c.Engine == config.Postgres {
		db = sqlstore.Config{Driver: sqlstore.Postgres, DSN: dsn(c), MaxConns: c.MaxConnections}
	} else if err := private(c.SQLitePath); err != nil {
		return &Error{ZH: fmt.Sprintf("不能建立数据库文件 %q，请检查目录和权限", c.SQLitePath),
			EN: fmt.Sprintf("cannot make the database %q; check the folder and its permissions", c.SQLitePath), Cause: err}
	}
	records, err := sqlstore.Open(ctx, db)
	var schema *sqlstore.SchemaError
	switch {
	case errors.As(err, &schema):
		return schemaError(schema)
	case err != nil:
		return &Error{ZH: "打不开数据库，请检查 records 一节的设置和数据库是否在运行（heyan doctor）",
			EN: "cannot open the database; check the section records and whether it is running (heyan doctor)", Cause: err}
	}
	s.Records = records
	s.closers = append(s.closers, records.Close)
	return nil
}

// private makes the database's file for its owner alone, where it is not there: it
// holds signing keys, and SQLite gives its other files the same permissions.
func private(name string) error {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// dsn is PostgreSQL's, with the password that stands elsewhere.
func dsn(c config.Records) string {
	text, password := c.DSN.Reveal(), c.Password.Reveal()
	if password == "" {
		return text
	}
	if u, err := url.Parse(text); err == nil && u.Scheme != "" {
		u.User = url.UserPassword(u.User.Username(), password)
		return u.String()
	}
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(password)
	return text + " password='" + quoted + "'"
}

func (s *Stores) openBlobs(ctx context.Context) error {
	c := s.config.Blobs
	if c.Engine == config.Disk {
		store, err := disk.Open(disk.Config{Dir: c.Path})
		if err != nil {
			return &Error{ZH: fmt.Sprintf("打不开安装包目录 %q，请检查权限", c.Path), EN: fmt.Sprintf("cannot open the folder of packages %q; check its permissions", c.Path), Cause: err}
		}
		s.Blobs = store
		s.closers = append(s.closers, store.Close)
		return nil
	}
	store, err := s3.Open(ctx, s3.Config{
		Endpoint: c.Endpoint, Bucket: c.Bucket, Prefix: c.Prefix, Region: c.Region, PathStyle: c.PathStyle,
		AccessKey: c.AccessKey.Reveal(), SecretKey: c.SecretKey.Reveal(), CAFile: c.CAFile, CreateBucket: c.CreateBucket,
	})
	switch {
	case errors.Is(err, s3.ErrNoBucket):
		return &Error{ZH: fmt.Sprintf("S3 里没有桶 %q。", c.Bucket) + noBucketZH, EN: fmt.Sprintf("there is no bucket %q: ", c.Bucket) + noBucketEN, Cause: err}
	case err != nil:
		return &Error{ZH: "连不上 S3，请检查 blobs 一节的地址、桶和密钥（heyan doctor）",
			EN: "cannot reach S3; check address, bucket and keys in the section blobs (heyan doctor)", Cause: err}
	}
	s.Blobs = store
	s.closers = append(s.closers, func() error { store.Close(); return nil })
	return nil
}

// What to do where the bucket is not there.
const (
	noBucketZH = "请核对 blobs.bucket 并先建好这个桶，或设置 blobs.create_bucket: true 由 heyan 在启动时建立"
	noBucketEN = "check blobs.bucket and make it first, or set blobs.create_bucket: true to have heyan make it at a start"
)

func (s *Stores) openQueue(ctx context.Context, log *slog.Logger) error {
	c := s.config.Queue
	if c.Engine == config.Inproc {
		s.Queue = inproc.New(inproc.Config{})
		s.closers = append(s.closers, s.Queue.Close)
		return nil
	}
	rc := redis.Config{Addr: c.Addr, Username: c.Username, Password: c.Password.Reveal(), DB: c.DB, Prefix: c.Prefix, Log: log}
	if c.TLS {
		rc.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	// A queue outlives the signal that ends ctx: what is judged then is still said.
	q, err := redis.New(context.WithoutCancel(ctx), rc)
	if err != nil {
		return &Error{ZH: "queue 一节的设置不可用", EN: "the section queue can't be used", Cause: err}
	}
	s.Queue = q
	s.closers = append(s.closers, q.Close)
	return nil
}

// Migrate brings the schema up to date where the configuration says so, and else
// complains if it is not.
func (s *Stores) Migrate(ctx context.Context) error {
	if s.config.Records.Engine == config.SQLite || s.config.Records.Migrate == config.Auto {
		return s.MigrateNow(ctx)
	}
	have, want, err := s.Records.SchemaVersion(ctx)
	switch {
	case err != nil:
		return unreachable(err)
	case have != want:
		return schemaError(&sqlstore.SchemaError{Have: have, Want: want})
	}
	// It is current: this applies nothing and lets the methods in.
	return s.MigrateNow(ctx)
}

// MigrateNow brings the schema up to date.
func (s *Stores) MigrateNow(ctx context.Context) error {
	err := s.Records.Migrate(ctx)
	var schema *sqlstore.SchemaError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &schema):
		return schemaError(schema)
	}
	return &Error{ZH: "升级数据库表结构失败，数据库保持原样", EN: "the schema could not be migrated, the database is as it was", Cause: err}
}

func unreachable(err error) error {
	return &Error{ZH: "连不上数据库，请检查 records 一节的设置和数据库是否在运行（heyan doctor）",
		EN: "cannot reach the database; check the section records and whether it is running (heyan doctor)", Cause: err}
}

func schemaError(e *sqlstore.SchemaError) error {
	if e.Have > e.Want {
		return &Error{ZH: fmt.Sprintf("数据库表结构是第 %d 版，比本程序的第 %d 版新：请使用新版 heyan", e.Have, e.Want),
			EN: fmt.Sprintf("the database's schema is version %d, newer than this program's %d: use the newer heyan", e.Have, e.Want)}
	}
	return &Error{ZH: fmt.Sprintf("数据库表结构是第 %d 版，本程序需要第 %d 版：请先运行 heyan migrate", e.Have, e.Want),
		EN: fmt.Sprintf("the database's schema is version %d, this program needs %d: run heyan migrate first", e.Have, e.Want)}
}

// guard is where webhooks may go.
func guard(c config.Webhooks) *webhook.Guard {
	p := webhook.Policy{AllowHTTP: c.AllowHTTP}
	for _, text := range c.AllowNetworks {
		if network, err := netip.ParsePrefix(text); err == nil { // config.Load checked it
			p.AllowNetworks = append(p.AllowNetworks, network)
		}
	}
	return webhook.NewGuard(p)
}

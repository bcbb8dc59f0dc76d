package app

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"heyan/internal/config"
	"heyan/internal/inspect"
	"heyan/storage/blob"
	"heyan/storage/record/sqlstore"
)

// A backup is a tar of these, in this order: what it is, the packages, the database,
// and last the digests of all, as sha256sum writes them.
const (
	backupFormat = "heyan.backup/1"
	backupAbout  = "backup.json"
	backupBlobs  = "blobs/"
	backupDB     = "heyan.db"
	backupSums   = "SHA256SUMS"
)

// About is what a backup says of itself.
type About struct {
	Format  string    `json:"format"`
	Engine  string    `json:"engine"`
	Schema  int64     `json:"schema"`
	Created time.Time `json:"created"`
}

// BackedUp is what a backup holds.
type BackedUp struct {
	Packages int
	Bytes    int64
	// Missing are the keys of filed packages that the store does not have whole: an
	// alarm, but no reason to have no backup at all.
	Missing []string
}

// Backup writes a consistent copy of an embedded service into a file, while the
// service runs or stands still. The file appears when it is whole.
func Backup(ctx context.Context, c *config.Config, now func() time.Time, name string) (done BackedUp, err error) {
	if err := copyable(c); err != nil {
		return done, err
	}
	if _, err := os.Stat(c.Records.SQLitePath); err != nil {
		return done, &Error{ZH: fmt.Sprintf("%q 里没有数据库，没有可备份的；请检查 --data", c.Data), EN: fmt.Sprintf("there is no database in %q to back up; check --data", c.Data), Cause: err}
	}
	stores, err := OpenRecords(ctx, c, now)
	if err != nil {
		return done, err
	}
	defer stores.Close()
	if err := stores.openBlobs(ctx); err != nil {
		return done, err
	}
	work, err := os.MkdirTemp(filepath.Dir(name), ".heyan-backup-*")
	if err != nil {
		return done, &Error{ZH: "备份文件所在的目录不能写", EN: "the folder of the backup can't be written", Cause: err}
	}
	defer os.RemoveAll(work)
	partial := filepath.Join(work, "backup.tar")
	if done, err = writeBackup(ctx, stores, work, partial, now()); err != nil {
		return done, &Error{ZH: "备份失败，没有写出文件", EN: "the backup failed, no file was written", Cause: err}
	}
	if err := os.Link(partial, name); err != nil {
		return done, &Error{ZH: fmt.Sprintf("不能写 %q，可能已有这个文件；请换一个名字", name), EN: fmt.Sprintf("cannot write %q, it may be there already; choose another name", name), Cause: err}
	}
	return done, nil
}

// copyable refuses what has better tools of its own.
func copyable(c *config.Config) error {
	if c.Records.Engine == config.SQLite && c.Blobs.Engine == config.Disk {
		return nil
	}
	return &Error{
		ZH: "heyan backup 和 restore 只用于 SQLite 加本地目录；PostgreSQL 请用 pg_dump，S3 请用桶的版本或复制功能（先备份数据库，再备份桶）",
		EN: "heyan backup and restore are for SQLite with packages on disk; use pg_dump for PostgreSQL and versioning or replication for S3 (the database first, then the bucket)",
	}
}

// archive is a tar being written, with the digests of what is in it.
type archive struct {
	*tar.Writer
	sums strings.Builder
	now  time.Time
}

// add writes one entry of exactly size bytes and returns its digest.
func (a *archive) add(name string, size int64, r io.Reader) (digest string, err error) {
	header := &tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: a.now, Typeflag: tar.TypeReg}
	if err := a.WriteHeader(header); err != nil {
		return "", err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(a, sum), r); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	if err := a.Flush(); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	digest = hexSum(sum)
	fmt.Fprintf(&a.sums, "%s  %s\n", digest, name)
	return digest, nil
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// writeBackup copies the database first: what it names was in the store before.
func writeBackup(ctx context.Context, s *Stores, work, name string, now time.Time) (done BackedUp, err error) {
	dbName := filepath.Join(work, backupDB)
	if err := s.Records.Backup(ctx, dbName); err != nil {
		return done, err
	}
	db, err := sqlstore.Open(ctx, sqlstore.Config{Driver: sqlstore.SQLite, Path: dbName})
	if err != nil {
		return done, err
	}
	defer db.Close()
	schema, _, err := db.SchemaVersion(ctx)
	if err != nil {
		return done, err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	a := &archive{Writer: tar.NewWriter(file), now: now}
	about, err := json.Marshal(About{Format: backupFormat, Engine: inspect.EngineVersion, Schema: schema, Created: now.UTC()})
	if err != nil {
		return done, err
	}
	if _, err := a.add(backupAbout, int64(len(about)), strings.NewReader(string(about))); err != nil {
		return done, err
	}
	if done, err = addPackages(ctx, a, db, s.Blobs); err != nil {
		return done, err
	}
	if err := db.Close(); err != nil {
		return done, err
	}
	if err := addFile(a, backupDB, dbName); err != nil {
		return done, err
	}
	sums := a.sums.String()
	if _, err := a.add(backupSums, int64(len(sums)), strings.NewReader(sums)); err != nil {
		return done, err
	}
	return done, errors.Join(a.Writer.Close(), file.Sync())
}

func addFile(a *archive, name, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	_, err = a.add(name, info.Size(), file)
	return err
}

// backupPage is how many objects are looked up at once.
const backupPage = 500

// addPackages copies the objects that the copied database names.
func addPackages(ctx context.Context, a *archive, db *sqlstore.Store, store blob.Store) (done BackedUp, err error) {
	copied := map[string]string{} // digests by key
	for after := ""; ; {
		page, err := store.List(ctx, after, backupPage)
		if err != nil || len(page) == 0 {
			if err == nil {
				done.Missing, err = missing(ctx, db, copied)
			}
			return done, err
		}
		keys := make([]string, len(page))
		for i, o := range page {
			keys[i] = o.Key
		}
		after = keys[len(keys)-1]
		known, err := db.KnownKeys(ctx, keys)
		if err != nil {
			return done, err
		}
		for _, o := range page {
			if !known[o.Key] {
				continue
			}
			digest, err := addPackage(ctx, a, store, o)
			if errors.Is(err, blob.ErrNotFound) {
				continue // deleted since: missing tells if it should not have been
			}
			if err != nil {
				return done, err
			}
			copied[o.Key] = digest
			done.Packages++
			done.Bytes += o.Size
		}
	}
}

func addPackage(ctx context.Context, a *archive, store blob.Store, o blob.Object) (string, error) {
	r, err := store.Open(ctx, o.Key)
	if err != nil {
		return "", err
	}
	defer r.Close()
	return a.add(backupBlobs+o.Key, o.Size, r)
}

// missing are the keys of filed packages that were not copied, or not with the bytes
// that the database knows.
func missing(ctx context.Context, db *sqlstore.Store, copied map[string]string) (keys []string, err error) {
	for after := ""; ; {
		page, err := db.FiledBlobs(ctx, after, backupPage)
		if err != nil || len(page) == 0 {
			return keys, err
		}
		for _, b := range page {
			if copied[b.Key] != b.SHA256 {
				keys = append(keys, b.Key)
			}
			after = b.Key
		}
	}
}

package app

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"heyan/internal/config"
	"heyan/storage/blob"
	"heyan/storage/blob/disk"
	"heyan/storage/record/sqlstore"
)

// restoringName marks a data directory whose restore has not come to its end. No
// service starts in it.
const restoringName = "restoring"

// maxAbout and maxSums bound what is read into memory of a backup.
const (
	maxAbout = 64 << 10
	maxSums  = 1 << 30
)

// Restore puts a backup into a data directory that holds nothing yet. Every digest is
// checked; the database is put in its place last. What is left of one that failed
// bears a mark, and no service starts on it.
func Restore(ctx context.Context, c *config.Config, name string) (done BackedUp, err error) {
	if err := copyable(c); err != nil {
		return done, err
	}
	if err := vacant(c); err != nil {
		return done, err
	}
	file, err := os.Open(name)
	if err != nil {
		return done, &Error{ZH: fmt.Sprintf("读不到备份 %q", name), EN: fmt.Sprintf("cannot read the backup %q", name), Cause: err}
	}
	defer file.Close()
	mark := filepath.Join(c.Data, restoringName)
	if err := errors.Join(os.MkdirAll(c.Data, 0o700), os.WriteFile(mark, nil, 0o600)); err != nil {
		return done, &Error{ZH: fmt.Sprintf("不能写数据目录 %q", c.Data), EN: fmt.Sprintf("cannot write the data directory %q", c.Data), Cause: err}
	}
	r := &restore{config: c, seen: map[string]string{}}
	if err := r.run(ctx, file); err != nil {
		return done, &Error{
			ZH:    fmt.Sprintf("恢复失败，%q 里的内容不完整，服务不会在上面启动；请删掉这个目录，换一份备份再试", c.Data),
			EN:    fmt.Sprintf("the restore failed; what is in %q is not whole and no service starts on it; remove the directory and try another backup", c.Data),
			Cause: err,
		}
	}
	return r.done, os.Remove(mark)
}

// vacant refuses to mix a backup with what is there.
func vacant(c *config.Config) error {
	taken := func(path string) error {
		return &Error{ZH: fmt.Sprintf("%q 不是空的：只能恢复到空的数据目录，请换一个 --data", path),
			EN: fmt.Sprintf("%q is not empty: a backup is restored into an empty data directory, choose another --data", path)}
	}
	for _, dir := range []string{c.Data, c.Blobs.Path} {
		list, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return &Error{ZH: fmt.Sprintf("读不到目录 %q", dir), EN: fmt.Sprintf("cannot read the folder %q", dir), Cause: err}
		}
		if len(list) > 0 {
			return taken(dir)
		}
	}
	if _, err := os.Stat(c.Records.SQLitePath); err == nil {
		return taken(c.Records.SQLitePath)
	}
	return nil
}

// restore is one run.
type restore struct {
	config *config.Config
	store  *disk.Store
	seen   map[string]string // digest by name of the entry
	sums   map[string]string // as the backup says
	about  About
	done   BackedUp
}

func (r *restore) run(ctx context.Context, file io.Reader) (err error) {
	if r.store, err = disk.Open(disk.Config{Dir: r.config.Blobs.Path}); err != nil {
		return err
	}
	defer r.store.Close()
	entries := tar.NewReader(bufio.NewReaderSize(file, 1<<20))
	for {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read the backup: %w", err)
		}
		if err := r.entry(ctx, header, entries); err != nil {
			return fmt.Errorf("%q: %w", header.Name, err)
		}
	}
	if err := r.verify(); err != nil {
		return err
	}
	return r.commit(ctx)
}

// entry takes one entry of the tar. No name in it becomes a path: an object's key is
// checked by the store.
func (r *restore) entry(ctx context.Context, h *tar.Header, body io.Reader) error {
	if h.Typeflag != tar.TypeReg {
		return errors.New("not a file")
	}
	if _, twice := r.seen[h.Name]; twice || r.sums != nil {
		return errors.New("it is there twice, or after the digests")
	}
	sum := sha256.New()
	body = io.TeeReader(body, sum)
	var err error
	key, isPackage := strings.CutPrefix(h.Name, backupBlobs)
	switch {
	case isPackage:
		if err = blob.CheckKey(key); err == nil {
			_, err = r.store.Put(ctx, key, body, h.Size)
			r.done.Packages++
			r.done.Bytes += h.Size
		}
	case h.Name == backupDB:
		err = writeDurably(r.partialDB(), body)
	case h.Name == backupAbout:
		err = r.readAbout(body)
	case h.Name == backupSums:
		r.sums, err = readSums(body)
		return err
	default:
		err = errors.New("no backup has such an entry")
	}
	r.seen[h.Name] = hexSum(sum)
	return err
}

func (r *restore) partialDB() string { return r.config.Records.SQLitePath + ".restoring" }

func (r *restore) readAbout(body io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(body, maxAbout))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &r.about); err != nil || r.about.Format != backupFormat {
		return fmt.Errorf("this is not %s", backupFormat)
	}
	return nil
}

// readSums reads lines of "digest  name".
func readSums(body io.Reader) (map[string]string, error) {
	sums := map[string]string{}
	lines := bufio.NewScanner(io.LimitReader(body, maxSums))
	for lines.Scan() {
		digest, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok || len(digest) != 2*sha256.Size {
			return nil, errors.New("not lines of digests")
		}
		sums[name] = digest
	}
	return sums, lines.Err()
}

// writeDurably writes a file that survives a crash of the machine.
func writeDurably(name string, r io.Reader) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, r)
	return errors.Join(err, file.Sync(), file.Close())
}

// verify compares what was read with what the backup says of itself.
func (r *restore) verify() error {
	if r.sums == nil || r.about.Format == "" || r.seen[backupDB] == "" {
		return errors.New("the backup is cut short")
	}
	for name, digest := range r.sums {
		switch r.seen[name] {
		case digest:
		case "":
			return fmt.Errorf("%q is missing from the backup", name)
		default:
			return fmt.Errorf("%q is damaged: its SHA-256 is not the one noted", name)
		}
	}
	if len(r.seen) != len(r.sums) {
		return errors.New("the backup holds what its digests do not name")
	}
	return nil
}

// commit looks whether database and packages belong together and puts the database
// in its place.
func (r *restore) commit(ctx context.Context) error {
	db, err := sqlstore.Open(ctx, sqlstore.Config{Driver: sqlstore.SQLite, Path: r.partialDB()})
	if err != nil {
		return err
	}
	copied := map[string]string{}
	for name, digest := range r.seen {
		if key, ok := strings.CutPrefix(name, backupBlobs); ok {
			copied[key] = digest
		}
	}
	r.done.Missing, err = missing(ctx, db, copied)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return os.Rename(r.partialDB(), r.config.Records.SQLitePath)
}

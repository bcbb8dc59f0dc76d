// Package disk is the object store in a folder of this machine.
//
//	objects/k3/k3v7…   whole objects
//	temp/…             uploads on the way
//
// A Put writes into temp, flushes the file to the disk (fsync), links it to its
// name, which fails if the name is taken, and flushes the folder. So a name appears
// with all its bytes or not at all, and stays after a loss of power. Both folders
// lie on one file system and are reached through os.Root: no key leaves them, nor
// does a symbolic link.
//
// The reader given to Put must itself end with the context: a Read that hangs
// cannot be interrupted.
package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"heyan/storage/blob"
)

// Config says where the store is.
type Config struct {
	// Dir is its folder, made if it is not there.
	Dir string
}

// Store is a folder of objects. It is safe for concurrent use, also by several
// processes of one machine.
type Store struct {
	dir  string
	root *os.Root
	sys  system

	mu      sync.Mutex
	fans    map[string]bool // folders of objects that are durable
	running map[string]bool // names in temp that are being written
}

const (
	objects = "objects"
	temp    = "temp"
)

var (
	_ blob.Store   = (*Store)(nil)
	_ blob.Local   = (*Store)(nil)
	_ blob.Spacer  = (*Store)(nil)
	_ blob.Checker = (*Store)(nil)
)

// Open opens the store, making its folders.
func Open(c Config) (*Store, error) {
	if c.Dir == "" {
		return nil, errors.New("object store: no folder is given")
	}
	for _, dir := range []string{objects, temp} {
		if err := os.MkdirAll(filepath.Join(c.Dir, dir), 0o700); err != nil {
			return nil, fmt.Errorf("object store: %w", err)
		}
	}
	root, err := os.OpenRoot(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	s := &Store{dir: c.Dir, root: root, fans: map[string]bool{}, running: map[string]bool{}}
	s.sys = real{root}
	for _, dir := range []string{".", ".."} {
		if err := syncPath(filepath.Join(c.Dir, dir)); err != nil {
			return nil, errors.Join(fmt.Errorf("object store: %w", err), root.Close())
		}
	}
	return s, nil
}

// Close gives the folder back. Objects that are open stay readable.
func (s *Store) Close() error { return s.root.Close() }

// Open implements blob.Store.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	return s.OpenFile(ctx, key)
}

// OpenFile implements blob.Local.
func (s *Store) OpenFile(ctx context.Context, key string) (*os.File, error) {
	name, err := objectPath(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	f, err := s.root.Open(name)
	if err != nil {
		return nil, readFault("open object", key, err)
	}
	return f, nil
}

// Stat implements blob.Store.
func (s *Store) Stat(ctx context.Context, key string) (blob.Object, error) {
	name, err := objectPath(ctx, key)
	if err != nil {
		return blob.Object{}, fmt.Errorf("stat object: %w", err)
	}
	info, err := s.root.Lstat(name)
	if err != nil {
		return blob.Object{}, readFault("stat object", key, err)
	}
	return blob.Object{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()}, nil
}

// Delete implements blob.Store. The removal is not flushed: what a loss of power
// brings back is an object that no record names.
func (s *Store) Delete(ctx context.Context, key string) error {
	name, err := objectPath(ctx, key)
	if err != nil {
		return fmt.Errorf("delete object: %w", err)
	}
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete object %q: %w", key, err)
	}
	return nil
}

// Space implements blob.Spacer: what this process may still write.
func (s *Store) Space(ctx context.Context) (free, total int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	free, total, err = space(s.dir)
	if err != nil {
		return 0, 0, fmt.Errorf("space of %q: %w", s.dir, err)
	}
	return free, total, nil
}

// Check implements blob.Checker: it writes a byte, flushes it and takes it away.
func (s *Store) Check(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	t, err := s.begin()
	if err != nil {
		return "", fmt.Errorf("check object store: %w", err)
	}
	defer t.discard()
	if err := t.fill(strings.NewReader("x")); err != nil {
		return "", fmt.Errorf("check object store: %w", err)
	}
	if err := t.flush(); err != nil {
		return "", fmt.Errorf("check object store: %w", err)
	}
	return "disk " + s.dir, nil
}

// Sweep implements blob.Store. Uploads of this process are known; those of others
// by the time of their last write.
func (s *Store) Sweep(ctx context.Context, before time.Time) (int, error) {
	entries, err := fs.ReadDir(s.root.FS(), temp)
	if err != nil {
		return 0, fmt.Errorf("sweep object store: %w", err)
	}
	removed := 0
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && (s.isRunning(entry.Name()) || !info.ModTime().Before(before)) {
			continue
		}
		if err == nil {
			err = s.root.Remove(temp + "/" + entry.Name())
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return removed, fmt.Errorf("sweep object store: %w", err)
		}
		removed++
	}
	return removed, nil
}

func (s *Store) isRunning(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[name]
}

// objectPath is where an object lies below the store's folder.
func objectPath(ctx context.Context, key string) (string, error) {
	if err := blob.CheckKey(key); err != nil {
		return "", err
	}
	return objects + "/" + key, ctx.Err()
}

// readFault gives an error of reading the store its kind.
func readFault(doing, key string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s %q: %w", doing, key, blob.ErrNotFound)
	}
	return fmt.Errorf("%s %q: %w", doing, key, err)
}

// writeFault gives an error of writing to the store its kind.
func writeFault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return blob.ErrExists
	case isFull(err):
		return fmt.Errorf("%w: %w", blob.ErrFull, err)
	}
	return err
}

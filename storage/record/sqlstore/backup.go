package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// ErrNoBackup: the database is not a file; its own tools back it up.
var ErrNoBackup = errors.New("only SQLite is copied here: back PostgreSQL up with pg_dump")

// Backup writes a consistent copy of SQLite's file, while it is used. The path
// must not be there yet.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.dialect.name != SQLite {
		return ErrNoBackup
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	// An empty file is taken for one that is not there.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return fmt.Errorf("back the database up: %w", err)
	}
	if _, err := s.reader.db.ExecContext(ctx, `VACUUM INTO $1`, path); err != nil {
		return errors.Join(fmt.Errorf("back the database up: %w", err), removeIfThere(path))
	}
	return syncFile(path)
}

// removeIfThere takes away what a copy that failed left.
func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// syncFile: the copy is on the disk before anybody trusts it.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("back the database up: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("back the database up: %w", err)
	}
	return nil
}

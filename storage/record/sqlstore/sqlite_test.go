package sqlstore_test

import (
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

func TestSQLiteCommitsAreSynced(t *testing.T) {
	t.Parallel()
	db := sqlstore.Writer(opened(t, sqliteConfig(t)))
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000",
	} {
		var got string
		if err := db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q: %v", pragma, got, want, err)
		}
	}
}

func TestSQLiteReadersDoNotWrite(t *testing.T) {
	t.Parallel()
	s := opened(t, sqliteConfig(t))
	if _, err := sqlstore.Reader(s).ExecContext(t.Context(), `DELETE FROM organisations`); err == nil {
		t.Fatal("a reader wrote")
	}
}

// TestBackup copies a database that is written to: the copy opens and holds all
// that was committed before.
func TestBackup(t *testing.T) {
	t.Parallel()
	s := opened(t, sqliteConfig(t))
	o := record.Organisation{ID: "org", Name: "name", Created: time.UnixMicro(1).UTC()}
	if err := s.CreateOrganisation(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				if err := s.PutFacts(t.Context(), "s", time.Now().String(), []byte("{}"), o.Created); err != nil {
					t.Error(err)
				}
			}
		}
	})
	path := filepath.Join(t.TempDir(), "copy?.db")
	err := s.Backup(t.Context(), path)
	close(stop)
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	copied := opened(t, sqlstore.Config{Path: path})
	if got, err := copied.Organisation(t.Context(), "org"); err != nil || got != o {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := s.Backup(t.Context(), path); err == nil {
		t.Fatal("a file was overwritten")
	}
	for _, file := range []string{path, sqlstore.Path(s)} {
		if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
	if size, err := s.Size(t.Context()); err != nil || size < 4096 {
		t.Fatalf("size %d: %v", size, err)
	}
}

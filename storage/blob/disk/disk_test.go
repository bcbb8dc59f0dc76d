package disk_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"heyan/storage/blob"
	"heyan/storage/blob/blobtest"
	"heyan/storage/blob/disk"
)

func open(t *testing.T, dir string) *disk.Store {
	t.Helper()
	s, err := disk.Open(disk.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) { // alone, for the suite looks at the heap
	blobtest.RunTests(t, func(t *testing.T) (blob.Store, func()) {
		dir := filepath.Join(t.TempDir(), "data", "blobs")
		return open(t, dir), func() {
			if err := os.WriteFile(filepath.Join(dir, "temp", rand.Text()), []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	})
}

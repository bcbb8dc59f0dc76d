package disk

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"heyan/storage/blob"
)

// A real disk that is too small. Where no file system may be mounted (without root,
// or in most containers) TestDiskFillsUpHalfWay stands for it.
func TestSmallDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Logf("no file system can be mounted here (%v): see TestDiskFillsUpHalfWay", err)
		return
	}
	defer func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	s, err := Open(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	free, total, err := s.Space(t.Context())
	if err != nil || free <= 0 || total != 4<<20 {
		t.Errorf("space: %d of %d, %v", free, total, err)
	}
	kept := blob.NewKey()
	if _, err := s.Put(t.Context(), kept, bytes.NewReader(make([]byte, 1<<20)), 1<<20); err != nil {
		t.Fatal(err)
	}
	for range 3 { // nothing piles up
		if _, err := s.Put(t.Context(), blob.NewKey(), bytes.NewReader(make([]byte, 8<<20)), blob.UnknownSize); !errors.Is(err, blob.ErrFull) {
			t.Errorf("put 8 MiB on a disk of 4: %v", err)
		}
	}
	if after, _, err := s.Space(t.Context()); err != nil || after < free-2<<20 {
		t.Errorf("%d bytes were free and are %d, %v", free, after, err)
	}
	if _, err := s.Put(t.Context(), blob.NewKey(), bytes.NewReader(make([]byte, 1<<20)), 1<<20); err != nil {
		t.Errorf("put what fits: %v", err)
	}
	if o, err := s.Stat(t.Context(), kept); err != nil || o.Size != 1<<20 {
		t.Errorf("%+v, %v", o, err)
	}
}

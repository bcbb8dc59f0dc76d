//go:build linux

package faulttest

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"heyan/internal/client"
)

// TestDiskFull: a full disk refuses packages and loses nothing, and when there is
// room again the service goes on without anybody's help. Where we may not mount a
// small disk, the room that must stay free is set above what there is.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	const size = 48 << 20
	disk := t.TempDir()
	err := syscall.Mount("heyan-test", disk, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0755", size))
	if err != nil {
		t.Logf("no small disk of our own (%v)", err)
		refusesByMargin(t)
		return
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	ctx := within(t, time.Minute)
	in := Start(t, Options{Mode: Embedded, Binary: heyan, Set: map[string]string{"data": filepath.Join(disk, "data")}})
	caller, maker := NewCaller(in), NewMaker(7)
	judge(ctx, t, caller, maker.Make(1<<20))

	// Nothing is left: neither a package nor the database finds room.
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	large := maker.Make(8 << 20)
	for range 3 {
		_ = refused(t, caller, large) // by the disk or by the database, whichever fails first
	}
	// A package finds no room, the database does.
	if err := os.Truncate(filler, fileSize(t, filler)-6<<20); err != nil {
		t.Fatal(err)
	}
	var told *client.Error
	if err := refused(t, caller, large); !errors.As(err, &told) || told.Status != http.StatusInsufficientStorage || told.Code != "store-full" {
		t.Errorf("got %v, want 507 store-full", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	judge(ctx, t, caller, large)
	in.mustBeWhole(ctx, t, 2)
}

func refusesByMargin(t *testing.T) {
	t.Helper()
	ctx := within(t, time.Minute)
	in := Start(t, Options{Mode: Embedded, Binary: heyan, Set: map[string]string{"limits.min_free": "8000000GiB"}})
	var told *client.Error
	err := refused(t, NewCaller(in), NewMaker(7).Make(1000))
	if !errors.As(err, &told) || told.Status != http.StatusInsufficientStorage {
		t.Errorf("got %v, want 507", err)
	}
	in.mustBeWhole(ctx, t, 0)
}

// refused hands a package over that there is no room for.
func refused(t *testing.T, c *Caller, p Package) error {
	t.Helper()
	s, err := c.any().Submit(t.Context(), p.upload("interactive"))
	if err == nil {
		t.Fatalf("acknowledged on a full disk: %s", s.ID)
	}
	var told *client.Error
	if errors.As(err, &told) && told.Status < 500 {
		t.Errorf("the package is blamed for the disk: %v", err)
	}
	return err
}

// fill writes until there is no room.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for chunk := 1 << 20; chunk > 0; {
		if _, err := f.Write(make([]byte, chunk)); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			chunk /= 2
		}
	}
}

func fileSize(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

//go:build linux

package faulttest

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"heyan/storage/blob"
	"heyan/storage/blob/disk"
)

// TestAuditSees: an audit that finds nothing says something only if it would.
func TestAuditSees(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	in := Start(t, Options{Mode: Embedded, Binary: heyan})
	caller, maker := NewCaller(in), NewMaker(8)
	for range 3 {
		judge(ctx, t, caller, maker.Make(5000))
	}
	in.Nodes[0].Kill()
	dir := filepath.Join(in.Nodes[0].set["data"], "blobs")
	objects := objectsIn(t, dir)
	if len(objects) != 3 {
		t.Fatalf("objects: %q", objects)
	}
	if err := os.Remove(objects[0]); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(objects[1])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.Chmod(objects[1], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(objects[1], data, 0o600); err != nil {
		t.Fatal(err)
	}

	a, err := in.Audit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Missing) != 2 || len(a.Orphans) != 0 || len(a.JudgedTwice) != 0 || len(a.Submissions) != 3 || a.Judgements != 3 {
		t.Errorf("one package is gone and one altered, the audit found %+v", a)
	}
}

// TestSweepTakesOrphans: what nobody acknowledged is gone after the audit's sweep.
func TestSweepTakesOrphans(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	in := Start(t, Options{Mode: Embedded, Binary: heyan})
	in.Nodes[0].Kill()
	store, err := disk.Open(disk.Config{Dir: filepath.Join(in.Nodes[0].set["data"], "blobs")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Put(ctx, blob.NewKey(), strings.NewReader("stray"), 5); err != nil {
		t.Fatal(err)
	}
	if a := in.mustBeWhole(ctx, t, 0); a.Swept.Orphans != 1 {
		t.Errorf("swept %+v, want one orphan", a.Swept)
	}
}

// objectsIn are the objects of a store on disk, sorted.
func objectsIn(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

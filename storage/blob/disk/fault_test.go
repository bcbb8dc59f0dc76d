package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heyan/storage/blob"
)

// faulty is the real file system; it notes what is asked of it, and fails where
// told to.
type faulty struct {
	system
	asked []string
	// fail returns the error of an operation, nil for the real answer.
	fail func(operation string) error
	// room is how many bytes of files fit, -1 for any.
	room int
}

func (f *faulty) ask(operation, name string) error {
	if filepath.Dir(name) == temp {
		name = "temp/*"
	}
	f.asked = append(f.asked, strings.TrimSpace(operation+" "+name))
	if f.fail == nil {
		return nil
	}
	return f.fail(operation)
}

func (f *faulty) Create(name string) (file, error) {
	if err := f.ask("create", name); err != nil {
		return nil, err
	}
	real, err := f.system.Create(name)
	return &faultyFile{file: real, system: f}, err
}

func (f *faulty) Link(from, to string) error {
	if err := f.ask("link", filepath.Dir(to)); err != nil {
		return err
	}
	return f.system.Link(from, to)
}

func (f *faulty) Remove(name string) error {
	if err := f.ask("remove", name); err != nil {
		return err
	}
	return f.system.Remove(name)
}

func (f *faulty) Mkdir(name string) error {
	if err := f.ask("mkdir", name); err != nil {
		return err
	}
	return f.system.Mkdir(name)
}

func (f *faulty) SyncDir(name string) error {
	if err := f.ask("syncdir", name); err != nil {
		return err
	}
	return f.system.SyncDir(name)
}

type faultyFile struct {
	file
	system *faulty
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if err := f.system.ask("write", ""); err != nil {
		return 0, err
	}
	fits := len(p)
	if f.system.room >= 0 {
		fits = min(fits, f.system.room)
		f.system.room -= fits
	}
	n, err := f.file.Write(p[:fits])
	if err == nil && n < len(p) {
		err = &os.PathError{Op: "write", Path: "temp", Err: syscall.ENOSPC}
	}
	return n, err
}

func (f *faultyFile) Sync() error {
	if err := f.system.ask("sync", ""); err != nil {
		return err
	}
	return f.file.Sync()
}

func (f *faultyFile) Close() error {
	err := f.system.ask("close", "")
	return errors.Join(f.file.Close(), err)
}

func openFaulty(t *testing.T) (*Store, *faulty) {
	t.Helper()
	s, err := Open(Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	f := &faulty{system: s.sys, room: -1}
	s.sys = f
	return s, f
}

func files(t *testing.T, s *Store) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// The name is given after the bytes are on the disk, and Put answers after the name
// is: this order is what makes an acknowledged object survive a loss of power.
func TestPutFlushesBeforeItNamesAndAnswers(t *testing.T) {
	t.Parallel()
	s, f := openFaulty(t)
	const fan = "objects/ab"
	key, again := "ab/ab"+strings.Repeat("c", 28), "ab/ab"+strings.Repeat("d", 28)
	if _, err := s.Put(t.Context(), key, strings.NewReader("bytes"), 5); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"create temp/*", "write", "sync", "close",
		"mkdir " + fan, "syncdir objects", "link " + fan, "syncdir " + fan, "remove temp/*",
	}
	if diff := cmp.Diff(want, f.asked); diff != "" {
		t.Errorf("a first put (-want +got):\n%s", diff)
	}
	// The folder is known to be durable now, the new name is not.
	f.asked = nil
	if _, err := s.Put(t.Context(), again, strings.NewReader("bytes"), 5); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Delete(want, 4, 6), f.asked); diff != "" {
		t.Errorf("a second put (-want +got):\n%s", diff)
	}
}

func TestEveryStepMayFail(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"create", "write", "sync", "close", "mkdir", "syncdir", "link"} {
		for _, test := range []struct {
			fault error
			full  bool
		}{{syscall.EIO, false}, {syscall.ENOSPC, true}, {syscall.EDQUOT, true}} {
			for nth := range 2 { // folders are flushed twice
				s, f := openFaulty(t)
				seen := 0
				f.fail = func(asked string) error {
					if asked != operation {
						return nil
					}
					if seen++; seen-1 != nth {
						return nil
					}
					return fmt.Errorf("injected: %w", test.fault)
				}
				key := blob.NewKey()
				_, err := s.Put(t.Context(), key, bytes.NewReader(make([]byte, 10)), blob.UnknownSize)
				if seen <= nth && err == nil {
					continue // asked once only
				}
				if !errors.Is(err, test.fault) || errors.Is(err, blob.ErrFull) != test.full || errors.Is(err, blob.ErrExists) {
					t.Errorf("%s fails with %v: %v", operation, test.fault, err)
				}
				if found := files(t, s); len(found) != 0 {
					t.Errorf("%s fails with %v: left %v", operation, test.fault, found)
				}
				// Whatever it was has passed: the same key can be put.
				if _, err := s.Put(t.Context(), key, strings.NewReader("x"), 1); err != nil {
					t.Errorf("put after %s failed: %v", operation, err)
				}
			}
		}
	}
}

func TestDiskFillsUpHalfWay(t *testing.T) {
	t.Parallel()
	s, f := openFaulty(t)
	f.room = 1 << 20
	key := blob.NewKey()
	if _, err := s.Put(t.Context(), key, bytes.NewReader(make([]byte, 4<<20)), 4<<20); !errors.Is(err, blob.ErrFull) {
		t.Error(err)
	}
	if _, err := s.Stat(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
		t.Error(err)
	}
	if found := files(t, s); len(found) != 0 {
		t.Errorf("left %v", found)
	}
	f.room = 10
	if _, err := s.Check(t.Context()); err != nil {
		t.Errorf("check with some room: %v", err)
	}
	f.room = 0
	if _, err := s.Check(t.Context()); !errors.Is(err, blob.ErrFull) {
		t.Errorf("check of a full disk: %v", err)
	}
}

// A crash between the flush and the name leaves a file in temp alone; one after the
// name leaves both. Either is swept and the whole object stays.
func TestSweepAfterACrash(t *testing.T) {
	t.Parallel()
	s, f := openFaulty(t)
	whole, half := blob.NewKey(), blob.NewKey()
	f.fail = func(operation string) error {
		if operation == "remove" {
			return syscall.EIO
		}
		return nil
	}
	if _, err := s.Put(t.Context(), whole, strings.NewReader("whole"), 5); err != nil {
		t.Fatal(err)
	}
	f.fail = func(operation string) error {
		if operation == "remove" || operation == "link" {
			return syscall.EIO
		}
		return nil
	}
	if _, err := s.Put(t.Context(), half, strings.NewReader("half"), 4); err == nil {
		t.Fatal("stored without a name")
	}
	after, err := Open(Config{Dir: s.dir})
	if err != nil {
		t.Fatal(err)
	}
	defer after.Close()
	if n, err := after.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 2 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	found, err := after.List(t.Context(), "", 10)
	if err != nil || len(found) != 1 || found[0].Key != whole {
		t.Errorf("listed: %v, %v", found, err)
	}
	r, err := after.Open(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); string(got) != "whole" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// Links that somebody laid do not lead out of the folder.
func TestLinksDoNotLeadOut(t *testing.T) {
	t.Parallel()
	s, _ := openFaulty(t)
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	key := blob.NewKey()
	if err := os.Symlink(outside, filepath.Join(s.dir, objects, key[:2])); err != nil {
		t.Skip("symbolic links are not allowed here: ", err) // Windows without the right to
	}
	if _, err := s.Put(t.Context(), key, strings.NewReader("x"), 1); err == nil {
		t.Error("an object was put outside")
	}
	other := blob.NewKey()
	if err := os.MkdirAll(filepath.Join(s.dir, objects, other[:2]), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(s.dir, objects, other)); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Open(t.Context(), other); err == nil {
		r.Close()
		t.Error("a file outside was opened")
	}
	if found, err := os.ReadDir(outside); err != nil || len(found) != 1 {
		t.Errorf("outside there are %v, %v", found, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", file, filepath.Join(file, "below")} {
		if s, err := Open(Config{Dir: dir}); err == nil {
			s.Close()
			t.Errorf("%q was opened", dir)
		}
	}
}

func TestSpaceOfNowhere(t *testing.T) {
	t.Parallel()
	s, _ := openFaulty(t)
	s.dir = filepath.Join(s.dir, "gone")
	if _, _, err := s.Space(context.Background()); err == nil {
		t.Error("space of a folder that is not there")
	}
}

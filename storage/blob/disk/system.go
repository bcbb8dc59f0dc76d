package disk

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// system is what a Put asks of the file system. Tests put a failing one in front of
// the real one.
type system interface {
	Create(name string) (file, error)
	// Link gives a file a second name, which must be free.
	Link(from, to string) error
	Remove(name string) error
	Mkdir(name string) error
	SyncDir(name string) error
}

type file interface {
	io.WriteCloser
	Sync() error
	Stat() (fs.FileInfo, error)
}

// real is the file system below a folder.
type real struct{ root *os.Root }

func (r real) Create(name string) (file, error) {
	f, err := r.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &flowing{File: f}, nil
}

// flowing is a file of which the system begins to write to the disk what it holds
// while more comes. Left alone it would begin at Sync, and a large package would be
// received first and written then.
type flowing struct {
	*os.File
	written, begun int64
}

// flowStep is how many bytes are begun at a time.
const flowStep = 8 << 20

func (f *flowing) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	f.written += int64(n)
	if f.written-f.begun >= flowStep {
		beginWriting(f.File, f.begun, f.written-f.begun)
		f.begun = f.written
	}
	return n, err
}

func (r real) Link(from, to string) error { return r.root.Link(from, to) }
func (r real) Remove(name string) error   { return r.root.Remove(name) }
func (r real) Mkdir(name string) error    { return r.root.Mkdir(name, 0o700) }

func (r real) SyncDir(name string) error {
	if !dirsAreSynced {
		return nil
	}
	dir, err := r.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// syncPath flushes a folder that lies outside the store.
func syncPath(name string) error {
	if !dirsAreSynced {
		return nil
	}
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

package disk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sync"
	"time"

	"heyan/storage/blob"
)

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) (blob.Object, error) {
	name, err := objectPath(ctx, key)
	if err != nil {
		return blob.Object{}, fmt.Errorf("put object: %w", err)
	}
	o, err := s.put(ctx, name, blob.Exactly(ctx, r, size))
	if err != nil {
		return blob.Object{}, fmt.Errorf("put object %q: %w", key, err)
	}
	o.Key = key
	return o, nil
}

func (s *Store) put(ctx context.Context, name string, r io.Reader) (blob.Object, error) {
	u, err := s.begin()
	if err != nil {
		return blob.Object{}, err
	}
	defer u.discard()
	if err := u.fill(r); err != nil {
		return blob.Object{}, err
	}
	if err := u.flush(); err != nil {
		return blob.Object{}, err
	}
	if err := context.Cause(ctx); err != nil {
		return blob.Object{}, err
	}
	if err := s.publish(u.name, name); err != nil {
		return blob.Object{}, writeFault(err)
	}
	return blob.Object{Size: u.size, Modified: u.modified}, nil
}

// An upload is a file in temp.
type upload struct {
	store    *Store
	name     string // below the store's folder
	file     file   // nil once closed
	size     int64
	modified time.Time
}

// begin makes a file in temp that Sweep leaves alone until it is discarded.
func (s *Store) begin() (*upload, error) {
	base := rand.Text()
	s.mu.Lock()
	s.running[base] = true
	s.mu.Unlock()
	u := &upload{store: s, name: temp + "/" + base}
	f, err := s.sys.Create(u.name)
	if err != nil {
		u.forget()
		return nil, writeFault(err)
	}
	u.file = f
	return u, nil
}

const copySize = 256 << 10

var copyBuffers = sync.Pool{New: func() any { return new([copySize]byte) }}

// fill writes what r holds, in blocks however little r gives at a time. Errors of r
// are returned as they are.
func (u *upload) fill(r io.Reader) error {
	buffer := copyBuffers.Get().(*[copySize]byte)
	defer copyBuffers.Put(buffer)
	for {
		n, readErr := block(r, buffer[:])
		if n > 0 {
			if _, err := u.file.Write(buffer[:n]); err != nil {
				return writeFault(err)
			}
			u.size += int64(n)
		}
		switch {
		case errors.Is(readErr, io.EOF):
			return nil
		case readErr != nil:
			return readErr
		}
	}
}

// block reads until b is full or r ends or fails.
func block(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var more int
		more, err = r.Read(b[n:])
		n += more
	}
	return n, err
}

// flush makes the file's bytes durable and closes it.
func (u *upload) flush() error {
	if err := u.file.Sync(); err != nil {
		return writeFault(err)
	}
	info, err := u.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() != u.size {
		return fmt.Errorf("%d bytes were written and %d are there", u.size, info.Size())
	}
	u.modified = info.ModTime().UTC()
	f := u.file
	u.file = nil
	return writeFault(f.Close())
}

// discard takes the file in temp away. What cannot be removed is left to Sweep.
func (u *upload) discard() {
	if u.file != nil {
		_ = u.file.Close()
	}
	_ = u.store.sys.Remove(u.name)
	u.forget()
}

func (u *upload) forget() {
	u.store.mu.Lock()
	defer u.store.mu.Unlock()
	delete(u.store.running, path.Base(u.name))
}

// publish gives a flushed file its name, unless the name is taken, and makes the
// name durable.
func (s *Store) publish(from, to string) error {
	fan := path.Dir(to)
	if err := s.makeFan(fan); err != nil {
		return err
	}
	if err := s.sys.Link(from, to); err != nil {
		return err
	}
	if err := s.sys.SyncDir(fan); err != nil {
		return errors.Join(err, s.sys.Remove(to))
	}
	return nil
}

// makeFan makes a folder of objects and makes it durable. Who finds the folder made
// by another flushes it as well, unless it is known to be durable.
func (s *Store) makeFan(fan string) error {
	s.mu.Lock()
	durable := s.fans[fan]
	s.mu.Unlock()
	if durable {
		return nil
	}
	if err := s.sys.Mkdir(fan); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := s.sys.SyncDir(objects); err != nil {
		return err
	}
	s.mu.Lock()
	s.fans[fan] = true
	s.mu.Unlock()
	return nil
}

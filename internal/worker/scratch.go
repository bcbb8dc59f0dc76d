package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"
)

// scratch is the folder to which packages are copied from a store that has no
// files, since a package is read at random. What lies there is bounded, and is
// gone with the process where the system can open a file without a name.
type scratch struct {
	dir    string
	budget int64
	room   *semaphore.Weighted
}

// scratchPrefix marks our files.
const scratchPrefix = "heyan-package-"

// leftoverAge: a file of ours that is older and that can be removed belongs to
// nobody. Where open files have names they can't be removed.
const leftoverAge = time.Minute

func openScratch(dir string, budget int64) (*scratch, error) {
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "heyan-scratch")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	s := &scratch{dir: dir, budget: budget, room: semaphore.NewWeighted(budget)}
	if err := s.clean(time.Now().Add(-leftoverAge)); err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	return s, nil
}

// clean removes what processes left that are gone.
func (s *scratch) clean(before time.Time) error {
	list, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !strings.HasPrefix(e.Name(), scratchPrefix) || info.ModTime().After(before) {
			continue
		}
		_ = os.Remove(filepath.Join(s.dir, e.Name()))
	}
	return nil
}

// errNoRoom: the package is larger than all scratch room there is.
var errNoRoom = errors.New("the package is larger than the scratch room: give the worker more")

// copy writes up to size bytes of r into a file and returns it with its true size
// (size+1 stands for "more"). It waits for room. done closes the file and gives
// the room back.
func (s *scratch) copy(ctx context.Context, r io.Reader, size int64) (file *os.File, n int64, done func(), err error) {
	if size > s.budget {
		return nil, 0, nil, fmt.Errorf("%d of %d bytes: %w", size, s.budget, errNoRoom)
	}
	if err := s.room.Acquire(ctx, size); err != nil {
		return nil, 0, nil, err
	}
	file, err = os.CreateTemp(s.dir, scratchPrefix)
	if err != nil {
		s.room.Release(size)
		return nil, 0, nil, fmt.Errorf("scratch file: %w", err)
	}
	named := os.Remove(file.Name()) != nil
	done = func() {
		file.Close()
		if named {
			os.Remove(file.Name())
		}
		s.room.Release(size)
	}
	n, err = io.Copy(file, io.LimitReader(r, size))
	if err == nil && n == size {
		n, err = size+more(r), nil
	}
	if err != nil {
		done()
		return nil, 0, nil, fmt.Errorf("copy to scratch: %w", err)
	}
	return file, n, done, nil
}

// more is 1 where r holds another byte.
func more(r io.Reader) int64 {
	var one [1]byte
	n, _ := io.ReadFull(r, one[:])
	return int64(n)
}

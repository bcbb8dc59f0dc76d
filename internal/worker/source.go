package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"heyan/storage/blob"
	"heyan/storage/record"
)

// source is a package opened for reading at random.
type source struct {
	file *os.File
	size int64 // as it is, not as it was recorded
	done func()
}

// open opens a job's package: the store's own file, or a copy in the scratch
// folder. One that is not there is a *damagedError.
func (p *Pool) open(ctx context.Context, job record.Job, l *lease) (*source, error) {
	s, err := p.openAny(ctx, job, l)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, &damagedError{kind: record.AlarmBlobMissing, detail: fmt.Sprintf("object %q is gone", job.BlobKey)}
	}
	if err != nil {
		return nil, fmt.Errorf("fetch package: %w", err)
	}
	return s, nil
}

func (p *Pool) openAny(ctx context.Context, job record.Job, l *lease) (*source, error) {
	local, ok := p.Blobs.(blob.Local)
	if !ok {
		return p.fetch(ctx, job, l)
	}
	file, err := local.OpenFile(ctx, job.BlobKey)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &source{file: file, size: info.Size(), done: func() { file.Close() }}, nil
}

// fetch copies the package. The room is waited for before the store is asked, so
// that no connection is held idle.
func (p *Pool) fetch(ctx context.Context, job record.Job, l *lease) (*source, error) {
	r := &lateReader{open: func() (io.ReadCloser, error) { return p.Blobs.Open(ctx, job.BlobKey) }}
	defer r.close()
	r.progress = func(n int64) { l.far(StageFetching, n, job.Size) }
	file, n, done, err := p.scratch.copy(ctx, r, job.Size)
	if err != nil {
		return nil, err
	}
	return &source{file: file, size: n, done: done}, nil
}

// lateReader opens when it is read first.
type lateReader struct {
	open     func() (io.ReadCloser, error)
	progress func(n int64)
	r        io.ReadCloser
	n        int64
}

func (l *lateReader) Read(b []byte) (int, error) {
	if l.r == nil {
		r, err := l.open()
		if err != nil {
			return 0, err
		}
		l.r = r
	}
	n, err := l.r.Read(b)
	l.n += int64(n)
	l.progress(l.n)
	return n, err
}

func (l *lateReader) close() {
	if l.r != nil {
		l.r.Close()
	}
}

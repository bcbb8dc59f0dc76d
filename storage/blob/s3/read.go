package s3

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/minio/minio-go/v7"
)

// open asks for an object. The connection is given up when its bytes stop coming
// for as long as the timeout.
func (s *Store) open(ctx context.Context, name string) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	idle := time.AfterFunc(s.Timeout, func() { cancel(errSlow) })
	body, info, _, err := s.client.GetObject(ctx, s.Bucket, name, minio.GetObjectOptions{})
	idle.Stop()
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		cancel(nil)
		return nil, err
	}
	return &reader{ctx: ctx, cancel: cancel, body: body, left: info.Size, idle: idle, timeout: s.Timeout}, nil
}

// reader is an object being read.
type reader struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	body    io.ReadCloser
	left    int64
	idle    *time.Timer
	timeout time.Duration
}

// Read waits for bytes at most as long as the timeout. A caller that takes its time
// between reads is no fault.
func (r *reader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	r.idle.Reset(r.timeout)
	n, err := r.body.Read(p)
	r.idle.Stop()
	r.left -= int64(n)
	switch {
	case err == nil:
		return n, nil
	case context.Cause(r.ctx) != nil:
		return n, context.Cause(r.ctx)
	case err == io.EOF && r.left != 0:
		return n, fmt.Errorf("%d bytes less than announced: %w", r.left, io.ErrUnexpectedEOF)
	}
	return n, err
}

// Close gives the connection back, or up if bytes are left.
func (r *reader) Close() error {
	r.idle.Stop()
	if r.left > 0 {
		r.cancel(nil) // what is left is not waited for
	}
	err := r.body.Close()
	r.cancel(nil)
	return err
}

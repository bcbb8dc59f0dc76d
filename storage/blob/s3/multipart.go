package s3

import (
	"context"
	"errors"
	"io"

	"github.com/minio/minio-go/v7"

	"heyan/storage/blob"
)

// parts puts an object of several parts. While one is sent the next is read, as
// far as there is memory for a second.
func (u *upload) parts(ctx context.Context, r io.Reader, first *part, stop context.CancelCauseFunc) (blob.Object, error) {
	if err := u.begin(ctx); err != nil {
		return blob.Object{}, err
	}
	defer u.store.forget(u.id)
	err := u.sendAll(ctx, r, first, stop)
	if err == nil {
		var o blob.Object
		if o, err = u.complete(ctx); err == nil {
			return o, nil
		}
	}
	// A server that cannot be reached keeps the parts until Sweep.
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(undoTimeout, u.store.Timeout))
	defer cancel()
	_ = u.store.abort(undo, u.name(), u.id)
	return blob.Object{}, err
}

func (u *upload) begin(ctx context.Context) error {
	s := u.store
	options := u.options()
	return s.try(ctx, s.Timeout, func(ctx context.Context) (err error) {
		u.id, err = s.client.NewMultipartUpload(ctx, s.Bucket, u.name(), options)
		if err == nil {
			s.remember(u.id)
		}
		return err
	})
}

// sendAll sends the first part, which is full, and all that follow.
func (u *upload) sendAll(ctx context.Context, r io.Reader, current *part, stop context.CancelCauseFunc) error {
	next, err := u.second()
	if err != nil {
		return err
	}
	// They take turns: which one is the first is not known at the end.
	defer func() {
		current.free()
		u.giveBack(next)
	}()
	for last := false; !last; {
		if u.store.parts.Load() > maxParts { // others came who have none
			u.giveBack(next)
			next = nil
		}
		sending := u.send(ctx, current, stop)
		if next == nil { // no second buffer: one after the other
			if err := <-sending; err != nil {
				return err
			}
			if last, err = current.fill(r); err != nil {
				return err
			}
		} else {
			last, err = next.fill(r)
			if sendErr := <-sending; sendErr != nil {
				return sendErr
			}
			if err != nil {
				return err
			}
			current, next = next, current
		}
		if last && current.n > 0 {
			return <-u.send(ctx, current, stop)
		}
	}
	return nil
}

// send sends a part and stops the reading of the next if it fails.
func (u *upload) send(ctx context.Context, p *part, stop context.CancelCauseFunc) <-chan error {
	done := make(chan error, 1)
	number := len(u.sent) + 1
	u.sent = append(u.sent, minio.CompletePart{PartNumber: number})
	u.size += int64(p.n)
	go func() {
		s := u.store
		err := s.try(ctx, s.Timeout, func(ctx context.Context) error {
			body := p.reader()
			defer body.Close()
			got, err := s.client.PutObjectPart(ctx, s.Bucket, u.name(), u.id, number, body, int64(p.n), minio.PutObjectPartOptions{})
			u.sent[number-1].ETag = got.ETag
			return err
		})
		if err != nil {
			stop(err)
		}
		done <- err
	}()
	return done
}

func (u *upload) complete(ctx context.Context) (blob.Object, error) {
	s := u.store
	return u.commit(ctx, func(sure *bool) error {
		return s.try(ctx, assembleWait*s.Timeout, func(ctx context.Context) error {
			options := minio.PutObjectOptions{}
			options.SetMatchETagExcept("*")
			_, err := s.client.CompleteMultipartUpload(ctx, s.Bucket, u.name(), u.id, u.sent, options)
			*sure = *sure && !unsure(err)
			return err
		})
	})
}

// second returns a second buffer, or nil if there are enough in all.
func (u *upload) second() (*part, error) {
	if u.store.parts.Add(1) > maxParts {
		u.store.parts.Add(-1)
		return nil, nil
	}
	p, err := newPart(int(u.store.PartSize))
	if err != nil {
		u.store.parts.Add(-1)
	}
	return p, err
}

// giveBack frees a second buffer; nil is none.
func (u *upload) giveBack(p *part) {
	if p == nil {
		return
	}
	p.free()
	u.store.parts.Add(-1)
}

// abort ends a multipart upload and frees its parts.
func (s *Store) abort(ctx context.Context, name, id string) error {
	err := s.try(ctx, s.Timeout, func(ctx context.Context) error {
		return s.client.AbortMultipartUpload(ctx, s.Bucket, name, id)
	})
	if gone(err) {
		return nil
	}
	return err
}

// gone says whether a multipart upload is ended already.
func gone(err error) bool {
	var answer minio.ErrorResponse
	return errors.As(err, &answer) && answer.Code == "NoSuchUpload" || errors.Is(err, blob.ErrNotFound)
}

func (s *Store) remember(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[id] = true
}

func (s *Store) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, id)
}

func (s *Store) isRunning(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[id]
}

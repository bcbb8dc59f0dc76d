package s3

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/minio/minio-go/v7"

	"heyan/storage/blob"
)

// markName is the metadata that says which upload an object is of.
const markName = "Heyan-Upload"

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) (blob.Object, error) {
	if err := blob.CheckKey(key); err != nil {
		return blob.Object{}, fmt.Errorf("put object: %w", err)
	}
	o, err := s.put(ctx, key, r, size)
	if err != nil {
		return blob.Object{}, fmt.Errorf("put object %q: %w", key, err)
	}
	return o, nil
}

func (s *Store) put(ctx context.Context, key string, r io.Reader, size int64) (blob.Object, error) {
	// A part that could not be sent ends the reading of the next.
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r = blob.Exactly(reading, r, size)

	room := s.PartSize
	if size != blob.UnknownSize {
		room = min(room, size)
	}
	first, err := newPart(int(room))
	if err != nil {
		return blob.Object{}, err
	}
	defer first.free()
	s.parts.Add(1)
	defer s.parts.Add(-1)
	whole, err := first.fill(r)
	if err != nil {
		return blob.Object{}, err
	}
	u := &upload{store: s, key: key, mark: rand.Text()}
	if whole || size == room {
		return u.single(ctx, first)
	}
	return u.parts(ctx, r, first, stop)
}

// An upload is one Put.
type upload struct {
	store *Store
	key   string
	mark  string
	id    string // of the multipart upload
	size  int64
	sent  []minio.CompletePart
}

func (u *upload) name() string { return u.store.Prefix + u.key }

// options are those of the request that makes the object visible.
func (u *upload) options() minio.PutObjectOptions {
	o := minio.PutObjectOptions{ContentType: "application/octet-stream", UserMetadata: map[string]string{markName: u.mark}}
	o.SetMatchETagExcept("*")
	return o
}

// single puts an object that fits into one part with one request.
func (u *upload) single(ctx context.Context, p *part) (blob.Object, error) {
	u.size = int64(p.n)
	s := u.store
	return u.commit(ctx, func(sure *bool) error {
		return s.try(ctx, s.Timeout, func(ctx context.Context) error {
			body := p.reader()
			defer body.Close()
			_, err := s.client.PutObject(ctx, s.Bucket, u.name(), body, u.size, "", "", u.options())
			*sure = *sure && !unsure(err)
			return err
		})
	})
}

// commit runs the request that makes the object visible and says what came of it.
// When an answer was lost, the object's mark tells whether the request was carried
// out, and by whose upload. What is there under a context that has ended is taken
// away again: nobody will name it.
func (u *upload) commit(ctx context.Context, send func(sure *bool) error) (blob.Object, error) {
	sure := true
	err := send(&sure)
	if err != nil && sure {
		return blob.Object{}, err
	}
	s := u.store
	look, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(undoTimeout, s.Timeout))
	defer cancel()
	found, statErr := s.stat(look, u.key)
	if statErr != nil {
		return blob.Object{}, errors.Join(err, statErr)
	}
	ours := found.mark == u.mark
	switch {
	case !ours:
		return blob.Object{}, errors.Join(err, blob.ErrExists)
	case ctx.Err() != nil:
		return blob.Object{}, errors.Join(context.Cause(ctx), s.Delete(look, u.key))
	case found.Size != u.size:
		return blob.Object{}, errors.Join(fmt.Errorf("%d bytes were sent and %d are there", u.size, found.Size), s.Delete(look, u.key))
	}
	return found.Object, nil
}

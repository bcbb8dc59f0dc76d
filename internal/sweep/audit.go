package sweep

import (
	"context"
	"errors"
	"fmt"

	"heyan/storage/blob"
	"heyan/storage/record"
)

// Missing is a filed package whose object is not there, or has another size.
type Missing struct {
	Blob record.Blob
	// Size is the object's, -1 where there is none.
	Size int64
}

// Audit looks whether every package that a filing refers to is in the store, in
// its size, and returns those that are not. Each raises an alarm, once in the life
// of this process. A store that cannot be reached is an error, not a loss.
func (s *Sweeper) Audit(ctx context.Context) ([]Missing, error) {
	s.defaults()
	var missing []Missing
	filed := 0
	for after := ""; ; {
		page, err := s.Records.FiledBlobs(ctx, after, s.page)
		if err != nil {
			return missing, fmt.Errorf("list filed packages: %w", err)
		}
		if len(page) == 0 {
			s.metrics().Audited(filed, len(missing))
			return missing, nil
		}
		after = page[len(page)-1].Key
		filed += len(page)
		for _, b := range page {
			m, err := s.look(ctx, b)
			if err != nil {
				return missing, err
			}
			if m != nil {
				missing = append(missing, *m)
				s.alarm(ctx, *m)
			}
		}
	}
}

// look returns nil where the object is as it was recorded.
func (s *Sweeper) look(ctx context.Context, b record.Blob) (*Missing, error) {
	o, err := s.Blobs.Stat(ctx, b.Key)
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return &Missing{Blob: b, Size: -1}, nil
	case err != nil:
		return nil, fmt.Errorf("look for filed package: %w", err)
	case o.Size != b.Size:
		return &Missing{Blob: b, Size: o.Size}, nil
	}
	return nil, nil
}

func (s *Sweeper) alarm(ctx context.Context, m Missing) {
	kind, detail := record.AlarmBlobMissing, fmt.Sprintf("object %q (sha256 %s) of a filing is not in the store", m.Blob.Key, m.Blob.SHA256)
	if m.Size >= 0 {
		kind = record.AlarmBlobAltered
		detail = fmt.Sprintf("object %q (sha256 %s) of a filing has %d bytes, recorded are %d", m.Blob.Key, m.Blob.SHA256, m.Size, m.Blob.Size)
	}
	s.Log.ErrorContext(ctx, "filed package is not as it was stored", "kind", kind, "key", m.Blob.Key, "sha256", m.Blob.SHA256, "size", m.Size)
	if s.Alarms == nil || !s.first(m.Blob.Key) {
		return
	}
	a := record.Alarm{ID: s.NewID("alarm"), Kind: kind, Detail: detail, Created: s.Now()}
	if err := s.Alarms.RaiseAlarm(ctx, a); err != nil {
		s.forget(m.Blob.Key)
		s.Log.ErrorContext(ctx, "alarm was not recorded", "kind", kind, "error", err)
	}
}

// first reports whether there was no alarm for the key yet, and notes it.
func (s *Sweeper) first(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alarmed[key] {
		return false
	}
	s.alarmed[key] = true
	return true
}

func (s *Sweeper) forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.alarmed, key)
}

package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"heyan/internal/submit"
	"heyan/storage/blob"
	"heyan/storage/record"
)

// Sweeper sweeps. Records and Blobs are required; its fields are not changed once
// it is used. Its methods may be called concurrently.
type Sweeper struct {
	Records record.Blobs
	Blobs   blob.Store
	// Alarms is where Audit raises an alarm for a filed package that is missing;
	// nil: it is only logged.
	Alarms record.Alarms
	// Grace is how old an object must be to be rubbish, default submit.DefaultGrace.
	// It must be the one that submissions are taken in with.
	Grace time.Duration
	// Interval is how often Run looks for what has expired (default 10 minutes),
	// WalkEvery how often it goes through the whole store (6 hours).
	Interval, WalkEvery time.Duration
	Now                 func() time.Time           // default time.Now
	NewID               func(prefix string) string // default record.NewID
	Metrics             Metrics                    // default: none
	Log                 *slog.Logger               // default: slog.Default

	once    sync.Once
	page    int // rows or objects handled at once
	mu      sync.Mutex
	alarmed map[string]bool // keys for which this process raised an alarm
}

// Metrics is told what came of a sweep. Its methods must not block.
type Metrics interface {
	Swept(r Result, err error)
	// Audited is called after a whole audit with the number of filed packages and
	// of those that are missing or of another size.
	Audited(filed, missing int)
}

// Result counts what a sweep did.
type Result struct {
	Expired    int // submissions that came to their end
	Condemned  int // packages marked because nothing refers to them, also earlier
	Deleted    int // of them gone, object and row
	Orphans    int // objects without a row, deleted
	Unfinished int // uploads that died, cleared away
}

// pageSize is the default of Sweeper.page.
const pageSize = 500

// Sweep sweeps once, all of it. What fails is left to the next sweep and returned.
func (s *Sweeper) Sweep(ctx context.Context) (Result, error) {
	var r Result
	err := errors.Join(s.retire(ctx, &r), s.walk(ctx, &r))
	s.metrics().Swept(r, err)
	return r, err
}

// retire expires submissions and deletes the packages they gave up.
func (s *Sweeper) retire(ctx context.Context, r *Result) error {
	s.defaults()
	return errors.Join(s.expire(ctx, r), s.condemned(ctx, r))
}

// walk goes through the whole store for what no row names.
func (s *Sweeper) walk(ctx context.Context, r *Result) error {
	s.defaults()
	return errors.Join(s.orphans(ctx, r), s.unfinished(ctx, r))
}

func (s *Sweeper) expire(ctx context.Context, r *Result) error {
	for {
		n, err := s.Records.ExpireSubmissions(ctx, s.Now(), s.page)
		r.Expired += n
		if err != nil {
			return fmt.Errorf("expire submissions: %w", err)
		}
		if n < s.page {
			return nil
		}
	}
}

// condemned deletes packages that nothing refers to, page by page, until a page
// has nothing that was not tried: those that cannot be deleted just now come again.
func (s *Sweeper) condemned(ctx context.Context, r *Result) error {
	var errs []error
	tried := map[string]bool{}
	for {
		page, err := s.Records.CondemnBlobs(ctx, s.Now().Add(-s.Grace), s.page)
		if err != nil {
			return errors.Join(append(errs, fmt.Errorf("condemn packages: %w", err))...)
		}
		fresh := 0
		for _, b := range page {
			if tried[b.Key] {
				continue
			}
			tried[b.Key] = true
			fresh++
			r.Condemned++
			if err := s.remove(ctx, b); err != nil {
				errs = append(errs, err)
				continue
			}
			r.Deleted++
		}
		if fresh == 0 || ctx.Err() != nil || len(errs) > maxErrors {
			return errors.Join(errs...)
		}
	}
}

// maxErrors is after how many deletions that failed a sweep gives up: the store is
// down.
const maxErrors = 20

// remove deletes the object, then the row.
func (s *Sweeper) remove(ctx context.Context, b record.Blob) error {
	if err := s.Blobs.Delete(ctx, b.Key); err != nil {
		return fmt.Errorf("delete condemned object: %w", err)
	}
	if err := s.Records.ForgetBlob(ctx, b.Key); err != nil && !errors.Is(err, record.ErrNotFound) {
		return fmt.Errorf("forget condemned object %q: %w", b.Key, err)
	}
	return nil
}

// orphans deletes objects that are older than the grace and have no row.
func (s *Sweeper) orphans(ctx context.Context, r *Result) error {
	var errs []error
	for after := ""; ; {
		page, err := s.Blobs.List(ctx, after, s.page)
		if err != nil {
			return errors.Join(append(errs, fmt.Errorf("list objects: %w", err))...)
		}
		if len(page) == 0 {
			return errors.Join(errs...)
		}
		after = page[len(page)-1].Key
		keys, err := s.orphansOf(ctx, page)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, key := range keys {
			if err := s.Blobs.Delete(ctx, key); err != nil {
				errs = append(errs, fmt.Errorf("delete orphan: %w", err))
				if ctx.Err() != nil || len(errs) > maxErrors {
					return errors.Join(errs...)
				}
				continue
			}
			r.Orphans++
			s.Log.InfoContext(ctx, "object without a row deleted", "key", key)
		}
	}
}

// orphansOf returns the orphans among the objects.
func (s *Sweeper) orphansOf(ctx context.Context, page []blob.Object) ([]string, error) {
	before := s.Now().Add(-s.Grace)
	var old []string
	for _, o := range page {
		if o.Modified.Before(before) {
			old = append(old, o.Key)
		}
	}
	if len(old) == 0 {
		return nil, nil
	}
	known, err := s.Records.KnownKeys(ctx, old)
	if err != nil {
		return nil, fmt.Errorf("known keys: %w", err)
	}
	return slices.DeleteFunc(old, func(key string) bool { return known[key] }), nil
}

func (s *Sweeper) unfinished(ctx context.Context, r *Result) error {
	n, err := s.Blobs.Sweep(ctx, s.Now().Add(-s.Grace))
	r.Unfinished += n
	if err != nil {
		return fmt.Errorf("clear unfinished uploads: %w", err)
	}
	return nil
}

// defaults fills in what was left out.
func (s *Sweeper) defaults() {
	s.once.Do(func() {
		if s.Grace <= 0 {
			s.Grace = submit.DefaultGrace
		}
		if s.Interval <= 0 {
			s.Interval = 10 * time.Minute
		}
		if s.WalkEvery <= 0 {
			s.WalkEvery = 6 * time.Hour
		}
		if s.Now == nil {
			s.Now = time.Now
		}
		if s.NewID == nil {
			s.NewID = func(prefix string) string { return record.NewID(prefix, s.Now()) }
		}
		if s.Log == nil {
			s.Log = slog.Default()
		}
		if s.page <= 0 {
			s.page = pageSize
		}
		s.alarmed = map[string]bool{}
	})
}

func (s *Sweeper) metrics() Metrics {
	if s.Metrics == nil {
		return noMetrics{}
	}
	return s.Metrics
}

type noMetrics struct{}

func (noMetrics) Swept(Result, error) {}
func (noMetrics) Audited(int, int)    {}

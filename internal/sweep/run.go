package sweep

import (
	"context"
	"math/rand/v2"
	"time"
)

// Run sweeps until ctx ends, and returns when the last sweep has stopped. The
// first comes soon after the start; waiting times vary by a quarter, so that
// nodes that started together do not stay together. What fails is logged and
// tried again.
func (s *Sweeper) Run(ctx context.Context) error {
	s.defaults()
	var walked time.Time
	for wait := jitter(s.Interval / 10); ; wait = jitter(s.Interval) {
		if !sleep(ctx, wait) {
			return nil
		}
		walk := s.Now().Sub(walked) >= s.WalkEvery
		if s.round(ctx, walk) && walk {
			walked = s.Now()
		}
	}
}

// round is one turn of Run, false where something failed.
func (s *Sweeper) round(ctx context.Context, walk bool) bool {
	if !walk {
		var r Result
		err := s.retire(ctx, &r)
		s.metrics().Swept(r, err)
		return s.report(ctx, r, err)
	}
	r, err := s.Sweep(ctx)
	ok := s.report(ctx, r, err)
	if _, err := s.Audit(ctx); err != nil {
		return s.report(ctx, Result{}, err)
	}
	return ok
}

func (s *Sweeper) report(ctx context.Context, r Result, err error) bool {
	if r != (Result{}) {
		s.Log.InfoContext(ctx, "swept", "expired", r.Expired, "condemned", r.Condemned,
			"deleted", r.Deleted, "orphans", r.Orphans, "unfinished", r.Unfinished)
	}
	if err != nil && ctx.Err() == nil {
		s.Log.WarnContext(ctx, "sweep failed and will be tried again", "error", err)
	}
	return err == nil
}

// jitter is d, give or take a quarter.
func jitter(d time.Duration) time.Duration {
	return d - d/4 + rand.N(d/2+1)
}

// sleep reports whether it was not ended by ctx.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

package sweep

import (
	"context"
	"sync"
	"testing"

	"heyan/storage/record"
)

// A filing is submitted while a precheck of the same bytes expires and several
// nodes sweep: whichever comes first, the filing's bytes stay. Afterwards nothing
// else is left.
func TestFiledWhilePrecheckExpires(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *world{"disk, SQLite": onDisk, "S3, PostgreSQL": onServers} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			const packages = 24
			for i := range packages {
				w.mustEnd(t, content(i))
			}
			filed := race(t, w, packages)
			for i, sub := range filed {
				w.readable(t, sub, content(i))
			}
			if missing, err := w.sweeper(0).Audit(t.Context()); err != nil || len(missing) > 0 {
				t.Errorf("missing: %v, %v", missing, err)
			}
			if _, err := w.sweeper(9 * day).Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(w.keys(t)); n != packages {
				t.Errorf("%d objects, want %d", n, packages)
			}
		})
	}
}

// race submits a filing of every package, and further prechecks, while two nodes
// retire what has expired.
func race(t *testing.T, w *world, packages int) []record.Submission {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var nodes, callers sync.WaitGroup
	for range 2 {
		nodes.Go(func() {
			s := w.sweeper(9 * day)
			for ctx.Err() == nil {
				if err := s.retire(ctx, &Result{}); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	filed := make([]record.Submission, packages)
	callers.Go(func() {
		for i := range packages {
			var err error
			if filed[i], err = w.submit(t.Context(), "a", content(i), record.PurposeFiling); err != nil {
				t.Error(err)
			}
		}
	})
	callers.Go(func() {
		for i := range packages {
			sub, err := w.submit(t.Context(), "b", content(i), record.PurposePrecheck)
			if err != nil {
				t.Error(err)
				continue
			}
			if _, err := w.Cancel(t.Context(), caller("b"), sub.ID); err != nil {
				t.Error(err)
			}
		}
	})
	callers.Wait()
	stop()
	nodes.Wait()
	return filed
}

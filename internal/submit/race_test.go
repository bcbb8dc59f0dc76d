package submit_test

import (
	"context"
	"fmt"
	"io"
	"testing"

	"heyan/internal/submit"
	"heyan/storage/blob"
)

// What callers do at the same time, on one machine and on servers.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *world{
		"disk, SQLite":          func(t testing.TB) *world { return newWorld(t) },
		"S3, PostgreSQL, Redis": newServersWorld,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			t.Run("one key", func(t *testing.T) { w.oneKey(t) })
			t.Run("one package", func(t *testing.T) { w.onePackage(t) })
			t.Run("one submission, same bytes", func(t *testing.T) { w.oneSubmission(t, "first", "first") })
			t.Run("one submission, other bytes", func(t *testing.T) { w.oneSubmission(t, "one", "two") })
			w.swept(t)
		})
	}
}

const atOnce = 8

// oneKey: one key used by many at once makes one submission and one object.
func (w *world) oneKey(t *testing.T) {
	before := w.objects(t)
	ids := make(chan string, atOnce)
	for range atOnce {
		go func() {
			got, err := w.Submit(context.Background(), caller("a"), request("key"), upload("keyed"))
			if err != nil {
				t.Error(err)
			}
			ids <- got.Submission.ID
		}()
	}
	seen := map[string]bool{}
	for range atOnce {
		seen[<-ids] = true
	}
	if made := w.objects(t) - before; len(seen) != 1 || made != 1 {
		t.Errorf("%d submissions and %d objects, want 1 and 1", len(seen), made)
	}
}

// onePackage: the same bytes from many at once are one object and many submissions.
func (w *world) onePackage(t *testing.T) {
	before := w.objects(t)
	done := make(chan submit.Accepted, atOnce)
	for i := range atOnce {
		go func() {
			got, err := w.Submit(context.Background(), caller([]string{"a", "b"}[i%2]), request(fmt.Sprint(i)), upload("shared"))
			if err != nil {
				t.Error(err)
			}
			done <- got
		}()
	}
	for range atOnce {
		got := <-done
		w.intact(t, got.Submission, "shared")
	}
	if made := w.objects(t) - before; made != 1 {
		t.Errorf("%d objects were made, want 1", made)
	}
}

// oneSubmission: of two packages for one submission that are both read, one wins.
func (w *world) oneSubmission(t *testing.T, first, second string) {
	before := w.objects(t)
	sub := w.mustReserve(t)
	begin := func(content string) (finish func() (submit.Accepted, error)) {
		r, pipe := io.Pipe()
		type result struct {
			accepted submit.Accepted
			err      error
		}
		done := make(chan result)
		go func() {
			a, err := w.Attach(context.Background(), caller("a"), sub.ID, submit.Upload{Package: r, Size: blob.UnknownSize})
			_ = r.Close()
			done <- result{a, err}
		}()
		if _, err := pipe.Write([]byte(content)); err != nil {
			t.Error(err)
		}
		return func() (submit.Accepted, error) {
			_ = pipe.Close()
			got := <-done
			return got.accepted, got.err
		}
	}
	finishFirst, finishSecond := begin(first), begin(second)
	won, err := finishFirst()
	if err != nil || won.Replayed {
		t.Fatalf("first: %+v, %v", won, err)
	}
	lost, err := finishSecond()
	if first == second {
		if err != nil || !lost.Replayed {
			t.Errorf("the same bytes: %+v, %v", lost, err)
		}
	} else {
		wantCode(t, err, submit.CodeWrongState)
	}
	w.intact(t, won.Submission, first)
	if made := w.objects(t) - before; made != 1 {
		t.Errorf("%d objects were made, want 1", made)
	}
}

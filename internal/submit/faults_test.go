package submit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"heyan/internal/submit"
	"heyan/internal/sweep"
	"heyan/queue"
	"heyan/storage/blob"
	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

// faults lets one step of a flow fail: before it is done, or after, so that only
// its answer is lost.
type faults struct {
	at    int // the step, from 1; 0: none
	after bool
	steps int
	name  string // of the step that failed
}

var errFault = errors.New("connection lost")

// step runs do, or not, or loses its answer.
func (f *faults) step(name string, do func() error) error {
	f.steps++
	if f.steps != f.at {
		return do()
	}
	f.name = name
	if f.after {
		if err := do(); err != nil {
			return err
		}
	}
	return errFault
}

type faultyRecords struct {
	*sqlstore.Store
	f *faults
}

func (r faultyRecords) CreateSubmission(ctx context.Context, n record.NewSubmission) (a record.Accepted, err error) {
	err = r.f.step("create", func() error { a, err = r.Store.CreateSubmission(ctx, n); return err })
	return a, err
}

func (r faultyRecords) AttachPackage(ctx context.Context, org, id string, b record.Blob, job, name string, now time.Time) (a record.Accepted, err error) {
	err = r.f.step("attach", func() error { a, err = r.Store.AttachPackage(ctx, org, id, b, job, name, now); return err })
	return a, err
}

func (r faultyRecords) Submission(ctx context.Context, org, id string) (s record.Submission, err error) {
	err = r.f.step("submission", func() error { s, err = r.Store.Submission(ctx, org, id); return err })
	return s, err
}

func (r faultyRecords) IdempotencyKey(ctx context.Context, org, key string, now time.Time) (request, sub string, err error) {
	err = r.f.step("key", func() error { request, sub, err = r.Store.IdempotencyKey(ctx, org, key, now); return err })
	return request, sub, err
}

func (r faultyRecords) BlobBySHA256(ctx context.Context, sha256 string) (b record.Blob, err error) {
	err = r.f.step("blob", func() error { b, err = r.Store.BlobBySHA256(ctx, sha256); return err })
	return b, err
}

type faultyBlobs struct {
	blob.Store
	f *faults
}

func (b faultyBlobs) Put(ctx context.Context, key string, r io.Reader, size int64) (o blob.Object, err error) {
	err = b.f.step("put", func() error { o, err = b.Store.Put(ctx, key, r, size); return err })
	return o, err
}

func (b faultyBlobs) Stat(ctx context.Context, key string) (o blob.Object, err error) {
	err = b.f.step("stat", func() error { o, err = b.Store.Stat(ctx, key); return err })
	return o, err
}

func (b faultyBlobs) Delete(ctx context.Context, key string) error {
	return b.f.step("delete", func() error { return b.Store.Delete(ctx, key) })
}

type faultyQueue struct {
	queue.Queue
	f *faults
}

func (q faultyQueue) Publish(ctx context.Context, lane queue.Lane, job string) error {
	return q.f.step("publish", func() error { return q.Queue.Publish(ctx, lane, job) })
}

// For every step of every flow that may fail: what was acknowledged has its row,
// its job and its bytes; what was not leaves at most an object for the sweeper; and
// the same request again is accepted, once.
func TestEveryStepFails(t *testing.T) {
	t.Parallel()
	type flow struct {
		name    string
		prepare func(*world, string) string // returns the id to attach to
		run     func(*world, string, string) (submit.Accepted, error)
		lost    bool // the bytes are missing until a request is acknowledged
		never   string
	}
	submitted := func(w *world, content, _ string) (submit.Accepted, error) {
		return w.Submit(context.Background(), caller("a"), request("key-"+content), upload(content))
	}
	attached := func(w *world, content, id string) (submit.Accepted, error) {
		return w.Attach(context.Background(), caller("a"), id, upload(content))
	}
	for _, fl := range []flow{
		{name: "submit", prepare: func(*world, string) string { return "" }, run: submitted},
		{name: "bytes that are there", prepare: func(w *world, content string) string {
			w.mustSubmit(t, "b", content)
			return ""
		}, run: submitted},
		{name: "bytes that were lost", prepare: func(w *world, content string) string {
			w.mustSubmit(t, "b", content)
			w.lose(t, content)
			return ""
		}, run: submitted, lost: true},
		{name: "bytes that were lost, submitted with the key of then", prepare: func(w *world, content string) string {
			if _, err := submitted(w, content, ""); err != nil {
				t.Fatal(err)
			}
			w.lose(t, content)
			return ""
		}, run: submitted, lost: true, never: "publish"},
		{name: "attach", prepare: func(w *world, _ string) string { return w.mustReserve(t).ID }, run: attached},
		{name: "attach bytes that are there", prepare: func(w *world, content string) string {
			w.mustSubmit(t, "b", content)
			return w.mustReserve(t).ID
		}, run: attached},
		{name: "attach again bytes that were lost", prepare: func(w *world, content string) string {
			id := w.mustReserve(t).ID
			if _, err := attached(w, content, id); err != nil {
				t.Fatal(err)
			}
			w.lose(t, content)
			return id
		}, run: attached, lost: true, never: "publish"},
	} {
		t.Run(fl.name, func(t *testing.T) {
			t.Parallel()
			f := &faults{}
			w := newWorld(t, func(c *submit.Config) {
				c.Records, c.Blobs, c.Queue = faultyRecords{c.Records.(*sqlstore.Store), f}, faultyBlobs{c.Blobs, f}, faultyQueue{c.Queue, f}
			})
			failed := map[string]bool{}
			for at, reached := 1, true; reached; at++ {
				for _, after := range []bool{false, true} {
					content := fmt.Sprintf("%d-%v", at, after)
					*f = faults{}
					id := fl.prepare(w, content)
					*f = faults{at: at, after: after}
					got, err := fl.run(w, content, id)
					reached = f.name != ""
					failed[f.name] = true
					*f = faults{}
					step := fmt.Sprintf("step %d (%s), after=%v", at, f.name, after)
					switch {
					case err == nil:
						w.intact(t, got.Submission, content)
					case !reached:
						t.Fatalf("%s: failed by itself: %v", step, err)
					default:
						wantCode(t, err, submit.CodeUnavailable)
					}
					if err == nil || !fl.lost {
						w.named(t, step, content)
					}
					again, err := fl.run(w, content, id)
					if err != nil {
						t.Fatalf("%s: the request again: %v", step, err)
					}
					w.intact(t, again.Submission, content)
					list, err := w.List(t.Context(), caller("a"), record.Filter{SHA256: sumSHA256(content)})
					if err != nil || len(list) != 1 {
						t.Errorf("%s: %d submissions of one request, %v", step, len(list), err)
					}
				}
			}
			for _, name := range []string{"put", "publish"} {
				if !failed[name] && name != fl.never {
					t.Errorf("step %q never failed: %v", name, failed)
				}
			}
			w.swept(t)
		})
	}
}

// named fails if a row names an object that is not there.
func (w *world) named(t testing.TB, step, content string) {
	t.Helper()
	b, err := w.records.BlobBySHA256(t.Context(), sumSHA256(content))
	if errors.Is(err, record.ErrNotFound) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := w.object(t, b.Key); got != content {
		t.Errorf("%s: the object holds %q", step, got)
	}
}

// swept sweeps a day later and fails if an object is left that no row names, or one
// is missing.
func (w *world) swept(t testing.TB) {
	t.Helper()
	s := &sweep.Sweeper{Records: w.records, Blobs: w.blobs, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return w.clock.now().Add(25 * time.Hour) }}
	if _, err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	missing, err := s.Audit(t.Context())
	if err != nil || len(missing) > 0 {
		t.Errorf("missing: %v, %v", missing, err)
	}
	list, err := w.blobs.List(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, o := range list {
		keys = append(keys, o.Key)
	}
	known, err := w.records.KnownKeys(t.Context(), keys)
	if err != nil || len(known) != len(keys) {
		t.Errorf("%d objects, %d of them known, %v", len(keys), len(known), err)
	}
}

// A commit that took place though its answer was lost is acknowledged.
func TestLostAnswerIsFound(t *testing.T) {
	t.Parallel()
	f := &faults{at: 3, after: true} // put, blob, create
	w := newWorld(t, func(c *submit.Config) {
		c.Records, c.Blobs = faultyRecords{c.Records.(*sqlstore.Store), f}, faultyBlobs{c.Blobs, f}
	})
	sub := w.mustSubmit(t, "a", "bytes")
	if f.name != "create" {
		t.Fatalf("step %q failed", f.name)
	}
	w.intact(t, sub, "bytes")
	if w.received(t) == "" {
		t.Error("the queue was not told")
	}
}

// An object whose commit has an unknown outcome is not deleted.
func TestUnknownCommitKeepsObject(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *submit.Config) { c.Records = deaf{c.Records.(*sqlstore.Store)} })
	_, err := w.Submit(t.Context(), caller("a"), request(""), upload("bytes"))
	wantCode(t, err, submit.CodeUnavailable)
	if n := w.objects(t); n != 1 {
		t.Errorf("%d objects, want 1", n)
	}
	if n := w.metrics.get(&w.metrics.left); n != 1 {
		t.Errorf("%d left behind were counted", n)
	}
	// The row is there: the sweeper must not take the object.
	w.swept(t)
	if n := w.objects(t); n != 1 {
		t.Errorf("%d objects after the sweep, want 1", n)
	}
}

// deaf commits and loses the answer and the connection after it.
type deaf struct{ *sqlstore.Store }

func (d deaf) CreateSubmission(ctx context.Context, n record.NewSubmission) (record.Accepted, error) {
	if _, err := d.Store.CreateSubmission(ctx, n); err != nil {
		return record.Accepted{}, err
	}
	return record.Accepted{}, errFault
}

func (d deaf) Submission(context.Context, string, string) (record.Submission, error) {
	return record.Submission{}, errFault
}

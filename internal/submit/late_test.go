package submit_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"heyan/internal/submit"
	"heyan/internal/sweep"
	"heyan/storage/blob"
	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

// hooked runs functions around the parts of a flow.
type hookedBlobs struct {
	blob.Store
	afterPut func()
}

func (h hookedBlobs) Put(ctx context.Context, key string, r io.Reader, size int64) (blob.Object, error) {
	o, err := h.Store.Put(ctx, key, r, size)
	h.afterPut()
	return o, err
}

type hookedRecords struct {
	*sqlstore.Store
	before, after func()
}

func (h hookedRecords) CreateSubmission(ctx context.Context, n record.NewSubmission) (record.Accepted, error) {
	h.before()
	a, err := h.Store.CreateSubmission(ctx, n)
	h.after()
	return a, err
}

// A process that is stopped for long within an upload never acknowledges what the
// sweeper may have taken: wherever it stands, and whatever the sweeper does then.
func TestStoppedWithinUpload(t *testing.T) {
	t.Parallel()
	const grace = time.Hour
	nothing := func() {}
	for _, tt := range []struct {
		name  string
		stop  time.Duration
		where string // put, before, after
		want  submit.Code
		swept int // objects that the sweeper may take while the process stands
	}{
		{"a little after the bytes", grace / 4, "put", "", 0},
		{"long after the bytes", grace/2 + time.Second, "put", submit.CodeUnavailable, 0},
		{"very long after the bytes", 2 * grace, "put", submit.CodeUnavailable, 1},
		{"a little before the commit", grace / 2, "before", "", 0},
		{"very long before the commit", 2 * grace, "before", submit.CodeUnavailable, 1},
		{"very long after the commit", 2 * grace, "after", submit.CodeUnavailable, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var w *world
			stop := func() {
				w.clock.move(tt.stop)
				s := &sweep.Sweeper{Records: w.records, Blobs: w.blobs, Grace: grace, Now: w.clock.now, Log: slog.New(slog.DiscardHandler)}
				r, err := s.Sweep(context.Background())
				if err != nil || r.Orphans != tt.swept {
					t.Errorf("swept %+v, %v; want %d orphans", r, err, tt.swept)
				}
			}
			at := func(where string) func() {
				if where == tt.where {
					return stop
				}
				return nothing
			}
			w = newWorld(t, func(c *submit.Config) {
				c.Limits.Grace = grace
				c.Blobs = hookedBlobs{c.Blobs, at("put")}
				c.Records = hookedRecords{c.Records.(*sqlstore.Store), at("before"), at("after")}
			})
			got, err := w.Submit(t.Context(), caller("a"), request(""), upload("bytes"))
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				w.intact(t, got.Submission, "bytes")
				return
			}
			wantCode(t, err, tt.want)
		})
	}
}

// An upload that takes longer than half the grace is refused while it runs.
func TestSlowUpload(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *submit.Config) { c.Limits.Grace = time.Hour })
	slow := &slowReader{left: 10, each: func() { w.clock.move(4 * time.Minute) }}
	_, err := w.Submit(t.Context(), caller("a"), request(""), submit.Upload{Package: slow, Size: blob.UnknownSize})
	wantCode(t, err, submit.CodeUploadCut)
	if slow.left == 0 {
		t.Error("it was read to its end")
	}
	if n := w.objects(t); n != 0 {
		t.Errorf("%d objects are left", n)
	}
}

type slowReader struct {
	left int
	each func()
}

func (s *slowReader) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	s.left--
	s.each()
	return copy(p, "x"), nil
}

package sweep

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heyan/internal/submit"
	"heyan/storage/blob"
	"heyan/storage/record"
)

const day = 24 * time.Hour

func TestSweep(t *testing.T) {
	t.Parallel()
	w := onDisk(t)
	filed := w.mustSubmit(t, "a", "filed", record.PurposeFiling)
	shared := w.mustSubmit(t, "a", "shared", record.PurposeFiling)
	w.mustEnd(t, "shared")
	w.mustEnd(t, "precheck")
	waiting := w.mustSubmit(t, "b", "waiting", record.PurposePrecheck) // not judged: it does not expire
	if _, err := w.Reserve(t.Context(), caller("a"), submit.Request{Filing: []byte("应用平台: 安卓\n")}); err != nil {
		t.Fatal(err)
	}
	orphan := w.orphan(t)
	dead := filepath.Join(w.dir, "temp", "DEADUPLOAD")
	if err := os.WriteFile(dead, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}

	young, err := w.sweeper(23 * time.Hour).Sweep(t.Context())
	if diff := cmp.Diff(Result{}, young); diff != "" || err != nil {
		t.Errorf("before the time (-want +got):\n%s%v", diff, err)
	}
	if !w.keys(t)[orphan] {
		t.Fatal("an object was swept before it was old")
	}

	got, err := w.sweeper(9 * day).Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Expired: two prechecks and the one that awaited its package.
	want := Result{Expired: 3, Condemned: 1, Deleted: 1, Orphans: 1, Unfinished: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("first sweep (-want +got):\n%s", diff)
	}
	w.readable(t, filed, "filed")
	w.readable(t, shared, "shared")
	w.readable(t, waiting, "waiting")
	if n := len(w.keys(t)); n != 3 {
		t.Errorf("%d objects are left, want 3", n)
	}
	again, err := w.sweeper(9 * day).Sweep(t.Context())
	if diff := cmp.Diff(Result{}, again); diff != "" || err != nil {
		t.Errorf("second sweep (-want +got):\n%s%v", diff, err)
	}
	// The bytes that were given up may come again.
	w.readable(t, w.mustSubmit(t, "a", "precheck", record.PurposeFiling), "precheck")
}

// flaky fails some calls.
type flaky struct {
	blob.Store
	deletes, stats error
}

func (f *flaky) Delete(ctx context.Context, key string) error {
	if f.deletes != nil {
		return f.deletes
	}
	return f.Store.Delete(ctx, key)
}

func (f *flaky) Stat(ctx context.Context, key string) (blob.Object, error) {
	if f.stats != nil {
		return blob.Object{}, f.stats
	}
	return f.Store.Stat(ctx, key)
}

type flakyRecords struct {
	record.Blobs
	forget error
}

func (f *flakyRecords) ForgetBlob(ctx context.Context, key string) error {
	if f.forget != nil {
		return f.forget
	}
	return f.Blobs.ForgetBlob(ctx, key)
}

// A sweep that is cut off between any two steps is taken up by the next one.
func TestSweepResumes(t *testing.T) {
	t.Parallel()
	down := errors.New("store is down")
	w := onDisk(t)
	const many = 30 // more than maxErrors
	for i := range many {
		w.mustEnd(t, content(i))
	}
	orphan := w.orphan(t)
	blobs, records := &flaky{Store: w.blobs, deletes: down}, &flakyRecords{Blobs: w.records}
	s := w.sweeper(9 * day)
	s.Blobs, s.Records = blobs, records

	got, err := s.Sweep(t.Context())
	if !errors.Is(err, down) || got.Expired != many || got.Condemned != many || got.Deleted != 0 || got.Orphans != 0 {
		t.Errorf("no object can be deleted: %+v, %v", got, err)
	}
	if n := len(w.keys(t)); n != many+1 {
		t.Errorf("%d objects", n)
	}
	blobs.deletes, records.forget = nil, down
	got, err = s.Sweep(t.Context())
	if !errors.Is(err, down) || got.Condemned != many || got.Deleted != 0 || got.Orphans != 1 {
		t.Errorf("no row can be deleted: %+v, %v", got, err)
	}
	if keys := w.keys(t); len(keys) != 0 || keys[orphan] {
		t.Errorf("%d objects", len(keys))
	}
	records.forget = nil
	got, err = s.Sweep(t.Context())
	if err != nil || got.Condemned != many || got.Deleted != many {
		t.Errorf("everything can be: %+v, %v", got, err)
	}
	if got, err = s.Sweep(t.Context()); got != (Result{}) || err != nil {
		t.Errorf("nothing is left: %+v, %v", got, err)
	}
}

func TestAudit(t *testing.T) {
	t.Parallel()
	w := onDisk(t)
	w.mustSubmit(t, "a", "whole", record.PurposeFiling)
	w.mustSubmit(t, "a", "precheck", record.PurposePrecheck)
	object := func(sub record.Submission) string {
		b, err := w.records.BlobBySHA256(t.Context(), sub.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(w.dir, "objects", filepath.FromSlash(b.Key))
	}
	gone := object(w.mustSubmit(t, "a", "gone", record.PurposeFiling))
	short := object(w.mustSubmit(t, "a", "shortened", record.PurposeFiling))
	s := w.sweeper(0)
	if missing, err := s.Audit(t.Context()); err != nil || len(missing) != 0 {
		t.Fatalf("nothing is missing: %v, %v", missing, err)
	}
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(short); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(short, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		missing, err := s.Audit(t.Context())
		if err != nil || len(missing) != 2 {
			t.Fatalf("missing: %v, %v", missing, err)
		}
	}
	alarms, err := w.records.Alarms(t.Context(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, a := range alarms {
		kinds[a.Kind]++
	}
	if diff := cmp.Diff(map[string]int{record.AlarmBlobMissing: 1, record.AlarmBlobAltered: 1}, kinds); diff != "" {
		t.Errorf("alarms of two audits (-want +got):\n%s", diff)
	}
}

// A store that cannot be reached has lost nothing.
func TestAuditStoreDown(t *testing.T) {
	t.Parallel()
	w := onDisk(t)
	w.mustSubmit(t, "a", "whole", record.PurposeFiling)
	down := errors.New("store is down")
	s := w.sweeper(0)
	s.Blobs = &flaky{Store: w.blobs, stats: down}
	if missing, err := s.Audit(t.Context()); !errors.Is(err, down) || len(missing) != 0 {
		t.Errorf("missing: %v, %v", missing, err)
	}
	if alarms, err := w.records.Alarms(t.Context(), "", 10); err != nil || len(alarms) != 0 {
		t.Errorf("alarms: %v, %v", alarms, err)
	}
}

// Nothing is left out where there is more than a page of everything.
func TestPages(t *testing.T) {
	t.Parallel()
	w := onDisk(t)
	const many = 7
	for i := range many {
		w.mustEnd(t, content(i))
		w.orphan(t)
		sub := w.mustSubmit(t, "a", "filed "+content(i), record.PurposeFiling)
		b, err := w.records.BlobBySHA256(t.Context(), sub.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			if err := w.blobs.Delete(t.Context(), b.Key); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := w.sweeper(9 * day)
	s.page = 2
	got, err := s.Sweep(t.Context())
	if diff := cmp.Diff(Result{Expired: many, Condemned: many, Deleted: many, Orphans: many}, got); diff != "" || err != nil {
		t.Errorf("sweep (-want +got):\n%s%v", diff, err)
	}
	if missing, err := s.Audit(t.Context()); len(missing) != 4 || err != nil {
		t.Errorf("%d missing, %v; want 4", len(missing), err)
	}
}

type told struct {
	noMetrics
	swept chan Result
}

func (m told) Swept(r Result, _ error) { m.swept <- r }

func TestRun(t *testing.T) {
	t.Parallel()
	w := onDisk(t)
	orphan := w.orphan(t)
	s := w.sweeper(2 * day)
	s.Interval = time.Millisecond
	m := told{swept: make(chan Result)}
	s.Metrics = m
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	if r := <-m.swept; r.Orphans != 1 {
		t.Errorf("first round: %+v", r)
	}
	if r := <-m.swept; r != (Result{}) {
		t.Errorf("second round: %+v", r)
	}
	if w.keys(t)[orphan] {
		t.Error("the orphan is there")
	}
	stop()
	for {
		select {
		case <-m.swept:
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			return
		}
	}
}

package submit_test

import (
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"heyan/internal/submit"
	"heyan/internal/sweep"
	"heyan/storage/record"
)

// lose takes the object of a package away, behind everybody's back, and returns its
// key.
func (w *world) lose(t testing.TB, content string) string {
	t.Helper()
	b, err := w.records.BlobBySHA256(t.Context(), sumSHA256(content))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.blobs.Delete(t.Context(), b.Key); err != nil {
		t.Fatal(err)
	}
	return b.Key
}

// read is a submission's package as its organisation fetches it.
func (w *world) read(t testing.TB, sub record.Submission) string {
	t.Helper()
	r, _, err := w.Package(t.Context(), caller(sub.Organisation), sub.ID)
	if err != nil {
		t.Fatalf("package of %s: %v", sub.ID, err)
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// A package whose object was lost is there again for everybody once it is uploaded
// again, whichever way; the alarm says that it was lost.
func TestLostPackageIsRepaired(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *world{
		"disk, SQLite":   func(t testing.TB) *world { return newWorld(t) },
		"S3, PostgreSQL": newServersWorld,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			for content, upload := range map[string]func(string) record.Submission{
				"submitted again": func(content string) record.Submission { return w.mustSubmit(t, "b", content) },
				"attached": func(content string) record.Submission {
					got, err := w.Attach(t.Context(), caller("a"), w.mustReserve(t).ID, upload(content))
					if err != nil {
						t.Fatal(err)
					}
					return got.Submission
				},
			} {
				judged, queued := w.mustSubmit(t, "a", content), w.mustSubmit(t, "a", content)
				w.judge(t, judged, "pass")
				w.clock.move(time.Second)
				lost := w.lose(t, content)
				_, _, err := w.Package(t.Context(), caller("a"), judged.ID)
				wantCode(t, err, submit.CodeNotFound)

				again := upload(content)
				w.intact(t, again, content)
				w.intact(t, queued, content) // its job reads the new object
				for _, sub := range []record.Submission{judged, queued, again} {
					if got := w.read(t, sub); got != content {
						t.Errorf("the package of %s holds %q", sub.ID, got)
					}
				}
				w.judge(t, again, "pass")
				alarms, err := w.records.Alarms(t.Context(), "", 1)
				if err != nil || len(alarms) != 1 || alarms[0].Kind != record.AlarmBlobMissing || alarms[0].Submission != again.ID {
					t.Errorf("alarms %+v, %v; want that %q was lost", alarms, err, lost)
				}
				once := w.mustSubmit(t, "b", content) // and is as any other
				w.intact(t, once, content)
			}
			if n := w.objects(t); n != 2 {
				t.Errorf("%d objects, want 2", n)
			}
			w.swept(t)
		})
	}
}

// An object of another size is replaced as one that is gone, and swept.
func TestCutPackageIsRepaired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.mustSubmit(t, "a", "the whole")
	b, err := w.records.BlobBySHA256(t.Context(), sumSHA256("the whole"))
	if err != nil {
		t.Fatal(err)
	}
	w.lose(t, "the whole")
	if _, err := w.blobs.Put(t.Context(), b.Key, upload("the").Package, 3); err != nil {
		t.Fatal(err)
	}
	w.mustSubmit(t, "a", "the whole")
	w.intact(t, first, "the whole")
	if alarms, err := w.records.Alarms(t.Context(), "", 10); err != nil || len(alarms) != 1 || alarms[0].Kind != record.AlarmBlobAltered {
		t.Errorf("alarms %+v, %v", alarms, err)
	}
	s := &sweep.Sweeper{Records: w.records, Blobs: w.blobs, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return w.clock.now().Add(25 * time.Hour) }}
	if got, err := s.Sweep(t.Context()); err != nil || got.Orphans != 1 {
		t.Errorf("swept %+v, %v", got, err)
	}
	w.intact(t, first, "the whole")
}

// While the store cannot say whether it has the bytes, nothing is acknowledged.
func TestUnknownWhetherLost(t *testing.T) {
	t.Parallel()
	f := &faults{}
	w := newWorld(t, func(c *submit.Config) { c.Blobs = faultyBlobs{c.Blobs, f} })
	w.mustSubmit(t, "a", "bytes")
	*f = faults{at: 2} // put, stat
	_, err := w.Submit(t.Context(), caller("b"), request(""), upload("bytes"))
	wantCode(t, err, submit.CodeUnavailable)
	if f.name != "stat" || !errors.Is(err, errFault) {
		t.Fatalf("step %q failed: %v", f.name, err)
	}
	if n := w.objects(t); n != 1 {
		t.Errorf("%d objects, want 1", n)
	}
}

// A request that is replayed is answered as before, and repairs: the backend that has
// a package submitted again uses its own key, or the same reservation.
func TestReplayRepairs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for content, again := range map[string]func(string) (submit.Accepted, error){
		"submitted": func(content string) (submit.Accepted, error) {
			return w.Submit(t.Context(), caller("a"), request("key"), upload(content))
		},
		"attached": func() func(string) (submit.Accepted, error) {
			id := w.mustReserve(t).ID
			return func(content string) (submit.Accepted, error) {
				return w.Attach(t.Context(), caller("a"), id, upload(content))
			}
		}(),
	} {
		first, err := again(content)
		if err != nil {
			t.Fatal(err)
		}
		other := w.mustSubmit(t, "b", content)
		for range 2 {
			w.clock.move(time.Second)
			w.lose(t, content)
			got, err := again(content)
			if err != nil || !got.Replayed || got.Submission.ID != first.Submission.ID {
				t.Fatalf("%s again: %+v, %v", content, got, err)
			}
			if string(got.Submission.Filing) != string(first.Submission.Filing) {
				t.Errorf("its filing is %q", got.Submission.Filing)
			}
			w.intact(t, first.Submission, content)
			w.intact(t, other, content)
		}
		w.lose(t, content)
		_, err = again(content + ", but other bytes")
		if err == nil {
			t.Error("other bytes are taken")
		}
		if _, err := again(content); err != nil {
			t.Fatal(err)
		}
	}
	if alarms, err := w.records.Alarms(t.Context(), "", 10); err != nil || len(alarms) != 6 {
		t.Errorf("%d alarms, want one for each repair: %v", len(alarms), err)
	}
	if n := w.objects(t); n != 2 {
		t.Errorf("%d objects, want 2", n)
	}
	w.swept(t)
}

// An object that somebody read and found altered is replaced though its size is
// right, once.
func TestAlteredPackageIsRepaired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.mustSubmit(t, "a", "sound")
	key := w.lose(t, "sound")
	if _, err := w.blobs.Put(t.Context(), key, upload("rotte").Package, 5); err != nil {
		t.Fatal(err)
	}
	w.clock.move(time.Second)
	alarm := record.Alarm{ID: record.NewID("alm", w.clock.now()), Kind: record.AlarmBlobAltered, Submission: first.ID, Created: w.clock.now(),
		Detail: "job job_1: SHA-256 " + sumSHA256("rotte") + " instead of " + sumSHA256("sound")}
	if err := w.records.RaiseAlarm(t.Context(), alarm); err != nil {
		t.Fatal(err)
	}
	w.clock.move(time.Second)
	w.mustSubmit(t, "b", "sound")
	w.intact(t, first, "sound")
	repaired, err := w.records.BlobBySHA256(t.Context(), sumSHA256("sound"))
	if err != nil || repaired.Key == key {
		t.Fatalf("it is still %q, %v", repaired.Key, err)
	}
	w.clock.move(time.Second)
	w.mustSubmit(t, "b", "sound")
	if now, err := w.records.BlobBySHA256(t.Context(), sumSHA256("sound")); err != nil || now.Key != repaired.Key {
		t.Errorf("it was replaced again: %+v, %v", now, err)
	}
	w.swept(t)
}

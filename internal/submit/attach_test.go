package submit_test

import (
	"strings"
	"testing"
	"time"

	"heyan/internal/submit"
	"heyan/storage/blob"
	"heyan/storage/record"
)

func (w *world) mustReserve(t testing.TB) record.Submission {
	t.Helper()
	got, err := w.Reserve(t.Context(), caller("a"), request(""))
	if err != nil {
		t.Fatal(err)
	}
	return got.Submission
}

func TestReserveAndAttach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sub := w.mustReserve(t)
	if sub.State != record.StateAwaiting || !sub.Expires.Equal(w.clock.now().Add(submit.DefaultAwaitFor)) {
		t.Errorf("state %s, expires %v", sub.State, sub.Expires)
	}
	if job := w.received(t); job != "" {
		t.Errorf("job %q before there is a package", job)
	}
	p, err := w.Progress(t.Context(), caller("a"), sub.ID)
	if err != nil || p.Job.ID != "" || p.Submission.ID != sub.ID {
		t.Errorf("progress: %+v, %v", p, err)
	}
	w.clock.move(time.Minute)
	got, err := w.Attach(t.Context(), caller("a"), sub.ID, upload("bytes"))
	if err != nil || got.Replayed {
		t.Fatalf("attach: %+v, %v", got, err)
	}
	w.intact(t, got.Submission, "bytes")
	if got.Submission.FileName != "a.apk" || !got.Submission.Expires.IsZero() || !got.Submission.Acknowledged.Equal(w.clock.now()) {
		t.Errorf("file %q, expires %v, acknowledged %v", got.Submission.FileName, got.Submission.Expires, got.Submission.Acknowledged)
	}
	if job := w.received(t); job == "" {
		t.Error("the queue was not told")
	}

	again, err := w.Attach(t.Context(), caller("a"), sub.ID, upload("bytes"))
	if err != nil || !again.Replayed {
		t.Errorf("the same bytes again: %+v, %v", again, err)
	}
	again, err = w.Attach(t.Context(), caller("a"), sub.ID, submit.Upload{Package: strings.NewReader("bytes"), Size: blob.UnknownSize})
	if err != nil || !again.Replayed {
		t.Errorf("the same bytes again, size unknown: %+v, %v", again, err)
	}
	_, err = w.Attach(t.Context(), caller("a"), sub.ID, upload("other"))
	wantCode(t, err, submit.CodeWrongState)
	unread := &counting{r: strings.NewReader("longer than before")}
	_, err = w.Attach(t.Context(), caller("a"), sub.ID, submit.Upload{Package: unread, Size: 18})
	wantCode(t, err, submit.CodeWrongState)
	if unread.n != 0 {
		t.Error("bytes that cannot be the package's were read")
	}
	if n := w.objects(t); n != 1 {
		t.Errorf("%d objects, want 1", n)
	}
}

// A precheck is kept no shorter after its package came than any other.
func TestReservedPrecheckExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := request("")
	r.Purpose = record.PurposePrecheck
	got, err := w.Reserve(t.Context(), caller("a"), r)
	if err != nil {
		t.Fatal(err)
	}
	made := w.clock.now()
	attached, err := w.Attach(t.Context(), caller("a"), got.Submission.ID, upload("x"))
	if err != nil {
		t.Fatal(err)
	}
	if want := made.Add(submit.DefaultAwaitFor + submit.DefaultPrecheckFor); !attached.Submission.Expires.Equal(want) {
		t.Errorf("expires %v, want %v", attached.Submission.Expires, want)
	}
}

func TestReserveIdempotent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.Reserve(t.Context(), caller("a"), request("key"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.Reserve(t.Context(), caller("a"), request("key"))
	if err != nil || !again.Replayed || again.Submission.ID != first.Submission.ID {
		t.Errorf("again: %+v, %v", again, err)
	}
	_, err = w.Submit(t.Context(), caller("a"), request("key"), upload("x"))
	wantCode(t, err, submit.CodeIdempotencyReused)
	if n := w.objects(t); n != 0 {
		t.Errorf("%d objects are left", n)
	}
}

func TestAttachToEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	canceled, expired := w.mustReserve(t), w.mustReserve(t)
	if _, err := w.Cancel(t.Context(), caller("a"), canceled.ID); err != nil {
		t.Fatal(err)
	}
	w.clock.move(submit.DefaultAwaitFor + time.Second)
	if n, err := w.records.ExpireSubmissions(t.Context(), w.clock.now(), 10); err != nil || n != 1 {
		t.Fatalf("expired %d, %v", n, err)
	}
	for _, sub := range []record.Submission{canceled, expired} {
		unread := &counting{r: strings.NewReader("x")}
		_, err := w.Attach(t.Context(), caller("a"), sub.ID, submit.Upload{Package: unread, Size: 1})
		wantCode(t, err, submit.CodeWrongState)
		if unread.n != 0 {
			t.Error("the package was read")
		}
	}
}

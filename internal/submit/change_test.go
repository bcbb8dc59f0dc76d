package submit_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"heyan/internal/submit"
	"heyan/queue"
	"heyan/storage/record"
)

func TestRecheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sub := w.mustSubmit(t, "a", "bytes")
	w.received(t)
	_, err := w.Recheck(t.Context(), caller("a"), sub.ID, filed("2.0"), "")
	wantCode(t, err, submit.CodeWrongState)
	w.judge(t, sub, "return")
	_, err = w.Recheck(t.Context(), caller("a"), sub.ID, []byte("颜色: 红\n"), "")
	wantCode(t, err, submit.CodeFilingInvalid)

	got, err := w.Recheck(t.Context(), caller("a"), sub.ID, filed("2.0"), "key")
	if err != nil {
		t.Fatal(err)
	}
	if got.State != record.StateQueued || got.FilingDigest == sub.FilingDigest || got.Verdict != "return" {
		t.Errorf("state %s, verdict %s, digest %s", got.State, got.Verdict, got.FilingDigest)
	}
	if job := w.received(t); job == "" {
		t.Error("the queue was not told")
	}
	again, err := w.Recheck(t.Context(), caller("a"), sub.ID, filed("2.0"), "key")
	if err != nil || again.FilingDigest != got.FilingDigest {
		t.Errorf("again: %+v, %v", again, err)
	}
	_, err = w.Recheck(t.Context(), caller("a"), sub.ID, filed("3.0"), "key")
	wantCode(t, err, submit.CodeIdempotencyReused)
	_, err = w.Recheck(t.Context(), caller("a"), sub.ID, filed("3.0"), "")
	wantCode(t, err, submit.CodeWrongState)

	w.judge(t, got, "pass")
	list, err := w.Judgements(t.Context(), caller("a"), sub.ID)
	if err != nil || len(list) != 2 || list[0].Verdict != "return" || list[1].Cause != record.CauseRechecked {
		t.Errorf("judgements: %+v, %v", list, err)
	}
	j, r, err := w.Report(t.Context(), caller("a"), sub.ID, 0)
	if err != nil || j.Verdict != "pass" || r.Digest != list[1].ReportDigest {
		t.Errorf("report in force: %+v, %v", j, err)
	}
	_, _, err = w.Report(t.Context(), caller("a"), sub.ID, 3)
	wantCode(t, err, submit.CodeNotFound)
}

func TestReportBeforeJudged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sub := w.mustSubmit(t, "a", "bytes")
	_, _, err := w.Report(t.Context(), caller("a"), sub.ID, 0)
	wantCode(t, err, submit.CodeNotFound)
}

func TestCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sub := w.mustSubmit(t, "a", "bytes")
	got, err := w.Cancel(t.Context(), caller("a"), sub.ID)
	if err != nil || got.State != record.StateCanceled {
		t.Fatalf("state %s, %v", got.State, err)
	}
	_, err = w.Cancel(t.Context(), caller("a"), sub.ID)
	wantCode(t, err, submit.CodeWrongState)
}

func TestPackage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sub := w.mustSubmit(t, "a", "bytes")
	r, of, err := w.Package(t.Context(), caller("a"), sub.ID)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	_ = r.Close()
	if err != nil || string(body) != "bytes" || of.FileName != "a.apk" {
		t.Errorf("%q of %q, %v", body, of.FileName, err)
	}
	_, _, err = w.Package(t.Context(), caller("a"), w.mustReserve(t).ID)
	wantCode(t, err, submit.CodeNotFound)
	// An object of another size is a fault of ours and not what was submitted.
	b, err := w.records.BlobBySHA256(t.Context(), sub.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.blobs.Delete(t.Context(), b.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := w.blobs.Put(t.Context(), b.Key, strings.NewReader("more bytes"), 10); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.Package(t.Context(), caller("a"), sub.ID)
	wantCode(t, err, submit.CodeUnavailable)
	if err := w.blobs.Delete(t.Context(), b.Key); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.Package(t.Context(), caller("a"), sub.ID)
	wantCode(t, err, submit.CodeNotFound)
}

func TestRejudge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := caller("b", record.ScopeAdmin)
	sub := w.mustSubmit(t, "a", "bytes")
	w.judge(t, sub, "return")
	if err := w.records.PutFacts(t.Context(), sub.SHA256, "1", []byte(`{}`), w.clock.now()); err != nil {
		t.Fatal(err)
	}
	w.received(t)
	now := w.clock.now()
	_, err := w.Rejudge(t.Context(), admin, submit.RejudgeRequest{Since: now, Until: now})
	wantCode(t, err, submit.CodeRequestInvalid)
	_, err = w.GetRejudge(t.Context(), admin, "run_none")
	wantCode(t, err, submit.CodeNotFound)
	_, err = w.CancelRejudge(t.Context(), admin, "run_none")
	wantCode(t, err, submit.CodeNotFound)

	w.clock.move(time.Second)
	run, err := w.Rejudge(t.Context(), admin, submit.RejudgeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := w.AdvanceRejudges(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	job := w.received(t)
	if job == "" || w.received(t) != "" {
		t.Fatal("want one job published")
	}
	w.finish(t, job, "pass")
	got, err := w.GetRejudge(t.Context(), admin, run.ID)
	if err != nil || got.State != record.RejudgeDone || got.Queued != 1 || got.Done != 1 || got.Changed != 1 {
		t.Errorf("run %+v, %v", got, err)
	}
	_, err = w.CancelRejudge(t.Context(), admin, run.ID)
	wantCode(t, err, submit.CodeWrongState)
	// What was decided stands; the difference is flagged.
	after, err := w.Get(t.Context(), caller("a"), sub.ID)
	if err != nil || after.Verdict != "return" || after.Rejudged != "pass" || after.State != record.StateJudged {
		t.Errorf("submission: verdict %s, rejudged %s, state %s, %v", after.Verdict, after.Rejudged, after.State, err)
	}
}

func TestLanes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustSubmit(t, "a", "bytes", func(r *submit.Request) { r.Lane = queue.Batch })
	depth, err := w.queue.Depth(t.Context())
	if err != nil || depth[queue.Batch] != 1 || depth[queue.Interactive] != 0 {
		t.Errorf("depth %v, %v", depth, err)
	}
}

// One MD5 with two SHA-256 is stored, judged and told to operators. Two packages
// that really have one MD5 are not at hand: the records are told of such.
func TestTwin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.clock.now()
	w.plant(t, sumMD5("second"), sumSHA256("first"), now)
	sub := w.mustSubmit(t, "a", "second")
	w.intact(t, sub, "second")
	if n := w.metrics.get(&w.metrics.twins); n != 1 {
		t.Errorf("%d twins were counted, want 1", n)
	}
	alarms, err := w.Alarms(t.Context(), caller("b", record.ScopeAdmin), "", 0)
	if err != nil || len(alarms) != 1 || alarms[0].Kind != record.AlarmMD5Collision || alarms[0].Submission != sub.ID {
		t.Errorf("alarms: %+v, %v", alarms, err)
	}
}

// plant makes a submission of b whose row has the digests, without an object.
func (w *world) plant(t testing.TB, md5, sha256 string, now time.Time) {
	t.Helper()
	sub := record.Submission{
		ID: record.NewID("sub", now), Organisation: "b", Purpose: record.PurposePrecheck, Lane: string(queue.Batch),
		Filing: []byte(`{}`), Created: now, Updated: now,
	}
	b := &record.Blob{Key: "planted", MD5: md5, SHA256: sha256, Size: 1, Created: now}
	if _, err := w.records.CreateSubmission(t.Context(), record.NewSubmission{Submission: sub, Blob: b, JobID: record.NewID("job", now)}); err != nil {
		t.Fatal(err)
	}
}

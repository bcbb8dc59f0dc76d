package recordtest

import (
	"fmt"
	"time"

	"heyan/storage/record"
)

func (e *env) condemned(before time.Time) []string {
	e.Helper()
	list := must[[]record.Blob](e)(e.CondemnBlobs(e.Context(), before, 10))
	return idsOf(list, func(b record.Blob) string { return b.Key })
}

// expired makes a precheck of the bytes and lets it expire.
func (e *env) expired(n record.NewSubmission) {
	e.Helper()
	e.judged(n, "pass")
	e.later(2 * time.Hour)
	must[int](e)(e.ExpireSubmissions(e.Context(), e.now, 10))
}

var blobTests = []test{
	{"a blob that is referred to is not condemned", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		e.same(e.condemned(e.now.Add(24*time.Hour)), []string{})
		e.same(must[record.Blob](e)(e.BlobBySHA256(e.Context(), n.Blob.SHA256)), *n.Blob)
	}},
	{"a blob that is given up is condemned, deleted, forgotten", func(e *env) {
		n := e.precheck(orgA)
		made := e.now
		e.expired(n)
		e.same(e.condemned(made), []string{}) // too young
		e.same(e.condemned(e.now), []string{n.Blob.Key})
		e.same(e.condemned(e.now), []string{n.Blob.Key}) // until it is forgotten
		_, err := e.BlobBySHA256(e.Context(), n.Blob.SHA256)
		e.is(err, record.ErrNotFound)
		e.same(must[map[string]bool](e)(e.KnownKeys(e.Context(), []string{n.Blob.Key})), map[string]bool{n.Blob.Key: true})
		e.ok(e.ForgetBlob(e.Context(), n.Blob.Key))
		e.is(e.ForgetBlob(e.Context(), n.Blob.Key), record.ErrNotFound)
		e.same(must[map[string]bool](e)(e.KnownKeys(e.Context(), []string{n.Blob.Key})), map[string]bool{})
	}},
	{"the bytes of a condemned blob get a new key", func(e *env) {
		n := e.precheck(orgA)
		e.expired(n)
		e.condemned(e.now)
		again := e.filing(orgB)
		again.Blob.SHA256, again.Blob.MD5 = n.Blob.SHA256, n.Blob.MD5
		e.same(e.create(again).BlobKey, again.Blob.Key)
		e.ok(e.ForgetBlob(e.Context(), n.Blob.Key))
		e.same(must[record.Blob](e)(e.BlobBySHA256(e.Context(), n.Blob.SHA256)).Key, again.Blob.Key)
	}},
	{"a blob that is used again lives on", func(e *env) {
		n := e.precheck(orgA)
		e.expired(n)
		again := e.filing(orgB)
		again.Blob.SHA256, again.Blob.MD5 = n.Blob.SHA256, n.Blob.MD5
		e.same(e.create(again).BlobKey, n.Blob.Key)
		e.same(e.condemned(e.now), []string{})
		e.is(e.ForgetBlob(e.Context(), n.Blob.Key), record.ErrNotFound) // it is live
	}},
	{"an object that was lost is replaced for all that had it", func(e *env) {
		first, second, other := e.filing(orgA), e.awaiting(orgB), e.filing(orgA)
		e.create(first)
		e.create(second)
		e.create(other)
		lost := *first.Blob
		e.later(time.Hour)
		upload := func() record.Blob {
			b := e.blob("x")
			b.SHA256, b.MD5, b.Size = lost.SHA256, lost.MD5, lost.Size
			b.Instead = record.Damage{Key: lost.Key, Kind: record.AlarmBlobMissing}
			return b
		}
		repaired := upload()
		a := must[record.Accepted](e)(e.AttachPackage(e.Context(), orgB, second.Submission.ID, repaired, e.id("job"), "", e.now))
		e.same([]any{a.BlobKey, a.Repaired}, []any{repaired.Key, true})
		want := repaired
		want.Instead = record.Damage{}
		e.same(must[record.Blob](e)(e.BlobBySHA256(e.Context(), lost.SHA256)), want)
		for job, key := range map[string]string{first.JobID: repaired.Key, a.Job: repaired.Key, other.JobID: other.Blob.Key} {
			e.same(e.claim(job).BlobKey, key)
		}
		e.same(must[map[string]bool](e)(e.KnownKeys(e.Context(), []string{lost.Key})), map[string]bool{})
		alarms := must[[]record.Alarm](e)(e.Alarms(e.Context(), "", 10))
		e.same(len(alarms), 1)
		e.same([]any{alarms[0].Kind, alarms[0].Submission}, []any{record.AlarmBlobMissing, second.Submission.ID})

		late := e.filing(orgA) // it saw the loss as well, and comes second
		b := upload()
		late.Blob = &b
		a = e.create(late)
		e.same([]any{a.BlobKey, a.Repaired}, []any{repaired.Key, false})
		e.same(len(must[[]record.Alarm](e)(e.Alarms(e.Context(), "", 10))), 1)
	}},
	{"an object that was lost is replaced for a submission that is replayed", func(e *env) {
		submitted, attached, other := e.filing(orgA), e.awaiting(orgA), e.filing(orgB)
		submitted.Idempotency = record.Idempotency{Key: "k", Request: "r", Expires: e.now.Add(48 * time.Hour)}
		other.Blob.SHA256, other.Blob.MD5, other.Blob.Size = submitted.Blob.SHA256, submitted.Blob.MD5, submitted.Blob.Size
		e.create(submitted)
		e.create(other)
		e.create(attached)
		attach := func(b record.Blob) record.Accepted {
			return must[record.Accepted](e)(e.AttachPackage(e.Context(), orgA, attached.Submission.ID, b, e.id("job"), "", e.now))
		}
		first := *submitted.Blob
		first.Key = e.id("key")
		job := attach(first).Job
		lost := submitted.Blob.Key
		for i, again := range []func(b record.Blob) record.Accepted{
			func(b record.Blob) record.Accepted {
				n := e.filing(orgA)
				n.Idempotency, n.Blob = submitted.Idempotency, &b
				return e.create(n)
			},
			attach,
			attach, // and lost once more
		} {
			e.later(time.Hour)
			b := *submitted.Blob
			b.Key, b.Created = e.id("key"), e.now
			b.Instead = record.Damage{Key: lost, Kind: record.AlarmBlobAltered}
			a := again(b)
			e.same([]any{a.BlobKey, a.Replayed, a.Repaired, a.Job}, []any{b.Key, true, true, ""})
			live := must[record.Blob](e)(e.BlobBySHA256(e.Context(), b.SHA256))
			e.same([]any{live.Key, live.Created}, []any{b.Key, b.Created})
			e.same(must[bool](e)(e.BlobAltered(e.Context(), live)), false) // whatever the repair's alarm says
			e.same(must[map[string]bool](e)(e.KnownKeys(e.Context(), []string{lost})), map[string]bool{})
			e.same(len(must[[]record.Alarm](e)(e.Alarms(e.Context(), "", 10))), i+1)

			b.Key = e.id("key") // it saw the damage as well, and comes second
			a = again(b)
			e.same([]any{a.BlobKey, a.Replayed, a.Repaired}, []any{live.Key, true, false})
			e.same(len(must[[]record.Alarm](e)(e.Alarms(e.Context(), "", 10))), i+1)
			lost = live.Key
		}
		for _, id := range []string{submitted.JobID, other.JobID, job} {
			e.same(e.claim(id).BlobKey, lost)
		}
	}},
	{"an object is known to be altered by the alarms since", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		raise := func(kind, detail string) {
			e.ok(e.RaiseAlarm(e.Context(), record.Alarm{ID: e.id("alm"), Kind: kind, Detail: detail, Created: e.now}))
		}
		is := func(want bool) {
			e.Helper()
			e.same(must[bool](e)(e.BlobAltered(e.Context(), *n.Blob)), want)
		}
		raise(record.AlarmBlobAltered, "of the one before: "+n.Blob.SHA256)
		e.later(time.Second)
		raise(record.AlarmBlobAltered, "another")
		raise(record.AlarmMD5Collision, n.Blob.SHA256+n.Blob.Key)
		is(false)
		raise(record.AlarmBlobAltered, "SHA-256 a instead of "+n.Blob.SHA256)
		is(true)
		other := *n.Blob
		other.SHA256 = "of others"
		e.same(must[bool](e)(e.BlobAltered(e.Context(), other)), false)
		raise(record.AlarmBlobAltered, "object "+n.Blob.Key)
		e.same(must[bool](e)(e.BlobAltered(e.Context(), other)), true)
	}},
	{"an object that was lost and condemned is nobody's", func(e *env) {
		n := e.precheck(orgA)
		e.expired(n)
		e.condemned(e.now)
		again := e.filing(orgB)
		again.Blob.SHA256, again.Blob.MD5 = n.Blob.SHA256, n.Blob.MD5
		again.Blob.Instead = record.Damage{Key: n.Blob.Key, Kind: record.AlarmBlobMissing}
		a := e.create(again)
		e.same([]any{a.BlobKey, a.Repaired}, []any{again.Blob.Key, false})
		e.same(e.condemned(e.now), []string{n.Blob.Key})
		e.same(len(must[[]record.Alarm](e)(e.Alarms(e.Context(), "", 10))), 0)
	}},
	{"what expires gives up the object that took the place of its own", func(e *env) {
		n := e.precheck(orgA)
		e.judged(n, "pass")
		again := e.precheck(orgB)
		again.Blob.SHA256, again.Blob.MD5 = n.Blob.SHA256, n.Blob.MD5
		again.Blob.Instead = record.Damage{Key: n.Blob.Key, Kind: record.AlarmBlobAltered}
		e.judged(again, "pass")
		e.later(2 * time.Hour)
		e.same(must[int](e)(e.ExpireSubmissions(e.Context(), e.now, 10)), 2)
		e.same(e.condemned(e.now), []string{again.Blob.Key})
	}},
	{"a filed package survives a precheck of the same bytes", func(e *env) {
		precheck, filing := e.precheck(orgA), e.filing(orgA)
		filing.Blob.SHA256, filing.Blob.MD5 = precheck.Blob.SHA256, precheck.Blob.MD5
		e.create(filing)
		e.expired(precheck)
		e.same(e.condemned(e.now.Add(24*time.Hour)), []string{})
		e.same(e.claim(filing.JobID).BlobKey, filing.Blob.Key)
	}},
	{"filed blobs are listed in pages", func(e *env) {
		precheck := e.precheck(orgA)
		e.create(precheck)
		both := e.filing(orgB)
		both.Blob.SHA256, both.Blob.MD5 = precheck.Blob.SHA256, precheck.Blob.MD5
		e.create(both)
		want := []string{precheck.Blob.Key}
		for range 4 {
			n := e.filing(orgA)
			e.create(n)
			want = append(want, n.Blob.Key)
		}
		e.create(e.precheck(orgA))
		var got []string
		after := ""
		for {
			page := must[[]record.Blob](e)(e.FiledBlobs(e.Context(), after, 2))
			if len(page) == 0 {
				break
			}
			for _, b := range page {
				got = append(got, b.Key)
				after = b.Key
			}
		}
		e.same(got, want)
	}},
	{"many keys at once", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		keys := []string{n.Blob.Key}
		for i := range 3000 {
			keys = append(keys, fmt.Sprintf("none %d", i))
		}
		e.same(must[map[string]bool](e)(e.KnownKeys(e.Context(), keys)), map[string]bool{n.Blob.Key: true})
		e.same(must[map[string]bool](e)(e.KnownKeys(e.Context(), nil)), map[string]bool{})
	}},
}

var expiryTests = []test{
	{"what ran out ends, and filings' packages stay", func(e *env) {
		awaited, precheck, filing := e.awaiting(orgA), e.precheck(orgA), e.filing(orgA)
		e.create(awaited)
		e.judged(precheck, "pass")
		e.judged(filing, "pass")
		young := e.precheck(orgA)
		young.Submission.Expires = e.now.Add(48 * time.Hour)
		e.judged(young, "pass")
		running := e.precheck(orgA)
		e.create(running)
		e.later(time.Hour - time.Microsecond)
		e.same(must[int](e)(e.ExpireSubmissions(e.Context(), e.now, 10)), 0)
		e.claim(running.JobID)
		e.later(time.Microsecond)
		e.same(must[int](e)(e.ExpireSubmissions(e.Context(), e.now, 1)), 1)
		e.same(must[int](e)(e.ExpireSubmissions(e.Context(), e.now, 10)), 1)
		e.same(must[int](e)(e.ExpireSubmissions(e.Context(), e.now, 10)), 0)
		e.state(awaited.Submission.ID, record.StateExpired)
		e.state(filing.Submission.ID, record.StateJudged)
		e.state(young.Submission.ID, record.StateJudged)
		e.state(running.Submission.ID, record.StateRunning)
		got := e.sub(precheck.Submission.ID)
		e.same([]any{got.State, got.SHA256, got.MD5, got.Size, got.Verdict}, []any{record.StateExpired, "", "", int64(0), "pass"})
		e.same(e.condemned(e.now), []string{precheck.Blob.Key})
		_, _, err := e.Report(e.Context(), orgA, got.ID, 0)
		e.ok(err)
		e.same(len(must[[]record.Submission](e)(e.ListSubmissions(e.Context(), record.Filter{SHA256: precheck.Blob.SHA256}))), 0)
	}},
	{"canceled and stuck prechecks run out", func(e *env) {
		canceled, stuck := e.precheck(orgA), e.precheck(orgA)
		e.create(canceled)
		e.create(stuck)
		must[record.Submission](e)(e.Cancel(e.Context(), orgA, canceled.Submission.ID, e.now))
		j := e.claim(stuck.JobID)
		e.ok(e.Bury(e.Context(), j.ID, j.Epoch, "", e.now))
		e.later(2 * time.Hour)
		e.same(must[int](e)(e.ExpireSubmissions(e.Context(), e.now, 10)), 2)
		e.jobCanceled(j.ID)
		e.same(len(e.condemned(e.now)), 2)
	}},
	{"what expired is over", func(e *env) {
		n := e.precheck(orgA)
		e.expired(n)
		_, err := e.Recheck(e.Context(), e.rechecking(n.Submission, "{}"))
		e.is(err, record.ErrConflict)
		_, err = e.Cancel(e.Context(), orgA, n.Submission.ID, e.now)
		e.is(err, record.ErrConflict)
		_, err = e.AttachPackage(e.Context(), orgA, n.Submission.ID, *n.Blob, e.id("job"), "", e.now)
		e.is(err, record.ErrConflict)
	}},
}

package recordtest

import (
	"context"
	"strings"
	"time"

	"heyan/storage/record"
)

var submissionTests = []test{
	{"what is submitted is what is read", func(e *env) {
		n := e.filing(orgA)
		a := e.create(n)
		want := n.Submission
		want.State = record.StateQueued
		want.SHA256, want.MD5, want.Size = n.Blob.SHA256, n.Blob.MD5, n.Blob.Size
		e.same(a, record.Accepted{Submission: want, BlobKey: n.Blob.Key, Job: n.JobID})
		e.same(must[record.Submission](e)(e.Submission(e.Context(), orgA, want.ID)), want)
		e.same(must[record.Job](e)(e.LatestJob(e.Context(), orgA, want.ID)), record.Job{
			ID: n.JobID, Submission: want.ID, Organisation: orgA, Cause: record.CauseSubmitted, Lane: "interactive",
			State: record.JobQueued, SHA256: want.SHA256, MD5: want.MD5, Size: want.Size, BlobKey: n.Blob.Key,
			RunAt: e.now, Created: e.now,
		})
	}},
	{"a submission can wait for its package", func(e *env) {
		n := e.awaiting(orgA)
		a := e.create(n)
		want := n.Submission
		want.State = record.StateAwaiting
		e.same(a, record.Accepted{Submission: want})
		_, err := e.LatestJob(e.Context(), orgA, want.ID)
		e.is(err, record.ErrNotFound)
	}},
	{"a filing with its package does not expire", func(e *env) {
		n := e.filing(orgA)
		n.Submission.Expires = e.now.Add(time.Hour)
		a := e.create(n)
		e.same(a.Submission.Expires, time.Time{})
	}},
	{"an id is taken once", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		b := e.blob("other")
		n.Blob, n.JobID = &b, e.id("job")
		_, err := e.CreateSubmission(e.Context(), n)
		e.is(err, record.ErrConflict)
		_, err = e.BlobBySHA256(e.Context(), b.SHA256)
		e.is(err, record.ErrNotFound) // nothing of it happened
	}},
	{"what is superseded is the organisation's", func(e *env) {
		first := e.create(e.filing(orgA)).Submission
		n := e.filing(orgA)
		n.Submission.Supersedes = first.ID
		e.same(e.create(n).Submission.Supersedes, first.ID)
		for _, of := range []struct{ org, id string }{{orgB, first.ID}, {orgA, "sub_none"}} {
			n := e.filing(of.org)
			n.Submission.Supersedes = of.id
			_, err := e.CreateSubmission(e.Context(), n)
			e.is(err, record.ErrNotFound)
			_, err = e.Submission(e.Context(), "", n.Submission.ID)
			e.is(err, record.ErrNotFound)
		}
	}},
	{"the same bytes are kept once", func(e *env) {
		first, second := e.filing(orgA), e.filing(orgB)
		second.Blob.SHA256, second.Blob.MD5 = first.Blob.SHA256, first.Blob.MD5
		e.create(first)
		a := e.create(second)
		e.same(a.BlobKey, first.Blob.Key)
		e.same(a.Twin, "")
		e.same(e.job(a.Job).BlobKey, first.Blob.Key)
		e.same(must[map[string]bool](e)(e.KnownKeys(e.Context(), []string{first.Blob.Key, second.Blob.Key})), map[string]bool{first.Blob.Key: true})
	}},
	{"one MD5 with two SHA-256 is an alarm", func(e *env) {
		first, second := e.filing(orgA), e.filing(orgB)
		second.Blob.MD5 = first.Blob.MD5
		e.create(first)
		a := e.create(second)
		e.same(a.Twin, first.Blob.SHA256)
		alarms := must[[]record.Alarm](e)(e.Alarms(e.Context(), "", 10))
		if len(alarms) != 1 || alarms[0].Kind != record.AlarmMD5Collision || alarms[0].Submission != second.Submission.ID ||
			!strings.Contains(alarms[0].Detail, first.Blob.SHA256) {
			e.Fatalf("alarms: %+v", alarms)
		}
	}},
	{"texts that cannot be stored do not stop anything", func(e *env) {
		n := e.filing(orgA)
		n.Submission.FileName, n.Submission.AppName = "a\x00b", "\xff应用"
		a := e.create(n)
		j := e.claim(a.Job)
		o := e.outcome(j, "pass")
		o.PackageID, o.Version = strings.Repeat("长", 5000)+"\x00", "\xff\x00"
		must[record.Judgement](e)(e.Finish(e.Context(), o))
		sub := e.sub(a.Submission.ID)
		e.same(sub.FileName, "a\uFFFDb")
		e.same(sub.AppName, "\uFFFD应用")
		e.same(subIDs(must[[]record.Submission](e)(e.ListSubmissions(e.Context(), record.Filter{PackageID: o.PackageID}))), []string{sub.ID})
		e.same(must[bool](e)(e.Elsewhere(e.Context(), orgB, o.PackageID)), true)
		e.same(must[bool](e)(e.Elsewhere(e.Context(), orgB, o.PackageID+"x")), false)
	}},
	{"a context that has ended changes nothing", func(e *env) {
		ctx, cancel := context.WithCancel(e.Context())
		cancel()
		n := e.filing(orgA)
		_, err := e.CreateSubmission(ctx, n)
		e.is(err, context.Canceled)
		_, err = e.Submission(e.Context(), "", n.Submission.ID)
		e.is(err, record.ErrNotFound)
	}},
}

var idempotencyTests = []test{
	{"the same key and request are answered the same", func(e *env) {
		n := e.filing(orgA)
		n.Idempotency = record.Idempotency{Key: "k", Request: "r", Expires: e.now.Add(time.Hour)}
		first := e.create(n)
		again := e.filing(orgA)
		again.Idempotency = n.Idempotency
		a := e.create(again)
		first.Submission.Filing = nil
		e.same(a, record.Accepted{Submission: first.Submission, Replayed: true, BlobKey: n.Blob.Key})
		e.same(must[map[string]bool](e)(e.KnownKeys(e.Context(), []string{again.Blob.Key})), map[string]bool{})
		request, submission, err := e.IdempotencyKey(e.Context(), orgA, "k", e.now)
		e.ok(err)
		e.same([]string{request, submission}, []string{"r", n.Submission.ID})
	}},
	{"the same key with another request is refused", func(e *env) {
		n := e.filing(orgA)
		n.Idempotency = record.Idempotency{Key: "k", Request: "r", Expires: e.now.Add(time.Hour)}
		e.create(n)
		again := e.filing(orgA)
		again.Idempotency = record.Idempotency{Key: "k", Request: "other", Expires: e.now.Add(time.Hour)}
		_, err := e.CreateSubmission(e.Context(), again)
		e.is(err, record.ErrKeyReused)
	}},
	{"a key is the organisation's own", func(e *env) {
		for _, org := range []string{orgA, orgB} {
			n := e.filing(org)
			n.Idempotency = record.Idempotency{Key: "k", Request: "of " + org, Expires: e.now.Add(time.Hour)}
			e.same(e.create(n).Replayed, false)
		}
	}},
	{"a key is forgotten in time", func(e *env) {
		n := e.filing(orgA)
		n.Idempotency = record.Idempotency{Key: "k", Request: "r", Expires: e.now.Add(time.Hour)}
		e.create(n)
		e.later(time.Hour)
		_, _, err := e.IdempotencyKey(e.Context(), orgA, "k", e.now)
		e.is(err, record.ErrNotFound)
		again := e.filing(orgA)
		again.Idempotency = record.Idempotency{Key: "k", Request: "other", Expires: e.now.Add(time.Hour)}
		e.same(e.create(again).Replayed, false)
		e.later(time.Hour)
		must[int](e)(e.ExpireSubmissions(e.Context(), e.now, 10))
		_, _, err = e.IdempotencyKey(e.Context(), orgA, "k", e.now.Add(-time.Hour))
		e.is(err, record.ErrNotFound)
	}},
	{"a request that fails does not take the key", func(e *env) {
		n := e.filing(orgA)
		n.Submission.Supersedes = "sub_none"
		n.Idempotency = record.Idempotency{Key: "k", Request: "r", Expires: e.now.Add(time.Hour)}
		_, err := e.CreateSubmission(e.Context(), n)
		e.is(err, record.ErrNotFound)
		n.Submission.Supersedes = ""
		e.same(e.create(n).Replayed, false)
	}},
	{"a recheck has keys as well", func(e *env) {
		sub := e.judged(e.filing(orgA), "return")
		r := e.rechecking(sub, "{}")
		r.Idempotency = record.Idempotency{Key: "k", Request: "r", Expires: e.now.Add(time.Hour)}
		first := must[record.Job](e)(e.Recheck(e.Context(), r))
		e.finish(e.claim(first.ID), "pass")
		r.JobID = e.id("job")
		e.same(must[record.Job](e)(e.Recheck(e.Context(), r)).ID, first.ID)
		e.state(sub.ID, record.StateJudged)
		r.Idempotency.Request = "other"
		_, err := e.Recheck(e.Context(), r)
		e.is(err, record.ErrKeyReused)
	}},
}

var attachTests = []test{
	{"an awaited package makes the job", func(e *env) {
		n := e.awaiting(orgA)
		e.create(n)
		b, job := e.blob("bytes"), e.id("job")
		e.later(time.Minute)
		a := must[record.Accepted](e)(e.AttachPackage(e.Context(), orgA, n.Submission.ID, b, job, "new.apk", e.now))
		want := n.Submission
		want.State, want.SHA256, want.MD5, want.Size = record.StateQueued, b.SHA256, b.MD5, b.Size
		want.FileName, want.Acknowledged, want.Updated, want.Expires = "new.apk", e.now, e.now, time.Time{}
		e.same(e.sub(want.ID), want)
		want.Filing = nil
		e.same(a, record.Accepted{Submission: want, BlobKey: b.Key, Job: job})
		e.same(string(e.claim(job).Filing), `{"version":"1"}`)
	}},
	{"a precheck lives from its package on", func(e *env) {
		n := e.awaiting(orgA)
		n.Submission.Purpose = record.PurposePrecheck
		n.AttachedExpires = e.now.Add(24 * time.Hour)
		e.create(n)
		a := must[record.Accepted](e)(e.AttachPackage(e.Context(), orgA, n.Submission.ID, e.blob("bytes"), e.id("job"), "", e.now))
		e.same(a.Submission.Expires, n.AttachedExpires)
		e.same(a.Submission.FileName, n.Submission.FileName)
	}},
	{"the same package a second time is the same answer", func(e *env) {
		n := e.awaiting(orgA)
		e.create(n)
		b := e.blob("bytes")
		must[record.Accepted](e)(e.AttachPackage(e.Context(), orgA, n.Submission.ID, b, e.id("job"), "", e.now))
		copied := e.blob("bytes")
		a := must[record.Accepted](e)(e.AttachPackage(e.Context(), orgA, n.Submission.ID, copied, e.id("job"), "", e.now))
		e.same([]any{a.Replayed, a.BlobKey, a.Job}, []any{true, b.Key, ""})
		_, err := e.AttachPackage(e.Context(), orgA, n.Submission.ID, e.blob("others"), e.id("job"), "", e.now)
		e.is(err, record.ErrConflict)
	}},
	{"what does not wait gets no package", func(e *env) {
		n := e.awaiting(orgA)
		e.create(n)
		must[record.Submission](e)(e.Cancel(e.Context(), orgA, n.Submission.ID, e.now))
		for id, want := range map[string]error{n.Submission.ID: record.ErrConflict, "sub_none": record.ErrNotFound} {
			b := e.blob("bytes")
			_, err := e.AttachPackage(e.Context(), orgA, id, b, e.id("job"), "", e.now)
			e.is(err, want)
			_, err = e.BlobBySHA256(e.Context(), b.SHA256)
			e.is(err, record.ErrNotFound)
		}
	}},
	{"a twin is seen with an awaited package, too", func(e *env) {
		first := e.filing(orgA)
		e.create(first)
		n := e.awaiting(orgB)
		e.create(n)
		b := e.blob("bytes")
		b.MD5 = first.Blob.MD5
		a := must[record.Accepted](e)(e.AttachPackage(e.Context(), orgB, n.Submission.ID, b, e.id("job"), "", e.now))
		e.same(a.Twin, first.Blob.SHA256)
	}},
}

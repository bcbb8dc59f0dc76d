package recordtest

import (
	"time"

	"heyan/storage/record"
)

var jobTests = []test{
	{"a claim gives all that is needed", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		e.later(time.Second)
		j := e.claim(n.JobID)
		e.same(j, record.Job{
			ID: n.JobID, Submission: n.Submission.ID, Organisation: orgA, Cause: record.CauseSubmitted, Lane: "interactive",
			State: record.JobRunning, Filing: n.Submission.Filing, SHA256: n.Blob.SHA256, MD5: n.Blob.MD5, Size: n.Blob.Size,
			BlobKey: n.Blob.Key, Epoch: 1, Attempts: 1, Worker: "worker",
			RunAt: n.Submission.Created, LeaseUntil: e.now.Add(lease), Created: n.Submission.Created, Started: e.now,
		})
		e.state(n.Submission.ID, record.StateRunning)
		e.same(len(e.job(n.JobID).Filing), 0)
	}},
	{"a job with a live lease is not claimed", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		e.claim(n.JobID)
		e.later(lease - time.Microsecond)
		_, err := e.Claim(e.Context(), n.JobID, "other", e.now, lease)
		e.is(err, record.ErrNotDue)
		_, err = e.Claim(e.Context(), "job_none", "other", e.now, lease)
		e.is(err, record.ErrNotDue)
	}},
	{"a lost lease fences the worker off", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		lost := e.claim(n.JobID)
		e.later(lease)
		j := must[record.Job](e)(e.Claim(e.Context(), n.JobID, "other", e.now, lease))
		e.same([]any{j.Epoch, j.Attempts, j.Lost, j.Worker}, []any{int64(2), 2, 1, "other"})
		ctx := e.Context()
		_, err := e.Heartbeat(ctx, record.Beat{Job: lost.ID, Epoch: lost.Epoch, LeaseUntil: e.now.Add(lease)})
		e.is(err, record.ErrFenced)
		e.is(e.Release(ctx, record.Release{Job: lost.ID, Epoch: lost.Epoch, RunAt: e.now}), record.ErrFenced)
		e.is(e.Bury(ctx, lost.ID, lost.Epoch, "", e.now), record.ErrFenced)
		e.is(e.FinishCanceled(ctx, lost.ID, lost.Epoch, e.now), record.ErrFenced)
		_, err = e.Finish(ctx, e.outcome(lost, "pass"))
		e.is(err, record.ErrFenced)
		e.same(len(must[[]record.Judgement](e)(e.Judgements(ctx, orgA, n.Submission.ID))), 0)
		e.finish(j, "pass")
	}},
	{"leases of the dead end at once and count as lost", func(e *env) {
		ctx := e.Context()
		running, queued, done := e.filing(orgA), e.filing(orgA), e.filing(orgB)
		for _, n := range []record.NewSubmission{running, queued, done} {
			e.create(n)
		}
		dead, put := e.claim(running.JobID), e.claim(queued.JobID)
		e.ok(e.Release(ctx, record.Release{Job: put.ID, Epoch: put.Epoch, RunAt: e.now.Add(time.Hour)}))
		e.finish(e.claim(done.JobID), "pass")
		analyse := func(owner string) bool {
			return must[bool](e)(e.ClaimAnalysis(ctx, "s", "1", owner, e.now, lease))
		}
		e.same([]bool{analyse("dead"), analyse("next")}, []bool{true, false})
		e.later(time.Second)
		e.same(must[int](e)(e.Abandon(ctx, e.now)), 1)
		e.same(must[int](e)(e.Abandon(ctx, e.now)), 0)
		due := must[[]record.Job](e)(e.Due(ctx, "interactive", e.now, 10))
		e.same(idsOf(due, func(j record.Job) string { return j.ID }), []string{dead.ID}) // back-off stays
		e.same(analyse("next"), true)
		j := must[record.Job](e)(e.Claim(ctx, dead.ID, "next", e.now, lease))
		e.same([]any{j.Epoch, j.Attempts, j.Lost}, []any{int64(2), 2, 1})
		_, err := e.Finish(ctx, e.outcome(dead, "pass"))
		e.is(err, record.ErrFenced)
		e.finish(j, "pass")
	}},
	{"a heartbeat extends and tells", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		j := e.claim(n.JobID)
		until := e.now.Add(time.Hour)
		beat := record.Beat{Job: j.ID, Epoch: j.Epoch, LeaseUntil: until, Stage: "inspect", Percent: 40}
		e.same(must[bool](e)(e.Heartbeat(e.Context(), beat)), false)
		got := e.job(j.ID)
		e.same([]any{got.LeaseUntil, got.Stage, got.Percent}, []any{until, "inspect", 40})
		must[record.Submission](e)(e.Cancel(e.Context(), orgA, n.Submission.ID, e.now))
		e.same(must[bool](e)(e.Heartbeat(e.Context(), beat)), true)
	}},
	{"a job is put back", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		j := e.claim(n.JobID)
		at := e.now.Add(time.Minute)
		e.ok(e.Release(e.Context(), record.Release{Job: j.ID, Epoch: j.Epoch, RunAt: at, Reason: "crashed", Crashed: true}))
		got := e.job(j.ID)
		e.same([]any{got.State, got.RunAt, got.Error, got.Attempts, got.Crashes, got.Lost, got.Worker, got.LeaseUntil},
			[]any{record.JobQueued, at, "crashed", 1, 1, 0, "", time.Time{}})
		e.state(n.Submission.ID, record.StateQueued)
		_, err := e.Claim(e.Context(), j.ID, "worker", at.Add(-time.Microsecond), lease)
		e.is(err, record.ErrNotDue)
		e.now = at
		j = e.claim(j.ID)
		e.ok(e.Release(e.Context(), record.Release{Job: j.ID, Epoch: j.Epoch, RunAt: at, Unattempted: true}))
		e.same([]any{e.job(j.ID).Attempts, e.job(j.ID).Epoch}, []any{1, int64(2)})
	}},
	{"a dead job is an operator's", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		j := e.claim(n.JobID)
		e.is(e.Exhume(e.Context(), j.ID, e.now), record.ErrConflict)
		e.ok(e.Bury(e.Context(), j.ID, j.Epoch, "no store", e.now))
		e.state(n.Submission.ID, record.StateStuck)
		e.same([]any{e.job(j.ID).State, e.job(j.ID).Error}, []any{record.JobDead, "no store"})
		_, err := e.Claim(e.Context(), j.ID, "worker", e.now.Add(time.Hour), lease)
		e.is(err, record.ErrNotDue)
		e.ok(e.Exhume(e.Context(), j.ID, e.later(time.Minute)))
		e.state(n.Submission.ID, record.StateQueued)
		got := e.job(j.ID)
		e.same([]any{got.State, got.Attempts, got.RunAt, got.Error}, []any{record.JobQueued, 0, e.now, ""})
		e.finish(e.claim(j.ID), "pass")
		e.is(e.Exhume(e.Context(), j.ID, e.now), record.ErrConflict)
		e.is(e.Exhume(e.Context(), "job_none", e.now), record.ErrNotFound)
	}},
	{"what is due is listed, the longest first", func(e *env) {
		var due []string
		for range 3 {
			due = append(due, e.create(e.filing(orgA)).Job)
			e.later(time.Second)
		}
		lost := e.create(e.filing(orgA)).Job
		e.claim(lost)
		batch := e.filing(orgB)
		batch.Submission.Lane = "batch"
		e.create(batch)
		backedOff := e.create(e.filing(orgA)).Job
		j := e.claim(backedOff)
		e.ok(e.Release(e.Context(), record.Release{Job: j.ID, Epoch: j.Epoch, RunAt: e.now.Add(time.Hour)}))
		list := func(lane string, limit int) []string {
			jobs := must[[]record.Job](e)(e.Due(e.Context(), lane, e.now, limit))
			return idsOf(jobs, func(j record.Job) string { return j.ID })
		}
		e.same(list("interactive", 10), due)
		e.same(list("interactive", 2), due[:2])
		e.same(list("batch", 10), []string{batch.JobID})
		e.later(lease)
		e.same(list("interactive", 10), append(due, lost))
	}},
	{"the backlog counts", func(e *env) {
		first := e.now
		e.create(e.filing(orgA))
		e.later(time.Second)
		e.claim(e.create(e.filing(orgA)).Job)
		j := e.claim(e.create(e.filing(orgA)).Job)
		e.ok(e.Bury(e.Context(), j.ID, j.Epoch, "", e.now))
		dead := e.filing(orgB)
		dead.Submission.Lane = "batch"
		e.create(dead)
		j = e.claim(dead.JobID)
		e.ok(e.Bury(e.Context(), j.ID, j.Epoch, "", e.now))
		e.same(must[[]record.Backlog](e)(e.Backlog(e.Context(), e.now)), []record.Backlog{
			{Lane: "batch", Dead: 1},
			{Lane: "interactive", Queued: 1, Running: 1, Dead: 1, OldestDue: first},
		})
		e.later(lease)
		e.same(must[[]record.Backlog](e)(e.Backlog(e.Context(), e.now))[1],
			record.Backlog{Lane: "interactive", Queued: 2, Dead: 1, OldestDue: first})
	}},
}

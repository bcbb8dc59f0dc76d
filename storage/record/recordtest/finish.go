package recordtest

import (
	"time"

	"heyan/storage/record"
)

var finishTests = []test{
	{"a job ends in its judgement", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		j := e.claim(n.JobID)
		e.later(time.Second)
		o := e.outcome(j, "return")
		want := o.Judgement
		want.Submission, want.Job, want.Seq, want.Cause = n.Submission.ID, j.ID, 1, record.CauseSubmitted
		e.same(must[record.Judgement](e)(e.Finish(e.Context(), o)), want)
		sub := e.sub(n.Submission.ID)
		e.same([]any{sub.State, sub.Verdict, sub.Judgement, sub.ReportDigest, sub.PackageID, sub.Version, sub.Rejudged, sub.Updated},
			[]any{record.StateJudged, "return", 1, o.Report.Digest, "cn.example.app", "1.0", "", e.now})
		got := e.job(j.ID)
		e.same([]any{got.State, got.Ended, got.Percent}, []any{record.JobDone, e.now, 100})
		for _, seq := range []int{0, 1} {
			judgement, report, err := e.Report(e.Context(), orgA, sub.ID, seq)
			e.ok(err)
			e.same(judgement, want)
			e.same(report, o.Report)
		}
		judgement, report, err := e.ReportByDigest(e.Context(), o.Report.Digest)
		e.ok(err)
		e.same(judgement, want)
		e.same(report, o.Report)
		e.same(must[[]record.Judgement](e)(e.Judgements(e.Context(), orgA, sub.ID)), []record.Judgement{want})
	}},
	{"a job ends once", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		j := e.claim(n.JobID)
		e.finish(j, "pass")
		_, err := e.Finish(e.Context(), e.outcome(j, "return"))
		e.is(err, record.ErrFenced)
		e.same(e.sub(n.Submission.ID).Verdict, "pass")
		e.same(len(must[[]record.Judgement](e)(e.Judgements(e.Context(), orgA, n.Submission.ID))), 1)
		_, err = e.Claim(e.Context(), j.ID, "worker", e.now.Add(time.Hour), lease)
		e.is(err, record.ErrNotDue)
	}},
	{"equal reports are kept once", func(e *env) {
		var digest string
		for range 2 {
			j := e.claim(e.create(e.filing(orgA)).Job)
			o := e.outcome(j, "pass")
			o.Report.Digest, o.Judgement.ReportDigest, o.Report.Body = "sha256:same", "sha256:same", []byte("{}")
			digest = must[record.Judgement](e)(e.Finish(e.Context(), o)).ReportDigest
			e.later(time.Second)
		}
		first, _, err := e.ReportByDigest(e.Context(), digest)
		e.ok(err)
		e.same(first.Created, e.now.Add(-2*time.Second))
	}},
	{"webhooks that want the event are told in the same transaction", func(e *env) {
		for i, w := range []record.Webhook{
			{Organisation: orgA, Events: []string{"submission.judged"}},
			{Organisation: orgA, Events: []string{"other"}},
			{Organisation: orgA, Events: []string{"other", "submission.judged"}},
			{Organisation: orgA, Events: []string{"submission.judged"}, Disabled: true},
			{Organisation: orgB, Events: []string{"submission.judged"}},
		} {
			w.ID, w.URL, w.Secret, w.Created = string(rune('a'+i)), "https://example.cn", []byte("secret"), e.now
			e.ok(e.CreateWebhook(e.Context(), w))
		}
		n := e.filing(orgA)
		e.create(n)
		j := e.claim(n.JobID)
		o := e.outcome(j, "pass")
		o.Payload = func(s record.Submission, g record.Judgement) (string, []byte) {
			return "submission.judged", []byte(s.ID + " " + s.Verdict + " " + string(rune('0'+g.Seq)))
		}
		stale := o
		stale.Epoch = 7
		_, err := e.Finish(e.Context(), stale)
		e.is(err, record.ErrFenced)
		must[record.Judgement](e)(e.Finish(e.Context(), o))
		list := must[[]record.Delivery](e)(e.Deliveries(e.Context(), orgA, "", "", "", 10))
		e.same(len(list), 2)
		for _, d := range list {
			e.same([]any{d.Submission, d.Event, string(d.Payload), d.State, d.NextAt, d.Attempts},
				[]any{n.Submission.ID, "submission.judged", n.Submission.ID + " pass 1", record.DeliveryPending, e.now, 0})
		}
		e.same(len(must[[]record.Delivery](e)(e.Deliveries(e.Context(), orgB, "", "", "", 10))), 0)
	}},
}

var cancelTests = []test{
	{"what no worker has ends at once", func(e *env) {
		awaiting, queued := e.awaiting(orgA), e.filing(orgA)
		for _, n := range []record.NewSubmission{awaiting, queued} {
			e.create(n)
			sub := must[record.Submission](e)(e.Cancel(e.Context(), orgA, n.Submission.ID, e.now))
			e.same(sub.State, record.StateCanceled)
			_, err := e.Cancel(e.Context(), orgA, n.Submission.ID, e.now)
			e.is(err, record.ErrConflict)
		}
		e.jobCanceled(queued.JobID)
		_, err := e.Claim(e.Context(), queued.JobID, "worker", e.now, lease)
		e.is(err, record.ErrNotDue)
	}},
	{"the worker that has it is asked", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		j := e.claim(n.JobID)
		e.is(e.FinishCanceled(e.Context(), j.ID, j.Epoch, e.now), record.ErrFenced) // nobody asked
		sub := must[record.Submission](e)(e.Cancel(e.Context(), orgA, n.Submission.ID, e.now))
		e.same(sub.State, record.StateRunning)
		e.same(e.job(j.ID).CancelRequested, true)
		e.ok(e.FinishCanceled(e.Context(), j.ID, j.Epoch, e.now))
		e.state(n.Submission.ID, record.StateCanceled)
		e.jobCanceled(j.ID)
		_, err := e.Finish(e.Context(), e.outcome(j, "pass"))
		e.is(err, record.ErrFenced)
	}},
	{"a worker that was quicker has judged", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		j := e.claim(n.JobID)
		must[record.Submission](e)(e.Cancel(e.Context(), orgA, n.Submission.ID, e.now))
		e.finish(j, "pass")
		e.state(n.Submission.ID, record.StateJudged)
		_, err := e.Cancel(e.Context(), orgA, n.Submission.ID, e.now)
		e.is(err, record.ErrConflict)
	}},
	{"a worker that died is not waited for", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		j := e.claim(n.JobID)
		e.later(lease)
		must[record.Submission](e)(e.Cancel(e.Context(), orgA, n.Submission.ID, e.now))
		e.state(n.Submission.ID, record.StateCanceled)
		_, err := e.Finish(e.Context(), e.outcome(j, "pass"))
		e.is(err, record.ErrFenced)
	}},
	{"what is stuck can be given up", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		j := e.claim(n.JobID)
		e.ok(e.Bury(e.Context(), j.ID, j.Epoch, "", e.now))
		must[record.Submission](e)(e.Cancel(e.Context(), orgA, n.Submission.ID, e.now))
		e.state(n.Submission.ID, record.StateCanceled)
		e.is(e.Exhume(e.Context(), j.ID, e.now), record.ErrConflict)
	}},
	{"a recheck that is canceled leaves what was judged", func(e *env) {
		for _, how := range []string{"queued", "running", "lost", "stuck"} {
			sub := e.judged(e.filing(orgA), "return")
			job := e.recheck(sub, `{"version":"2"}`)
			switch how {
			case "running":
				j := e.claim(job.ID)
				must[record.Submission](e)(e.Cancel(e.Context(), orgA, sub.ID, e.now))
				e.ok(e.FinishCanceled(e.Context(), j.ID, j.Epoch, e.now))
			case "stuck":
				j := e.claim(job.ID)
				e.ok(e.Bury(e.Context(), j.ID, j.Epoch, "", e.now))
			case "lost":
				e.claim(job.ID)
				e.later(lease)
			}
			if how != "running" {
				must[record.Submission](e)(e.Cancel(e.Context(), orgA, sub.ID, e.now))
			}
			got := e.sub(sub.ID)
			got.Updated = sub.Updated
			e.same(got, sub)
			e.jobCanceled(job.ID)
		}
	}},
}

var recheckTests = []test{
	{"a recheck judges against the corrected filing", func(e *env) {
		sub := e.judged(e.filing(orgA), "return")
		e.later(time.Minute)
		job := e.recheck(sub, `{"version":"2"}`)
		e.same([]any{job.Cause, job.State, job.PackageID}, []any{record.CauseRechecked, record.JobQueued, "cn.example.app"})
		waiting := e.sub(sub.ID)
		e.same([]any{waiting.State, string(waiting.Filing), waiting.FilingDigest, waiting.Platform, waiting.AppName, waiting.Verdict, waiting.Judgement},
			[]any{record.StateQueued, `{"version":"2"}`, `sha256:{"version":"2"}`, "ios", "corrected", "return", 1})
		j := e.claim(job.ID)
		e.same(string(j.Filing), `{"version":"2"}`)
		e.same(e.finish(j, "pass").Seq, 2)
		e.same([]any{e.sub(sub.ID).Verdict, e.sub(sub.ID).Judgement}, []any{"pass", 2})
		list := must[[]record.Judgement](e)(e.Judgements(e.Context(), orgA, sub.ID))
		e.same(idsOf(list, func(j record.Judgement) string { return string(j.Cause) + " " + j.Verdict }), []string{"submitted return", "rechecked pass"})
		first, _, err := e.Report(e.Context(), orgA, sub.ID, 1)
		e.ok(err)
		e.same(first.Verdict, "return")
		e.same(must[record.Job](e)(e.LatestJob(e.Context(), orgA, sub.ID)).ID, job.ID)
	}},
	{"only what is judged is rechecked", func(e *env) {
		awaiting, queued, running := e.awaiting(orgA), e.filing(orgA), e.filing(orgA)
		e.create(awaiting)
		e.create(queued)
		e.create(running)
		e.claim(running.JobID)
		for _, n := range []record.NewSubmission{awaiting, queued, running} {
			_, err := e.Recheck(e.Context(), e.rechecking(n.Submission, "{}"))
			e.is(err, record.ErrConflict)
		}
		_, err := e.Recheck(e.Context(), e.rechecking(record.Submission{ID: "sub_none", Organisation: orgA}, "{}"))
		e.is(err, record.ErrNotFound)
		sub := e.judged(e.filing(orgA), "pass")
		e.recheck(sub, "{}")
		_, err = e.Recheck(e.Context(), e.rechecking(sub, "{}"))
		e.is(err, record.ErrConflict)
	}},
}

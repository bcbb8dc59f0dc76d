package recordtest

import (
	"time"

	"heyan/storage/record"
)

// withFacts judges a submission and keeps its facts.
func (e *env) withFacts(n record.NewSubmission, verdict string) record.Submission {
	e.Helper()
	sub := e.judged(n, verdict)
	e.ok(e.PutFacts(e.Context(), n.Blob.SHA256, "1", []byte("{}"), e.now))
	return sub
}

func (e *env) run(org string) string {
	e.Helper()
	id := e.id("run")
	e.ok(e.CreateRejudge(e.Context(), record.Rejudge{ID: id, Organisation: org, CreatedBy: "tok_1", Created: e.now}))
	return id
}

func (e *env) advance(id string, limit int) (record.Rejudge, []record.Job) {
	e.Helper()
	r, jobs, err := e.AdvanceRejudge(e.Context(), id, func() string { return e.id("job") }, e.now, limit)
	e.ok(err)
	return r, jobs
}

func jobsOf(jobs []record.Job) []string {
	return idsOf(jobs, func(j record.Job) string { return j.Submission })
}

var rejudgeTests = []test{
	{"a run walks over what is judged", func(e *env) {
		var want []string
		for range 5 {
			want = append(want, e.withFacts(e.filing(orgA), "pass").ID)
			e.later(time.Second)
		}
		e.judged(e.filing(orgA), "pass") // without facts
		e.create(e.filing(orgA))         // not judged
		e.withFacts(e.filing(orgB), "pass")
		run := e.run(orgA)
		e.later(time.Second)
		e.withFacts(e.filing(orgA), "pass") // came after
		var got []string
		for range 10 {
			r, jobs := e.advance(run, 2)
			got = append(got, jobsOf(jobs)...)
			for _, j := range jobs {
				e.same([]any{j.Cause, j.Lane, j.State, j.Run}, []any{record.CauseRejudged, "batch", record.JobQueued, run})
			}
			if r.State == record.RejudgeDone {
				e.same(r.Queued, 5)
				break
			}
			e.same(must[[]string](e)(e.RunningRejudges(e.Context())), []string{run})
		}
		e.same(got, want)
		e.same(must[[]string](e)(e.RunningRejudges(e.Context())), []string{})
		r, jobs := e.advance(run, 2)
		e.same([]any{r.State, len(jobs)}, []any{record.RejudgeDone, 0})
	}},
	{"a run over all organisations and a time", func(e *env) {
		e.withFacts(e.filing(orgA), "pass")
		since := e.later(time.Second)
		a, b := e.withFacts(e.filing(orgA), "pass"), e.withFacts(e.filing(orgB), "pass")
		until := e.later(time.Second)
		e.withFacts(e.filing(orgA), "pass")
		id := e.id("run")
		e.ok(e.CreateRejudge(e.Context(), record.Rejudge{ID: id, Since: since, Until: until, Created: e.now}))
		_, jobs := e.advance(id, 10)
		e.same(jobsOf(jobs), []string{a.ID, b.ID})
	}},
	{"a re-judgement changes nothing that is in force", func(e *env) {
		before := e.withFacts(e.filing(orgA), "pass")
		_, jobs := e.advance(e.run(orgA), 10)
		j := e.claim(jobs[0].ID)
		e.same(string(j.Filing), `{"version":"1"}`)
		e.state(before.ID, record.StateJudged)
		e.later(time.Second)
		e.same(e.finish(j, "return").Seq, 2)
		after := e.sub(before.ID)
		e.same(after.Rejudged, "return")
		after.Rejudged, after.Updated = "", before.Updated
		e.same(after, before)
		r := must[record.Rejudge](e)(e.Rejudge(e.Context(), j.Run))
		e.same([]int{r.Queued, r.Done, r.Changed}, []int{1, 1, 1})
		first, _, err := e.Report(e.Context(), orgA, before.ID, 0)
		e.ok(err)
		e.same([]any{first.Seq, first.Verdict}, []any{1, "pass"})
		e.same(must[record.Job](e)(e.LatestJob(e.Context(), orgA, before.ID)).Cause, record.CauseSubmitted)

		_, jobs = e.advance(e.run(orgA), 10) // today's rules agree again
		e.finish(e.claim(jobs[0].ID), "pass")
		e.same(e.sub(before.ID).Rejudged, "")
		r = must[record.Rejudge](e)(e.Rejudge(e.Context(), jobs[0].Run))
		e.same([]int{r.Done, r.Changed}, []int{1, 0})
	}},
	{"a recheck and a re-judgement at once", func(e *env) {
		sub := e.withFacts(e.filing(orgA), "return")
		_, jobs := e.advance(e.run(orgA), 10)
		rejudged := e.claim(jobs[0].ID)
		rechecked := e.claim(e.recheck(sub, `{"version":"2"}`).ID)
		e.same(string(rejudged.Filing), `{"version":"1"}`)
		e.finish(rechecked, "pass")
		e.same(e.finish(rejudged, "return").Seq, 3)
		got := e.sub(sub.ID)
		// It was judged against a filing that is no longer the one.
		e.same([]any{got.State, got.Verdict, got.Judgement, got.Rejudged}, []any{record.StateJudged, "pass", 2, ""})
		r := must[record.Rejudge](e)(e.Rejudge(e.Context(), rejudged.Run))
		e.same([]int{r.Done, r.Changed}, []int{1, 0})
	}},
	{"a re-judgement's job dies and rises without the submission", func(e *env) {
		sub := e.withFacts(e.filing(orgA), "pass")
		_, jobs := e.advance(e.run(orgA), 10)
		j := e.claim(jobs[0].ID)
		e.ok(e.Release(e.Context(), record.Release{Job: j.ID, Epoch: j.Epoch, RunAt: e.now}))
		j = e.claim(j.ID)
		e.ok(e.Bury(e.Context(), j.ID, j.Epoch, "", e.now))
		e.state(sub.ID, record.StateJudged)
		e.ok(e.Exhume(e.Context(), j.ID, e.now))
		e.finish(e.claim(j.ID), "pass")
		e.state(sub.ID, record.StateJudged)
	}},
	{"a run is canceled with what waits of it", func(e *env) {
		for range 3 {
			e.withFacts(e.filing(orgA), "pass")
		}
		run := e.run(orgA)
		_, jobs := e.advance(run, 2)
		running := e.claim(jobs[0].ID)
		e.ok(e.CancelRejudge(e.Context(), run, e.now))
		e.is(e.CancelRejudge(e.Context(), run, e.now), record.ErrConflict)
		e.is(e.CancelRejudge(e.Context(), "run_none", e.now), record.ErrNotFound)
		e.jobCanceled(jobs[1].ID)
		r, more := e.advance(run, 2)
		e.same([]any{r.State, len(more)}, []any{record.RejudgeCanceled, 0})
		e.finish(running, "pass")
		e.same(must[record.Rejudge](e)(e.Rejudge(e.Context(), run)).Done, 1)
	}},
	{"runs are listed", func(e *env) {
		first := e.run(orgA)
		e.later(time.Second)
		second := e.run("")
		list := must[[]record.Rejudge](e)(e.Rejudges(e.Context(), 10))
		e.same(idsOf(list, func(r record.Rejudge) string { return r.ID }), []string{second, first})
		e.same(list[1], record.Rejudge{ID: first, Organisation: orgA, State: record.RejudgeRunning, CreatedBy: "tok_1", Created: e.now.Add(-time.Second)})
		e.same(len(must[[]record.Rejudge](e)(e.Rejudges(e.Context(), 1))), 1)
		_, err := e.Rejudge(e.Context(), "run_none")
		e.is(err, record.ErrNotFound)
	}},
}

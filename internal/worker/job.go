package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"heyan/queue"
	"heyan/storage/record"
)

// run is one attempt at one job.
type run struct {
	*Pool
	job   record.Job
	lease *lease
	log   *slog.Logger
}

// work works on a claimed job and says when it is to come again.
func (p *Pool) work(base context.Context, m queue.Message, job record.Job) (again bool, at time.Time) {
	p.take(job.ID)
	defer p.leave(job.ID)
	started := time.Now()
	p.Metrics.Started(m.Lane, max(0, p.Now().Sub(later(job.RunAt, job.Created))))

	ctx, end := context.WithCancelCause(base)
	defer end(nil)
	r := &run{Pool: p, job: job, log: p.Log.With("job", job.ID, "submission", job.Submission)}
	r.lease = p.keep(ctx, end, m, job)
	err := fence(func() error { return r.judge(ctx) })
	r.lease.stop()
	cause := context.Cause(ctx)
	after, cancel := afterlife(base)
	defer cancel()
	c := r.conclude(after, cause, err)
	p.Metrics.Ended(m.Lane, c.ending, time.Since(started))
	return c.again, c.at
}

// afterlife is a context for what must still be written: it ends a little after
// base.
func afterlife(base context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(base))
	stop := context.AfterFunc(base, func() {
		pause(ctx, callTimeout)
		cancel()
	})
	return ctx, func() { stop(); cancel() }
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// judge is the whole work: facts, judgement, outcome.
func (r *run) judge(ctx context.Context) error {
	if r.job.CancelRequested {
		return errCanceled
	}
	f, err := r.facts(ctx)
	if err != nil {
		return err
	}
	r.lease.enter(StageJudging)
	o, err := r.outcome(ctx, f)
	if err != nil {
		return err
	}
	r.lease.enter(StageSaving)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	deliveries := 0
	o.NewID = func() string { deliveries++; return r.NewID("dlv") }
	var j record.Judgement
	err = r.persist(ctx, func(ctx context.Context) (err error) {
		o.Now = r.Now()
		j, err = r.Records.Finish(ctx, o)
		return err
	})
	if deliveries > 0 { // also where only the answer was lost: it costs a look
		r.Notify()
	}
	if err != nil {
		return err
	}
	r.Metrics.Judged(j.Verdict)
	r.log.InfoContext(ctx, "judged", "verdict", j.Verdict, "seq", j.Seq, "cause", j.Cause)
	return nil
}

// persist writes to the records, again and again while they cannot be reached: a
// lease that is lost for want of a write would be counted against the package. It
// gives up when the job is another's, when ctx ends, and after two leases.
//
// A write that was made though its answer was lost shows as ErrFenced the next
// time, which is as good.
func (r *run) persist(ctx context.Context, write func(context.Context) error) error {
	until := time.Now().Add(2 * r.Lease)
	for failed := 1; ; failed++ {
		call, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
		err := write(call)
		cancel()
		if err == nil || errors.Is(err, record.ErrFenced) || ctx.Err() != nil || time.Now().After(until) {
			return err
		}
		r.log.WarnContext(ctx, "the records cannot be written", "error", err)
		pause(ctx, r.wait(failed))
	}
}

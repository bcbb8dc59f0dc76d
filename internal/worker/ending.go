package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"heyan/internal/inspect"
	"heyan/storage/record"
)

// conclusion is what became of an attempt, and when the job is to come again.
type conclusion struct {
	ending Ending
	again  bool
	at     time.Time
}

// conclude ends an attempt that ended with err, in a context that ended for the
// cause. It is the one table of what is retried and what is not.
func (r *run) conclude(ctx context.Context, cause, err error) conclusion {
	var (
		busy     busyError
		stopped  *inspect.StoppedError
		panicked *panicError
		damaged  *damagedError
		hopeless *hopelessError
	)
	switch {
	case err == nil:
		return conclusion{ending: EndJudged}
	case errors.Is(err, record.ErrFenced), errors.Is(cause, record.ErrFenced):
		r.log.WarnContext(ctx, "the lease was lost, the work is thrown away")
		return conclusion{ending: EndFenced}
	case errors.Is(err, errCanceled), errors.Is(cause, errCanceled):
		return r.cancel(ctx)
	case errors.As(err, &panicked):
		r.log.ErrorContext(ctx, "panic", "value", fmt.Sprint(panicked.value), "stack", string(panicked.stack))
		return r.release(ctx, EndCrashed, record.Release{Crashed: true, Reason: err.Error()}, r.wait(r.job.Crashes+1))
	case errors.As(err, &hopeless):
		return r.bury(ctx, hopeless.reason)
	case errors.Is(cause, errDraining):
		return r.release(ctx, EndStopped, record.Release{Unattempted: true, Reason: errDraining.Error()}, 0)
	case errors.As(err, &busy):
		return r.release(ctx, EndWaiting, record.Release{Unattempted: true, Reason: err.Error()}, r.Lease/3)
	case errors.As(err, &stopped):
		return r.release(ctx, EndCrashed, record.Release{Crashed: true, Reason: err.Error()}, r.wait(r.job.Crashes+1))
	case errors.As(err, &damaged):
		return r.damaged(ctx, damaged)
	}
	r.log.WarnContext(ctx, "put back", "error", err, "attempt", r.job.Attempts)
	return r.release(ctx, EndRetried, record.Release{Reason: err.Error()}, r.wait(r.job.Attempts))
}

// maxReason bounds what is kept of an error.
const maxReason = 1000

// release puts the job back for the time of wait.
func (r *run) release(ctx context.Context, as Ending, rel record.Release, wait time.Duration) conclusion {
	rel.Job, rel.Epoch, rel.RunAt = r.job.ID, r.job.Epoch, r.Now().Add(wait)
	rel.Reason = rel.Reason[:min(len(rel.Reason), maxReason)]
	err := r.persist(ctx, func(ctx context.Context) error { return r.Records.Release(ctx, rel) })
	return r.ended(ctx, conclusion{ending: as, again: true, at: rel.RunAt}, err)
}

func (r *run) cancel(ctx context.Context) conclusion {
	err := r.persist(ctx, func(ctx context.Context) error {
		return r.Records.FinishCanceled(ctx, r.job.ID, r.job.Epoch, r.Now())
	})
	return r.ended(ctx, conclusion{ending: EndCanceled}, err)
}

// bury ends a job for which nothing can be done here. The alarm comes first: one
// too many is better than none.
func (r *run) bury(ctx context.Context, reason string) conclusion {
	r.log.ErrorContext(ctx, "buried, an operator must look", "reason", reason)
	r.alarm(ctx, record.AlarmJobDead, reason)
	err := r.persist(ctx, func(ctx context.Context) error {
		return r.Records.Bury(ctx, r.job.ID, r.job.Epoch, reason, r.Now())
	})
	return r.ended(ctx, conclusion{ending: EndBuried}, err)
}

// ended is c, unless writing it failed: then the job runs out of its lease and the
// reconciler finds it.
func (r *run) ended(ctx context.Context, c conclusion, err error) conclusion {
	switch {
	case errors.Is(err, record.ErrFenced):
		return conclusion{ending: EndFenced}
	case err != nil:
		r.log.ErrorContext(ctx, "left to its lease: the records cannot be written", "error", err)
		return conclusion{ending: c.ending}
	}
	return c
}

// damaged handles bytes that are missing or altered: an alarm the first time, then
// retries that wait longer than others (a store that is being restored), then the
// grave. How often it was is kept in the job's Error.
func (r *run) damaged(ctx context.Context, d *damagedError) conclusion {
	times := damagedBefore(r.job.Error) + 1
	r.log.ErrorContext(ctx, "the stored package is damaged", "kind", d.kind, "detail", d.detail, "times", times)
	if times == 1 {
		r.alarm(ctx, d.kind, d.detail)
	}
	reason := fmt.Sprintf(damagedForm, times) + d.Error()
	if times >= r.MaxDamaged {
		return r.bury(ctx, reason)
	}
	return r.release(ctx, EndDamaged, record.Release{Reason: reason}, r.wait(times+4))
}

// damagedForm begins the Error of a job whose package was damaged.
const damagedForm = "%d times "

func damagedBefore(reason string) (times int) {
	if n, err := fmt.Sscanf(reason, damagedForm+"blob-", &times); n != 1 || err != nil {
		return 0
	}
	return times
}

// alarm tells operators. It is told once more by the log where it can't be kept.
func (r *run) alarm(ctx context.Context, kind, detail string) {
	a := record.Alarm{ID: r.NewID("alm"), Kind: kind, Submission: r.job.Submission, Created: r.Now(),
		Detail: fmt.Sprintf("job %s: %s", r.job.ID, detail)}
	if err := r.persist(ctx, func(ctx context.Context) error { return r.Records.RaiseAlarm(ctx, a) }); err != nil {
		r.log.ErrorContext(ctx, "an alarm cannot be kept", "kind", kind, "detail", detail, "error", err)
	}
}

package submit

import (
	"context"
	"errors"
	"time"

	"heyan/queue"
	"heyan/storage/record"
)

const (
	// commitTimeout bounds the transaction that makes a package a submission. It
	// does not end with the caller's connection: the bytes are here, and a key
	// lets the caller fetch the answer later.
	commitTimeout = 30 * time.Second
	// publishTimeout bounds how long an acknowledgement waits for the queue.
	publishTimeout = time.Second
)

// commit runs write, which names the object in the records, and settles what
// becomes of the object.
//
// The sweeper takes an object for rubbish when no row names it and it is older
// than the grace. A transaction begins here only within half the grace after the
// upload began, which no store can date the object before; so the sweeper, whose
// clock may be wrong by as much as the other half, finds it too young until the
// row is there, or never is.
func (in *intake) commit(ctx context.Context, b record.Blob, write func(context.Context) (record.Accepted, error)) (record.Accepted, error) {
	s := in.s
	if err := in.inTime(); err != nil {
		s.discard(ctx, b.Key)
		return record.Accepted{}, errUnavailable(err)
	}
	commitCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	accepted, err := write(commitCtx)
	switch {
	case err == nil && accepted.BlobKey == b.Key:
	case err == nil, refused(err):
		// The bytes were there already, or the records said no: no row names this
		// object and none will.
		s.discard(ctx, b.Key)
	default:
		// The answer to COMMIT may be what was lost: a row may name the object now
		// or a moment later. The sweeper will know.
		s.metrics.LeftBehind()
		s.log.WarnContext(ctx, "outcome of a commit is unknown", "key", b.Key, "error", err)
	}
	return accepted, err
}

// refused reports whether the records answered, so that nothing was committed.
func refused(err error) bool {
	return errors.Is(err, record.ErrNotFound) || errors.Is(err, record.ErrConflict) || errors.Is(err, record.ErrKeyReused)
}

// settle looks whether a commit whose answer was lost took place: a row that can
// be read is committed. It returns the commit's error where it cannot be told.
func (s *Service) settle(ctx context.Context, org, id, jobID string, b record.Blob, err error) (record.Accepted, error) {
	if refused(err) {
		return record.Accepted{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	sub, found := s.records.Submission(ctx, org, id)
	if found != nil || sub.State == record.StateAwaiting || sub.SHA256 != b.SHA256 {
		return record.Accepted{}, err
	}
	return record.Accepted{Submission: sub, BlobKey: b.Key, Job: jobID}, nil
}

// acknowledge tells the queue and the operators of a submission that is committed.
func (s *Service) acknowledge(ctx context.Context, a record.Accepted) Accepted {
	lane := queue.Lane(a.Submission.Lane)
	if a.Job != "" && !a.Replayed {
		s.publish(ctx, lane, a.Job)
	}
	if a.Twin != "" {
		s.metrics.MD5Twin()
		s.log.ErrorContext(ctx, "two packages have one md5", "submission", a.Submission.ID,
			"md5", a.Submission.MD5, "sha256", a.Submission.SHA256, "other", a.Twin)
	}
	s.metrics.Submitted(a.Submission.Purpose, lane, a.Replayed)
	return Accepted{Submission: a.Submission, Replayed: a.Replayed}
}

// publish makes a job known. It may fail: the reconciler finds the job.
func (s *Service) publish(ctx context.Context, lane queue.Lane, job string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()
	if err := s.queue.Publish(ctx, lane, job); err != nil {
		s.metrics.PublishFailed(lane)
		s.log.WarnContext(ctx, "queue was not told of a job", "job", job, "error", err)
	}
}

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

// naming is a transaction that names an object in the records.
type naming struct {
	org, submission, job string
	blob                 record.Blob
	write                func(context.Context) (record.Accepted, error)
}

// commit runs the transaction and settles what becomes of the object.
//
// The sweeper takes an object for rubbish when no row names it and it is older
// than the grace. A transaction begins here only within half the grace after the
// upload began, which no store dates the object before, and is acknowledged only
// within three quarters, even if this process was stopped meanwhile. So the
// sweeper finds every object whose submission is acknowledged too young until its
// row is there, with the last quarter for the difference of the clocks.
func (in *intake) commit(ctx context.Context, n naming) (record.Accepted, error) {
	s := in.s
	if err := in.inTime(); err != nil {
		s.discard(ctx, n.blob.Key)
		return record.Accepted{}, errUnavailable(err)
	}
	writeCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	accepted, err := n.write(writeCtx)
	switch {
	case err == nil && accepted.BlobKey == n.blob.Key:
	case err == nil, refused(err):
		// The bytes were there already, or the records said no: no row names this
		// object and none will.
		s.discard(ctx, n.blob.Key)
	default:
		// It may be only the answer to COMMIT that was lost: a row may name the
		// object now or a moment later. What is not found out, the sweeper will know.
		accepted, err = s.settle(ctx, n, err)
	}
	if took := s.now().Sub(in.begun); err == nil && took > s.limits.Grace/4*3 {
		s.log.ErrorContext(ctx, "committed too late to be acknowledged", "submission", n.submission, "took", took)
		return record.Accepted{}, errUnavailable(errLate)
	}
	return accepted, err
}

var errLate = errors.New("the commit came too late: the object may have been swept")

// refused reports whether the records answered, so that nothing was committed.
func refused(err error) bool {
	return errors.Is(err, record.ErrNotFound) || errors.Is(err, record.ErrConflict) || errors.Is(err, record.ErrKeyReused)
}

// settle looks whether a commit whose answer was lost took place: a row that can
// be read is committed. It returns the commit's error where it cannot be told.
func (s *Service) settle(ctx context.Context, n naming, lost error) (record.Accepted, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	sub, err := s.records.Submission(ctx, n.org, n.submission)
	done := err == nil && sub.State != record.StateAwaiting && sub.SHA256 == n.blob.SHA256
	if done && n.blob.Instead.Key != "" { // the row may be as it was before the repair
		var live record.Blob
		live, err = s.records.BlobBySHA256(ctx, n.blob.SHA256)
		done = err == nil && live.Key == n.blob.Key
	}
	if !done {
		s.metrics.LeftBehind()
		s.log.WarnContext(ctx, "outcome of a commit is unknown", "key", n.blob.Key, "error", lost)
		return record.Accepted{}, lost
	}
	return record.Accepted{Submission: sub, BlobKey: n.blob.Key, Job: n.job}, nil
}

// acknowledge tells the queue and the operators of a submission that is committed.
func (s *Service) acknowledge(ctx context.Context, a record.Accepted) {
	lane := queue.Lane(a.Submission.Lane)
	if a.Job != "" && !a.Replayed {
		s.publish(ctx, lane, a.Job)
	}
	if a.Repaired {
		s.log.ErrorContext(ctx, "a package that the store had lost was uploaded again and is repaired", "submission", a.Submission.ID,
			"sha256", a.Submission.SHA256, "key", a.BlobKey)
	}
	if a.Twin != "" {
		s.metrics.MD5Twin()
		s.log.ErrorContext(ctx, "two packages have one md5", "submission", a.Submission.ID,
			"md5", a.Submission.MD5, "sha256", a.Submission.SHA256, "other", a.Twin)
	}
	s.metrics.Submitted(a.Submission.Purpose, lane, a.Replayed)
}

// answer is what the caller is told, with the filing, which the records leave out
// where it is not new.
func answer(a record.Accepted, filing []byte) Accepted {
	a.Submission.Filing = filing
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

package submit

import (
	"context"
	"errors"

	"heyan/storage/record"
)

// Submit takes a package and its filing in together.
func (s *Service) Submit(ctx context.Context, c Caller, r Request, u Upload) (_ Accepted, err error) {
	if err := allow(c, methodSubmit); err != nil {
		return Accepted{}, err
	}
	req, err := s.check(ctx, c, r)
	if err != nil {
		return Accepted{}, err
	}
	in, err := s.admit(ctx, c, u)
	if err != nil {
		return Accepted{}, err
	}
	defer func() { in.end(err) }()
	if earlier, used, err := s.earlier(ctx, c, req, in); used || err != nil {
		return earlier, err
	}
	b, err := in.store(ctx)
	if err != nil {
		return Accepted{}, err
	}
	return s.create(ctx, c, req, in, b, u.FileName)
}

// create commits a submission with its package.
func (s *Service) create(ctx context.Context, c Caller, req request, in *intake, b record.Blob, name string) (Accepted, error) {
	now := s.stamp()
	n := record.NewSubmission{
		Submission:  withPackage(s.submission(c, req, now), b, name, s.limits.PrecheckFor),
		Idempotency: s.idempotency(req.key, req.digest(c.Organisation, b.SHA256), now),
		Blob:        &b,
		JobID:       s.newID("job"),
	}
	accepted, err := in.commit(ctx, naming{
		org: c.Organisation, submission: n.Submission.ID, job: n.JobID, blob: b,
		write: func(ctx context.Context) (record.Accepted, error) { return s.records.CreateSubmission(ctx, n) },
	})
	if err != nil {
		return Accepted{}, createError(err)
	}
	s.acknowledge(ctx, accepted)
	if !accepted.Replayed {
		return answer(accepted, req.form.body), nil
	}
	sub, err := s.records.Submission(ctx, c.Organisation, accepted.Submission.ID) // its filing may be corrected by now
	return Accepted{Submission: sub, Replayed: true}, told(err)
}

// earlier answers a request whose idempotency key was used before: the package is
// read to be compared, and not stored again, unless what was stored then is damaged:
// such a request takes the way of a new one, on which the records repair, and know
// the answer to the key. Two requests with a new key at once both store theirs; then
// the records know the winner.
func (s *Service) earlier(ctx context.Context, c Caller, req request, in *intake) (Accepted, bool, error) {
	if req.key == "" {
		return Accepted{}, false, nil
	}
	digest, id, err := s.records.IdempotencyKey(ctx, c.Organisation, req.key, s.now())
	if errors.Is(err, record.ErrNotFound) {
		return Accepted{}, false, nil
	}
	if err != nil {
		return Accepted{}, true, told(err)
	}
	sub, err := s.records.Submission(ctx, c.Organisation, id)
	if err != nil {
		return Accepted{}, true, told(err)
	}
	if lost, err := s.lost(ctx, sub); lost || err != nil {
		return Accepted{}, false, err
	}
	sums, err := in.hash(ctx)
	if err != nil {
		return Accepted{}, true, err
	}
	if req.digest(c.Organisation, sums.SHA256) != digest {
		return Accepted{}, true, errKeyReused(nil)
	}
	s.metrics.Submitted(sub.Purpose, req.lane, true)
	return Accepted{Submission: sub, Replayed: true}, true, nil
}

// Reserve takes a filing in whose package is still to come: state awaiting.
func (s *Service) Reserve(ctx context.Context, c Caller, r Request) (Accepted, error) {
	if err := allow(c, methodReserve); err != nil {
		return Accepted{}, err
	}
	req, err := s.check(ctx, c, r)
	if err != nil {
		return Accepted{}, err
	}
	now := s.stamp()
	n := record.NewSubmission{
		Submission:  s.submission(c, req, now),
		Idempotency: s.idempotency(req.key, req.digest(c.Organisation, reserved), now),
	}
	n.Submission.State = record.StateAwaiting
	n.Submission.Expires = now.Add(s.limits.AwaitFor)
	if req.purpose == record.PurposePrecheck {
		n.AttachedExpires = n.Submission.Expires.Add(s.limits.PrecheckFor)
	}
	accepted, err := s.records.CreateSubmission(ctx, n)
	if err != nil {
		return Accepted{}, createError(err)
	}
	return answer(accepted, req.form.body), nil
}

// createError: what CreateSubmission does not find is what is superseded.
func createError(err error) error {
	if errors.Is(err, record.ErrNotFound) {
		return errSupersedes()
	}
	return told(err)
}

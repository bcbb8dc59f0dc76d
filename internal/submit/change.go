package submit

import (
	"context"
	"errors"

	"heyan/queue"
	"heyan/storage/record"
)

// Recheck judges a judged submission anew, against a corrected filing.
func (s *Service) Recheck(ctx context.Context, c Caller, id string, filing []byte, idempotencyKey string) (record.Submission, error) {
	if err := allow(c, methodRecheck); err != nil {
		return record.Submission{}, err
	}
	if err := checkKey(idempotencyKey); err != nil {
		return record.Submission{}, err
	}
	f, err := readForm(filing)
	if err != nil {
		return record.Submission{}, err
	}
	sub, err := s.find(ctx, c, id)
	if err != nil {
		return record.Submission{}, err
	}
	now := s.stamp()
	job, err := s.records.Recheck(ctx, record.Recheck{
		Organisation: sub.Organisation, Submission: id, JobID: s.newID("job"),
		Filing: f.body, FilingDigest: f.digest, Platform: f.platform, AppName: f.appName,
		Lane:        sub.Lane,
		Idempotency: s.idempotency(idempotencyKey, requestDigest("recheck", sub.Organisation, id, f.digest), now),
		Now:         now,
	})
	if errors.Is(err, record.ErrConflict) {
		return record.Submission{}, s.wrongState(ctx, sub)
	}
	if err != nil {
		return record.Submission{}, told(err)
	}
	s.publish(ctx, queue.Lane(sub.Lane), job.ID)
	return s.find(ctx, c, id)
}

// Cancel ends a submission that is not judged: at once, or as soon as the worker
// that has it hears of it.
func (s *Service) Cancel(ctx context.Context, c Caller, id string) (record.Submission, error) {
	if err := allow(c, methodCancel); err != nil {
		return record.Submission{}, err
	}
	sub, err := s.find(ctx, c, id)
	if err != nil {
		return record.Submission{}, err
	}
	canceled, err := s.records.Cancel(ctx, sub.Organisation, id, s.stamp())
	if errors.Is(err, record.ErrConflict) {
		return record.Submission{}, s.wrongState(ctx, sub)
	}
	return canceled, told(err)
}

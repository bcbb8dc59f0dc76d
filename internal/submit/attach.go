package submit

import (
	"context"
	"errors"
	"strings"

	"heyan/storage/record"
)

// Attach takes in the package of a reserved submission. Of two at once one wins;
// the other is Replayed where it brought the same bytes, else CodeWrongState. So is
// one that comes later; where the package is damaged by then, it repairs it.
func (s *Service) Attach(ctx context.Context, c Caller, id string, u Upload) (_ Accepted, err error) {
	if err := allow(c, methodAttach); err != nil {
		return Accepted{}, err
	}
	sub, err := s.find(ctx, c, id)
	if err != nil {
		return Accepted{}, err
	}
	if sub.State != record.StateAwaiting && !mayBe(sub, u) {
		return Accepted{}, errState(sub.State)
	}
	in, err := s.admit(ctx, c, u)
	if err != nil {
		return Accepted{}, err
	}
	defer func() { in.end(err) }()
	if sub.State != record.StateAwaiting {
		if lost, err := s.lost(ctx, sub); err != nil {
			return Accepted{}, err
		} else if !lost {
			return in.compare(ctx, sub)
		}
	}
	b, err := in.store(ctx)
	if err != nil {
		return Accepted{}, err
	}
	return s.attach(ctx, sub, in, b, u.FileName)
}

// mayBe reports whether the upload can be the package that the submission has.
func mayBe(sub record.Submission, u Upload) bool {
	return sub.SHA256 != "" &&
		(u.Size < 0 || u.Size == sub.Size) &&
		(u.SHA256 == "" || strings.EqualFold(u.SHA256, sub.SHA256))
}

// compare reads a package for a submission that has its own.
func (in *intake) compare(ctx context.Context, sub record.Submission) (Accepted, error) {
	sums, err := in.hash(ctx)
	if err != nil {
		return Accepted{}, err
	}
	if sums.SHA256 != sub.SHA256 {
		return Accepted{}, errState(sub.State)
	}
	return Accepted{Submission: sub, Replayed: true}, nil
}

func (s *Service) attach(ctx context.Context, sub record.Submission, in *intake, b record.Blob, name string) (Accepted, error) {
	jobID := s.newID("job")
	accepted, err := in.commit(ctx, naming{
		org: sub.Organisation, submission: sub.ID, job: jobID, blob: b,
		write: func(ctx context.Context) (record.Accepted, error) {
			return s.records.AttachPackage(ctx, sub.Organisation, sub.ID, b, jobID, fileName(name), s.stamp())
		},
	})
	if errors.Is(err, record.ErrConflict) {
		return Accepted{}, s.wrongState(ctx, sub)
	}
	if err != nil {
		return Accepted{}, told(err)
	}
	s.acknowledge(ctx, accepted)
	return answer(accepted, sub.Filing), nil
}

// wrongState names the state that a submission has by now.
func (s *Service) wrongState(ctx context.Context, sub record.Submission) error {
	if now, err := s.records.Submission(ctx, sub.Organisation, sub.ID); err == nil {
		return errState(now.State)
	}
	return errState(sub.State)
}

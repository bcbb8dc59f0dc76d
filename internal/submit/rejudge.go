package submit

import (
	"context"
	"errors"

	"heyan/queue"
	"heyan/storage/record"
)

// Rejudge starts a run of today's rules over what was judged before. It adds
// judgements and alters none.
func (s *Service) Rejudge(ctx context.Context, c Caller, r RejudgeRequest) (record.Rejudge, error) {
	if err := allow(c, methodRejudge); err != nil {
		return record.Rejudge{}, err
	}
	if !r.Since.IsZero() && !r.Until.IsZero() && !r.Since.Before(r.Until) {
		return record.Rejudge{}, errInvalid(Problem{Path: "until",
			ZH: "until 应晚于 since",
			EN: "until is after since"})
	}
	run := record.Rejudge{
		ID: s.newID("run"), Organisation: r.Organisation, State: record.RejudgeRunning,
		Since: r.Since, Until: r.Until, CreatedBy: c.Token, Created: s.stamp(),
	}
	if err := s.records.CreateRejudge(ctx, run); err != nil {
		return record.Rejudge{}, told(err)
	}
	return run, nil
}

// GetRejudge returns a run.
func (s *Service) GetRejudge(ctx context.Context, c Caller, id string) (record.Rejudge, error) {
	if err := allow(c, methodRejudge); err != nil {
		return record.Rejudge{}, err
	}
	run, err := s.records.Rejudge(ctx, id)
	if errors.Is(err, record.ErrNotFound) {
		return run, errNoRun()
	}
	return run, told(err)
}

// ListRejudges returns the newest runs.
func (s *Service) ListRejudges(ctx context.Context, c Caller, limit int) ([]record.Rejudge, error) {
	if err := allow(c, methodRejudge); err != nil {
		return nil, err
	}
	runs, err := s.records.Rejudges(ctx, page(limit))
	return runs, told(err)
}

// CancelRejudge stops a run from making more jobs.
func (s *Service) CancelRejudge(ctx context.Context, c Caller, id string) (record.Rejudge, error) {
	if err := allow(c, methodRejudge); err != nil {
		return record.Rejudge{}, err
	}
	err := s.records.CancelRejudge(ctx, id, s.stamp())
	switch {
	case errors.Is(err, record.ErrNotFound):
		return record.Rejudge{}, errNoRun()
	case errors.Is(err, record.ErrConflict):
		return record.Rejudge{}, &Error{Code: CodeWrongState, Cause: err,
			ZH: "这次重新核验已经结束，不能取消",
			EN: "this run is at its end and cannot be canceled"}
	case err != nil:
		return record.Rejudge{}, told(err)
	}
	return s.GetRejudge(ctx, c, id)
}

func errNoRun() *Error {
	return &Error{Code: CodeNotFound,
		ZH: "没有这次重新核验，请核对编号",
		EN: "there is no such run: check the id"}
}

const (
	// rejudgeBatch is how many jobs of a run are made at once.
	rejudgeBatch = 100
	// rejudgeBacklog is how many jobs may wait in the batch lane before a run
	// makes no more.
	rejudgeBacklog = 1000
)

// AdvanceRejudges makes the next jobs of every run that is not at its end. It is
// called in a loop, on as many nodes as there are: the run's cursor moves in the
// transaction that makes the jobs.
func (s *Service) AdvanceRejudges(ctx context.Context) error {
	runs, err := s.records.RunningRejudges(ctx)
	if err != nil || len(runs) == 0 {
		return err
	}
	var errs []error
	for _, id := range runs {
		full, err := s.batchFull(ctx)
		if err != nil || full {
			return errors.Join(append(errs, err)...)
		}
		errs = append(errs, s.advance(ctx, id))
	}
	return errors.Join(errs...)
}

func (s *Service) batchFull(ctx context.Context) (bool, error) {
	backlog, err := s.records.Backlog(ctx, s.now())
	for _, b := range backlog {
		if b.Lane == string(queue.Batch) && b.Queued >= rejudgeBacklog {
			return true, err
		}
	}
	return false, err
}

func (s *Service) advance(ctx context.Context, id string) error {
	newID := func() string { return s.newID("job") }
	_, jobs, err := s.records.AdvanceRejudge(ctx, id, newID, s.now(), rejudgeBatch)
	for _, j := range jobs {
		s.publish(ctx, queue.Lane(j.Lane), j.ID)
	}
	// Another node or a canceling came first.
	if errors.Is(err, record.ErrConflict) || errors.Is(err, record.ErrNotFound) {
		return nil
	}
	return err
}

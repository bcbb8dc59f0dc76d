package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"heyan/storage/record"
)

// Cancel ends a submission that is not judged, or asks the worker that has it.
func (s *Store) Cancel(ctx context.Context, org, id string, now time.Time) (sub record.Submission, err error) {
	err = s.write(ctx, "cancel a submission", func(t *tx) error {
		// What is read may have moved on before it is changed: then it is read anew.
		for range tries {
			at, err := standing(ctx, t, org, id)
			if err != nil {
				return err
			}
			changed, err := cancel(ctx, t, at, now)
			if err != nil {
				return err
			}
			if changed {
				found, err := findSubmission(ctx, t, org, id)
				sub = found.Submission
				return err
			}
		}
		return fmt.Errorf("the submission %q is not in the state of its job", id)
	})
	if err != nil {
		return record.Submission{}, err
	}
	return sub, nil
}

// place is where a submission stands.
type place struct {
	id, job string
	state   record.State
}

func standing(ctx context.Context, t *tx, org, id string) (place, error) {
	return one(ctx, t, func(rows *sql.Rows) (p place, err error) {
		err = rows.Scan(&p.id, &p.job, &p.state)
		return p, err
	}, `
		SELECT id, job, state
		FROM submissions
		WHERE id = $1 AND organisation = $2`, id, org)
}

// cancel reports whether it changed anything: if not, the submission is no longer
// where it was.
func cancel(ctx context.Context, t *tx, at place, now time.Time) (bool, error) {
	switch at.state {
	case record.StateAwaiting:
		n, err := t.exec(ctx, `
			UPDATE submissions
			SET state = 'canceled', updated = $2, expires = CASE WHEN purpose = 'filing' THEN 0 ELSE expires END
			WHERE id = $1 AND state = 'awaiting'`, at.id, now)
		return n == 1, err
	case record.StateQueued, record.StateRunning, record.StateStuck:
	default:
		return false, record.ErrConflict
	}
	n, err := t.exec(ctx, `
		UPDATE jobs
		SET state = 'canceled', ended = $2, filing = $3
		WHERE id = $1 AND (state IN ('queued', 'dead') OR (state = 'running' AND lease_until <= $2))`,
		at.job, now, []byte{})
	if err != nil {
		return false, err
	}
	if n == 1 {
		return true, withdraw(ctx, t, at.id, at.job, now)
	}
	n, err = t.exec(ctx, `
		UPDATE jobs
		SET cancel_requested = 1
		WHERE id = $1 AND state = 'running'`, at.job)
	return n == 1, err
}

// withdraw ends the submission of a canceled job. One that was judged before was
// on its way to be rechecked: it is judged again, against the filing it was.
func withdraw(ctx context.Context, t *tx, submission, job string, now time.Time) error {
	return follow(ctx, t, `
		UPDATE submissions
		SET state = CASE WHEN judgement > 0 THEN 'judged' ELSE 'canceled' END,
			filing = CASE WHEN judgement > 0 THEN prior_filing ELSE filing END,
			filing_digest = CASE WHEN judgement > 0 THEN prior_filing_digest ELSE filing_digest END,
			platform = CASE WHEN judgement > 0 THEN prior_platform ELSE platform END,
			app_name = CASE WHEN judgement > 0 THEN prior_app_name ELSE app_name END,
			prior_filing = $4, prior_filing_digest = '', prior_platform = '', prior_app_name = '',
			updated = $3
		WHERE id = $1 AND job = $2 AND state IN ('queued', 'running', 'stuck')`,
		submission, job, now, []byte{})
}

// FinishCanceled ends a running job whose cancelling was asked.
func (s *Store) FinishCanceled(ctx context.Context, job string, epoch int64, now time.Time) error {
	return s.write(ctx, "end a canceled job", func(t *tx) error {
		of, err := fenced(ctx, t, `
			UPDATE jobs
			SET state = 'canceled', ended = $3, stage = '', filing = $4
			WHERE id = $1 AND epoch = $2 AND state = 'running' AND cancel_requested = 1
			RETURNING submission, cause`, job, epoch, now, []byte{})
		if err != nil || of.cause == record.CauseRejudged {
			return err
		}
		return withdraw(ctx, t, of.submission, job, now)
	})
}

// ofJob is whose a job is.
type ofJob struct {
	submission string
	cause      record.Cause
}

// fenced changes the job of a worker that still has it, or returns ErrFenced.
func fenced(ctx context.Context, t *tx, query string, args ...any) (ofJob, error) {
	of, err := one(ctx, t, func(rows *sql.Rows) (o ofJob, err error) {
		err = rows.Scan(&o.submission, &o.cause)
		return o, err
	}, query, args...)
	if errors.Is(err, record.ErrNotFound) {
		err = record.ErrFenced
	}
	return of, err
}

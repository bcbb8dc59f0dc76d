package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"heyan/storage/record"
)

// Claim gives the job to the worker.
func (s *Store) Claim(ctx context.Context, job, worker string, now time.Time, lease time.Duration) (j record.Job, err error) {
	err = s.write(ctx, "claim a job", func(t *tx) error {
		j, err = one(ctx, t, scanJobWithFiling, `
			UPDATE jobs
			SET state = 'running', epoch = epoch + 1, attempts = attempts + 1,
				lost = lost + CASE WHEN state = 'running' THEN 1 ELSE 0 END,
				worker = $2, lease_until = $4, due = $4, stage = '', percent = 0,
				started = CASE WHEN started = 0 THEN $3 ELSE started END
			WHERE id = $1 AND state IN ('queued', 'running') AND due <= $3
			RETURNING `+jobColumns+`, filing`,
			job, worker, now, now.Add(lease))
		if errors.Is(err, record.ErrNotFound) {
			return record.ErrNotDue
		}
		if err != nil || j.Cause == record.CauseRejudged {
			return err
		}
		return follow(ctx, t, `
			UPDATE submissions
			SET state = 'running', updated = $3
			WHERE id = $1 AND job = $2 AND state IN ('queued', 'running')`,
			j.Submission, job, now)
	})
	if err != nil {
		return record.Job{}, err
	}
	return j, nil
}

// follow changes the submission of a job that this transaction has changed. That
// the submission does not agree with its job cannot be: it is undone and told.
func follow(ctx context.Context, t *tx, query string, args ...any) error {
	n, err := t.exec(ctx, query, args...)
	if err == nil && n != 1 {
		err = fmt.Errorf("the submission %q is not in the state of its job", args[0])
	}
	return err
}

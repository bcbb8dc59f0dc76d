package sqlstore

import (
	"context"
	"errors"
	"time"

	"heyan/storage/record"
)

// Heartbeat extends the lease and says how far the work is.
func (s *Store) Heartbeat(ctx context.Context, b record.Beat) (cancel bool, err error) {
	err = s.write(ctx, "heartbeat", func(t *tx) error {
		cancel, err = one(ctx, t, column[bool], `
			UPDATE jobs
			SET lease_until = $3, due = $3, stage = $4, percent = $5
			WHERE id = $1 AND epoch = $2 AND state = 'running'
			RETURNING cancel_requested`, b.Job, b.Epoch, b.LeaseUntil, b.Stage, b.Percent)
		if errors.Is(err, record.ErrNotFound) {
			err = record.ErrFenced
		}
		return err
	})
	return cancel && err == nil, err
}

// Release puts a job back.
func (s *Store) Release(ctx context.Context, r record.Release) error {
	return s.write(ctx, "release a job", func(t *tx) error {
		of, err := fenced(ctx, t, `
			UPDATE jobs
			SET state = 'queued', run_at = $3, due = $3, lease_until = 0, worker = '', stage = '', percent = 0, error = $4,
				crashes = crashes + $5,
				attempts = CASE WHEN attempts > 0 THEN attempts - $6 ELSE 0 END
			WHERE id = $1 AND epoch = $2 AND state = 'running'
			RETURNING submission, cause`, r.Job, r.Epoch, r.RunAt, r.Reason, r.Crashed, r.Unattempted)
		if err != nil || of.cause == record.CauseRejudged {
			return err
		}
		return follow(ctx, t, `
			UPDATE submissions
			SET state = 'queued'
			WHERE id = $1 AND job = $2 AND state = 'running'`, of.submission, r.Job)
	})
}

// Bury makes a job dead.
func (s *Store) Bury(ctx context.Context, job string, epoch int64, reason string, now time.Time) error {
	return s.write(ctx, "bury a job", func(t *tx) error {
		of, err := fenced(ctx, t, `
			UPDATE jobs
			SET state = 'dead', ended = $3, lease_until = 0, stage = '', error = $4
			WHERE id = $1 AND epoch = $2 AND state = 'running'
			RETURNING submission, cause`, job, epoch, now, reason)
		if err != nil || of.cause == record.CauseRejudged {
			return err
		}
		return follow(ctx, t, `
			UPDATE submissions
			SET state = 'stuck', updated = $3
			WHERE id = $1 AND job = $2 AND state = 'running'`, of.submission, job, now)
	})
}

// Exhume makes a dead job queued again.
func (s *Store) Exhume(ctx context.Context, id string, now time.Time) error {
	return s.write(ctx, "exhume a job", func(t *tx) error {
		of, err := fenced(ctx, t, `
			UPDATE jobs
			SET state = 'queued', run_at = $2, due = $2, ended = 0, attempts = 0, crashes = 0, lost = 0, error = '',
				cancel_requested = 0
			WHERE id = $1 AND state = 'dead'
			RETURNING submission, cause`, id, now)
		if errors.Is(err, record.ErrFenced) {
			return notDead(ctx, t, id)
		}
		if err != nil || of.cause == record.CauseRejudged {
			return err
		}
		return follow(ctx, t, `
			UPDATE submissions
			SET state = 'queued', updated = $3
			WHERE id = $1 AND job = $2 AND state = 'stuck'`, of.submission, id, now)
	})
}

func notDead(ctx context.Context, t *tx, id string) error {
	if _, err := one(ctx, t, column[string], `SELECT state FROM jobs WHERE id = $1`, id); err != nil {
		return err
	}
	return record.ErrConflict
}

// Due returns jobs that are due and have no live lease.
func (s *Store) Due(ctx context.Context, lane string, now time.Time, limit int) (jobs []record.Job, err error) {
	err = s.read(ctx, "list due jobs", func(q queryer) error {
		jobs, err = many(ctx, q, scanJob, dueQuery, lane, now, bounded(limit))
		return err
	})
	return jobs, err
}

// The states are named as the partial index has them, or SQLite does not use it.
const dueQuery = `
	SELECT ` + jobColumns + `
	FROM jobs
	WHERE lane = $1 AND due <= $2 AND state IN ('queued', 'running')
	ORDER BY due
	LIMIT $3`

package sqlstore

import (
	"context"
	"time"
)

// Abandon ends all leases of jobs and all claims to analyse.
func (s *Store) Abandon(ctx context.Context, now time.Time) (jobs int, err error) {
	err = s.write(ctx, "end the leases of the dead", func(t *tx) error {
		// The states are named as the partial index has them: see dueQuery.
		n, err := t.exec(ctx, `
			UPDATE jobs
			SET lease_until = $1, due = $1
			WHERE id IN (
				SELECT id FROM jobs
				WHERE state IN ('queued', 'running') AND state = 'running' AND due > $1)`, now)
		if err != nil {
			return err
		}
		jobs = int(n)
		_, err = t.exec(ctx, `DELETE FROM analyses`)
		return err
	})
	if err != nil {
		return 0, err
	}
	return jobs, nil
}

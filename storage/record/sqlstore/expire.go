package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"heyan/storage/record"
)

// ExpireSubmissions ends submissions whose time has passed, and forgets
// idempotency keys whose time has.
func (s *Store) ExpireSubmissions(ctx context.Context, now time.Time, limit int) (n int, err error) {
	err = s.write(ctx, "expire submissions", func(t *tx) error {
		n = 0
		list, err := many(ctx, t, scanExpiring, expiringQuery+s.dialect.skipLocked, now, bounded(limit))
		if err != nil {
			return err
		}
		for _, e := range list {
			ended, err := expire(ctx, t, e, now)
			if err != nil {
				return err
			}
			if ended {
				n++
			}
		}
		return forgetKeys(ctx, t, s.dialect, now, limit)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// The states are within a CASE, or SQLite takes the index of the states and reads
// all that is judged.
const expiringQuery = `
	SELECT id, state, job, blob_key
	FROM submissions
	WHERE expires > 0 AND expires <= $1 AND state <> 'expired'
		AND CASE state
			WHEN 'awaiting' THEN 1
			WHEN 'queued' THEN 0
			WHEN 'running' THEN 0
			ELSE CASE purpose WHEN 'precheck' THEN 1 ELSE 0 END
		END = 1
	ORDER BY expires
	LIMIT $2`

type expiring struct {
	id, job, blobKey string
	state            record.State
}

func scanExpiring(rows *sql.Rows) (e expiring, err error) {
	err = rows.Scan(&e.id, &e.state, &e.job, &e.blobKey)
	return e, err
}

// expire reports whether the submission was still as it was seen.
func expire(ctx context.Context, t *tx, e expiring, now time.Time) (bool, error) {
	n, err := t.exec(ctx, `
		UPDATE submissions
		SET state = 'expired', blob_key = '', updated = $3
		WHERE id = $1 AND state = $2 AND blob_key = $4`, e.id, e.state, now, e.blobKey)
	if err != nil || n == 0 {
		return false, err
	}
	if e.state == record.StateStuck { // nobody need look at its job
		_, err := t.exec(ctx, `
			UPDATE jobs
			SET state = 'canceled', ended = $2
			WHERE id = $1 AND state = 'dead'`, e.job, now)
		if err != nil {
			return false, err
		}
	}
	if e.blobKey == "" {
		return true, nil
	}
	_, err = t.exec(ctx, `UPDATE blobs SET refs = refs - 1 WHERE key = $1`, e.blobKey)
	return true, err
}

// forgetKeys removes idempotency keys that are past their time.
func forgetKeys(ctx context.Context, t *tx, d dialect, now time.Time, limit int) error {
	_, err := t.exec(ctx, `
		WITH past AS MATERIALIZED (
			SELECT organisation, key FROM idempotency
			WHERE expires <= $1
			ORDER BY expires
			LIMIT $2`+d.skipLocked+`)
		DELETE FROM idempotency
		WHERE (organisation, key) IN (SELECT organisation, key FROM past) AND expires <= $1`, now, bounded(limit))
	return err
}

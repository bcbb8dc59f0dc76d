package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"heyan/storage/record"
)

// rejudgeLane is the lane of a run's jobs: nobody waits for them.
const rejudgeLane = "batch"

const rejudgeColumns = `id, organisation, state, created_since, created_until, cursor_created, cursor_id, queued, done, changed,
	created_by, created, ended`

// run is a rejudge run and where its cursor is.
type run struct {
	record.Rejudge
	cursor int64 // when the submission of the cursor was made
}

func scanRun(rows *sql.Rows) (r run, err error) {
	err = rows.Scan(&r.ID, &r.Organisation, &r.State, utc{&r.Since}, utc{&r.Until}, &r.cursor, &r.Cursor, &r.Queued, &r.Done, &r.Changed,
		&r.CreatedBy, utc{&r.Created}, utc{&r.Ended})
	return r, err
}

func scanRejudge(rows *sql.Rows) (record.Rejudge, error) {
	r, err := scanRun(rows)
	return r.Rejudge, err
}

// CreateRejudge keeps a run that is running from now on.
func (s *Store) CreateRejudge(ctx context.Context, r record.Rejudge) error {
	return s.write(ctx, "create a rejudge run", func(t *tx) error {
		_, err := t.exec(ctx, `
			INSERT INTO rejudges (id, organisation, state, created_since, created_until, cursor_created, cursor_id,
				queued, done, changed, created_by, created, ended)
			VALUES ($1, $2, 'running', $3, $4, 0, '', 0, 0, 0, $5, $6, 0)`,
			r.ID, r.Organisation, r.Since, r.Until, r.CreatedBy, r.Created)
		return err
	})
}

// Rejudge returns a run.
func (s *Store) Rejudge(ctx context.Context, id string) (r record.Rejudge, err error) {
	err = s.read(ctx, "read a rejudge run", func(q queryer) error {
		r, err = one(ctx, q, scanRejudge, `SELECT `+rejudgeColumns+` FROM rejudges WHERE id = $1`, id)
		return err
	})
	return r, err
}

// Rejudges returns the newest runs first.
func (s *Store) Rejudges(ctx context.Context, limit int) (list []record.Rejudge, err error) {
	err = s.read(ctx, "list rejudge runs", func(q queryer) error {
		list, err = many(ctx, q, scanRejudge, `
			SELECT `+rejudgeColumns+`
			FROM rejudges
			ORDER BY created DESC, id DESC
			LIMIT $1`, bounded(limit))
		return err
	})
	return list, err
}

// RunningRejudges returns the ids of the runs that are not at their end.
func (s *Store) RunningRejudges(ctx context.Context) (ids []string, err error) {
	err = s.read(ctx, "list running rejudge runs", func(q queryer) error {
		ids, err = many(ctx, q, column[string], `SELECT id FROM rejudges WHERE state = 'running' ORDER BY id`)
		return err
	})
	return ids, err
}

// CancelRejudge ends a running run and its jobs that no worker has. The run comes
// first: whoever advances it has then made its jobs, or makes none.
func (s *Store) CancelRejudge(ctx context.Context, id string, now time.Time) error {
	return s.write(ctx, "cancel a rejudge run", func(t *tx) error {
		at, err := holdRun(ctx, t, id)
		if err != nil {
			return err
		}
		if at.State != record.RejudgeRunning {
			return record.ErrConflict
		}
		if _, err := t.exec(ctx, `UPDATE rejudges SET state = 'canceled', ended = $2 WHERE id = $1`, id, now); err != nil {
			return err
		}
		_, err = t.exec(ctx, `
			UPDATE jobs
			SET state = 'canceled', ended = $2, filing = $3
			WHERE run = $1 AND run <> '' AND state = 'queued'`, id, now, []byte{})
		return err
	})
}

// AdvanceRejudge makes jobs for more submissions of a running run.
func (s *Store) AdvanceRejudge(ctx context.Context, id string, newID func() string, now time.Time, limit int) (r record.Rejudge, jobs []record.Job, err error) {
	err = s.write(ctx, "advance a rejudge run", func(t *tx) error {
		jobs = nil
		at, err := holdRun(ctx, t, id)
		if err != nil || at.State != record.RejudgeRunning {
			r = at.Rejudge
			return err
		}
		next, err := candidates(ctx, t, at, bounded(limit))
		if err != nil {
			return err
		}
		for _, c := range next {
			if !c.facts {
				continue
			}
			job, err := insertJob(ctx, t, newJob{
				id: newID(), submission: c.id, cause: record.CauseRejudged, lane: rejudgeLane, run: id, now: now,
			})
			if errors.Is(err, record.ErrNotFound) { // rechecked meanwhile
				continue
			}
			if err != nil {
				return err
			}
			jobs = append(jobs, job)
		}
		r, err = moveRun(ctx, t, at, next, len(jobs), len(next) < bounded(limit), now)
		return err
	})
	if err != nil {
		return record.Rejudge{}, nil, err
	}
	return r, jobs, nil
}

// holdRun locks a run: however many advance it, they do so one after the other.
func holdRun(ctx context.Context, t *tx, id string) (run, error) {
	return one(ctx, t, scanRun, `
		UPDATE rejudges
		SET state = state
		WHERE id = $1
		RETURNING `+rejudgeColumns, id)
}

// candidate is a judged submission behind a run's cursor.
type candidate struct {
	id      string
	created int64
	facts   bool // stored: without them nothing can be judged
}

func scanCandidate(rows *sql.Rows) (c candidate, err error) {
	err = rows.Scan(&c.id, &c.created, &c.facts)
	return c, err
}

func candidates(ctx context.Context, t *tx, r run, limit int) ([]candidate, error) {
	var f filter
	if r.Organisation != "" {
		f.where("organisation =", r.Organisation)
	}
	f.where("created <=", r.Created)
	if !r.Since.IsZero() {
		f.where("created >=", r.Since)
	}
	if !r.Until.IsZero() {
		f.where("created <", r.Until)
	}
	f.and("(created, id) > (" + f.arg(r.cursor) + ", " + f.arg(r.Cursor) + ")")
	query := `SELECT id, created, EXISTS (SELECT 1 FROM facts WHERE facts.sha256 = submissions.sha256)
		FROM submissions
		WHERE state = 'judged' AND ` + f.text() + `
		ORDER BY created, id
		LIMIT ` + f.arg(limit)
	return many(ctx, t, scanCandidate, query, f.args...)
}

func moveRun(ctx context.Context, t *tx, r run, next []candidate, queued int, end bool, now time.Time) (record.Rejudge, error) {
	state, ended := record.RejudgeRunning, time.Time{}
	if end {
		state, ended = record.RejudgeDone, now
	}
	if len(next) > 0 {
		last := next[len(next)-1]
		r.cursor, r.Cursor = last.created, last.id
	}
	return one(ctx, t, scanRejudge, `
		UPDATE rejudges
		SET state = $2, ended = $3, cursor_created = $4, cursor_id = $5, queued = queued + $6
		WHERE id = $1
		RETURNING `+rejudgeColumns, r.ID, state, ended, r.cursor, r.Cursor, queued)
}

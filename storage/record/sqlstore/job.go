package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"heyan/storage/record"
)

// jobColumns are what scanJob reads, without the filing.
const jobColumns = `id, submission, organisation, cause, lane, state, sha256, md5, size, package_id,
	epoch, attempts, crashes, lost, run_at, lease_until, worker, cancel_requested, stage, percent, error, run,
	created, started, ended,
	(SELECT s.blob_key FROM submissions AS s WHERE s.id = jobs.submission)`

func scanJob(rows *sql.Rows) (record.Job, error) { return scanJobAnd(rows) }

// scanJobWithFiling reads the filing as one column more.
func scanJobWithFiling(rows *sql.Rows) (record.Job, error) {
	var filing []byte
	j, err := scanJobAnd(rows, &filing)
	j.Filing = filing
	return j, err
}

func scanJobAnd(rows *sql.Rows, more ...any) (j record.Job, err error) {
	into := []any{&j.ID, &j.Submission, &j.Organisation, &j.Cause, &j.Lane, &j.State, &j.SHA256, &j.MD5, &j.Size, &j.PackageID,
		&j.Epoch, &j.Attempts, &j.Crashes, &j.Lost, utc{&j.RunAt}, utc{&j.LeaseUntil}, &j.Worker, &j.CancelRequested, &j.Stage, &j.Percent, &j.Error, &j.Run,
		utc{&j.Created}, utc{&j.Started}, utc{&j.Ended},
		&j.BlobKey}
	err = rows.Scan(append(into, more...)...)
	return j, err
}

type newJob struct {
	id, submission, lane, run string
	cause                     record.Cause
	now                       time.Time
}

// insertJob makes a job of what the submission is at this moment. ErrNotFound
// where it is to be judged again and is no longer judged.
func insertJob(ctx context.Context, t *tx, j newJob) (record.Job, error) {
	return one(ctx, t, scanJob, `
		INSERT INTO jobs (id, submission, organisation, cause, lane, state, sha256, md5, size, package_id, against,
			run_at, due, run, created, filing)
		SELECT $1, id, organisation, CAST($2 AS TEXT), $3, 'queued', sha256, md5, size, package_id, judgement,
			CAST($4 AS BIGINT), CAST($4 AS BIGINT), $5, CAST($4 AS BIGINT), filing
		FROM submissions
		WHERE id = $6 AND (state = 'judged' OR CAST($2 AS TEXT) <> 'rejudged')
		RETURNING `+jobColumns,
		j.id, j.cause, j.lane, j.now, j.run, j.submission)
}

// Job returns one, without Filing.
func (s *Store) Job(ctx context.Context, id string) (j record.Job, err error) {
	err = s.read(ctx, "read a job", func(q queryer) error {
		j, err = one(ctx, q, scanJob, `SELECT `+jobColumns+` FROM jobs WHERE id = $1`, id)
		return err
	})
	return j, err
}

// LatestJob returns the newest job of a submission that is no re-judgement.
func (s *Store) LatestJob(ctx context.Context, org, submission string) (j record.Job, err error) {
	err = s.read(ctx, "read a submission's job", func(q queryer) error {
		j, err = one(ctx, q, scanJob, `
			SELECT `+jobColumns+`
			FROM jobs
			WHERE id = (SELECT job FROM submissions WHERE id = $1 AND organisation = $2)`, submission, org)
		return err
	})
	return j, err
}

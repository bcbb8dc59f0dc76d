package sqlstore

import (
	"context"
	"errors"

	"heyan/storage/record"
)

// Recheck makes a job against a corrected filing. The filing that was judged is
// kept beside it until the new one is.
func (s *Store) Recheck(ctx context.Context, r record.Recheck) (j record.Job, err error) {
	err = s.write(ctx, "recheck a submission", func(t *tx) error {
		earlier, err := takeKey(ctx, t, r.Organisation, r.Idempotency, answer{r.Submission, r.JobID}, r.Now)
		if err != nil {
			return err
		}
		if earlier.job != "" {
			j, err = one(ctx, t, scanJob, `SELECT `+jobColumns+` FROM jobs WHERE id = $1`, earlier.job)
			return err
		}
		if err := replaceFiling(ctx, t, r); err != nil {
			return err
		}
		j, err = insertJob(ctx, t, newJob{id: r.JobID, submission: r.Submission, cause: record.CauseRechecked, lane: r.Lane, now: r.Now})
		return err
	})
	if err != nil {
		return record.Job{}, err
	}
	return j, nil
}

func replaceFiling(ctx context.Context, t *tx, r record.Recheck) error {
	n, err := t.exec(ctx, `
		UPDATE submissions
		SET state = 'queued', job = $3, lane = $4, updated = $5,
			prior_filing = filing, prior_filing_digest = filing_digest, prior_platform = platform, prior_app_name = app_name,
			filing = $6, filing_digest = $7, platform = $8, app_name = $9
		WHERE id = $1 AND organisation = $2 AND state = 'judged'`,
		r.Submission, r.Organisation, r.JobID, r.Lane, r.Now, r.Filing, r.FilingDigest, r.Platform, r.AppName)
	if err != nil || n == 1 {
		return err
	}
	if _, err := findSubmission(ctx, t, r.Organisation, r.Submission); !errors.Is(err, record.ErrNotFound) {
		return errors.Join(record.ErrConflict, err)
	}
	return record.ErrNotFound
}

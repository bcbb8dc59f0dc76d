package sqlstore

import (
	"context"
	"errors"
	"time"

	"heyan/storage/record"
)

// AttachPackage gives an awaiting submission its package and makes its job.
func (s *Store) AttachPackage(ctx context.Context, org, id string, b record.Blob, jobID, fileName string, now time.Time) (a record.Accepted, err error) {
	err = s.write(ctx, "attach a package", func(t *tx) error {
		sub, err := takePackage(ctx, t, org, id, b, jobID, fileName, now)
		if errors.Is(err, record.ErrNotFound) {
			a, err = attachedBefore(ctx, t, org, id, b, jobID)
			return err
		}
		if err != nil {
			return err
		}
		if a, err = acceptBlob(ctx, t, sub, b, jobID, now); err != nil {
			return err
		}
		a.Submission, a.Job = sub, jobID
		if _, err := t.exec(ctx, `UPDATE submissions SET blob_key = $2 WHERE id = $1`, id, a.BlobKey); err != nil {
			return err
		}
		_, err = insertJob(ctx, t, newJob{id: jobID, submission: id, cause: record.CauseSubmitted, lane: sub.Lane, now: now})
		return err
	})
	if err != nil {
		return record.Accepted{}, err
	}
	return a, nil
}

// takePackage: of two at once one finds the submission awaiting.
func takePackage(ctx context.Context, t *tx, org, id string, b record.Blob, jobID, fileName string, now time.Time) (record.Submission, error) {
	return one(ctx, t, scanSubmission, `
		UPDATE submissions
		SET state = 'queued', sha256 = $3, md5 = $4, size = $5, job = $6,
			file_name = CASE WHEN CAST($7 AS TEXT) = '' THEN file_name ELSE $7 END,
			acknowledged = $8, updated = $8,
			expires = CASE WHEN purpose = 'filing' THEN 0 WHEN attached_expires > 0 THEN attached_expires ELSE expires END
		WHERE id = $1 AND organisation = $2 AND state = 'awaiting'
		RETURNING `+submissionColumns,
		id, org, b.SHA256, b.MD5, b.Size, jobID, fileName, now)
}

// attachedBefore: the same bytes a second time are the earlier answer again.
func attachedBefore(ctx context.Context, t *tx, org, id string, b record.Blob, jobID string) (record.Accepted, error) {
	sub, err := findSubmission(ctx, t, org, id)
	if err != nil {
		return record.Accepted{}, err
	}
	if sub.SHA256 == "" || sub.SHA256 != b.SHA256 {
		return record.Accepted{}, record.ErrConflict
	}
	return replayed(ctx, t, sub, &b, jobID)
}

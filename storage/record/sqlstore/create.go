package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"heyan/storage/record"
)

// CreateSubmission makes a submission and, with a blob, its job.
func (s *Store) CreateSubmission(ctx context.Context, n record.NewSubmission) (a record.Accepted, err error) {
	err = s.write(ctx, "create a submission", func(t *tx) error {
		a, err = create(ctx, t, n)
		return err
	})
	if err != nil {
		return record.Accepted{}, err
	}
	return a, nil
}

func create(ctx context.Context, t *tx, n record.NewSubmission) (record.Accepted, error) {
	sub := kept(n.Submission)
	earlier, err := takeKey(ctx, t, sub.Organisation, n.Idempotency, answer{sub.ID, n.JobID}, sub.Created)
	if err != nil {
		return record.Accepted{}, err
	}
	if earlier.submission != "" {
		was, err := findSubmission(ctx, t, sub.Organisation, earlier.submission)
		if err != nil {
			return record.Accepted{}, err
		}
		return replayed(ctx, t, was, n.Blob, n.JobID)
	}
	if sub.Supersedes != "" {
		if _, err := findSubmission(ctx, t, sub.Organisation, sub.Supersedes); err != nil {
			return record.Accepted{}, fmt.Errorf("what is superseded: %w", err)
		}
	}
	a := record.Accepted{}
	sub.State = record.StateAwaiting
	if n.Blob != nil {
		if a, err = acceptBlob(ctx, t, sub, *n.Blob, n.JobID, sub.Created); err != nil {
			return record.Accepted{}, err
		}
		a.Job = n.JobID
		sub.State = record.StateQueued
		if sub.Purpose == record.PurposeFiling {
			sub.Expires = time.Time{} // filed packages are kept
		}
		sub.SHA256, sub.MD5, sub.Size = n.Blob.SHA256, n.Blob.MD5, n.Blob.Size
	}
	if err := insertSubmission(ctx, t, sub, a, n.AttachedExpires); err != nil {
		return record.Accepted{}, err
	}
	a.Submission = sub
	if n.Blob == nil {
		return a, nil
	}
	_, err = insertJob(ctx, t, newJob{id: n.JobID, submission: sub.ID, cause: record.CauseSubmitted, lane: sub.Lane, now: sub.Created})
	return a, err
}

// kept is a submission as it will be read: times to the microsecond.
func kept(s record.Submission) record.Submission {
	for _, t := range []*time.Time{&s.Created, &s.Updated, &s.Acknowledged, &s.Expires} {
		_ = utc{t}.Scan(micros(*t)) // of an int64 it is no error
	}
	return s
}

// replayed is the answer that was given before. Where the package was handed in once
// more because its object is damaged, the new one takes its place.
func replayed(ctx context.Context, t *tx, sub submissionAndKey, b *record.Blob, jobID string) (record.Accepted, error) {
	a := record.Accepted{Submission: sub.Submission, Replayed: true, BlobKey: sub.blobKey}
	if b == nil || b.Instead.Key == "" || sub.SHA256 == "" || sub.SHA256 != b.SHA256 {
		return a, nil
	}
	n, err := t.exec(ctx, `
		UPDATE blobs
		SET key = $3, created = $4
		WHERE sha256 = $1 AND state = 'live' AND key = $2`, b.SHA256, b.Instead.Key, b.Key, b.Created)
	if err != nil || n == 0 { // another repaired it
		return a, err
	}
	a.BlobKey = b.Key
	a.Repaired, err = repair(ctx, t, sub.ID, *b, jobID)
	return a, err
}

func insertSubmission(ctx context.Context, t *tx, s record.Submission, a record.Accepted, attachedExpires time.Time) error {
	_, err := t.exec(ctx, `
		INSERT INTO submissions (id, organisation, purpose, state, lane, filing_digest, platform, app_name, file_name,
			sha256, md5, size, blob_key, supersedes, job, created, updated, acknowledged, expires, attached_expires,
			created_by, filing)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
		s.ID, s.Organisation, s.Purpose, s.State, s.Lane, s.FilingDigest, s.Platform, s.AppName, s.FileName,
		s.SHA256, s.MD5, s.Size, a.BlobKey, s.Supersedes, a.Job, s.Created, s.Updated, s.Acknowledged, s.Expires, attachedExpires,
		s.CreatedBy, s.Filing)
	return err
}

// answer is what an idempotency key got.
type answer struct{ submission, job string }

// takeKey ties the key to the answer that is being made and returns none, or
// returns the earlier answer. Of two at once the second waits for the first.
func takeKey(ctx context.Context, t *tx, org string, k record.Idempotency, a answer, now time.Time) (answer, error) {
	if k.Key == "" {
		return answer{}, nil
	}
	taken, err := t.exec(ctx, `
		INSERT INTO idempotency (organisation, key, request, submission, job, expires)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (organisation, key) DO UPDATE
		SET request = excluded.request, submission = excluded.submission, job = excluded.job, expires = excluded.expires
		WHERE idempotency.expires <= $7`,
		org, k.Key, k.Request, a.submission, a.job, k.Expires, now)
	if err != nil || taken == 1 {
		return answer{}, err
	}
	used, err := one(ctx, t, scanUsedKey, keyQuery, org, k.Key)
	if err != nil {
		return answer{}, err
	}
	if used.request != k.Request {
		return answer{}, record.ErrKeyReused
	}
	return used.answer, nil
}

// acceptBlob refers to the package's object, or to the one that has the same bytes.
func acceptBlob(ctx context.Context, t *tx, sub record.Submission, b record.Blob, jobID string, now time.Time) (a record.Accepted, err error) {
	if a.BlobKey, err = referToBlob(ctx, t, b, sub.Purpose == record.PurposeFiling); err != nil {
		return a, err
	}
	if a.BlobKey == b.Key && b.Instead.Key != "" {
		if a.Repaired, err = repair(ctx, t, sub.ID, b, jobID); err != nil {
			return a, err
		}
	}
	if a.Twin, err = noteDigests(ctx, t, b); err != nil || a.Twin == "" {
		return a, err
	}
	return a, raiseAlarm(ctx, t, record.Alarm{
		ID:         "alm" + strings.TrimPrefix(sub.ID, "sub"),
		Kind:       record.AlarmMD5Collision,
		Detail:     fmt.Sprintf("md5 %s: sha256 %s and %s", b.MD5, a.Twin, b.SHA256),
		Submission: sub.ID,
		Created:    now,
	})
}

// repair leads the submissions that had the damaged object to the one that took
// its place. None has it where it was condemned meanwhile: then nothing was repaired.
// jobID is new with every request, and so is the alarm's id; its time is the new
// object's: see BlobAltered.
func repair(ctx context.Context, t *tx, submission string, b record.Blob, jobID string) (bool, error) {
	n, err := t.exec(ctx, `
		UPDATE submissions
		SET blob_key = $3
		WHERE sha256 = $1 AND sha256 <> '' AND blob_key = $2`, b.SHA256, b.Instead.Key, b.Key)
	if err != nil || n == 0 {
		return false, err
	}
	return true, raiseAlarm(ctx, t, record.Alarm{
		ID:         "alm" + strings.TrimPrefix(jobID, "job") + "r",
		Kind:       b.Instead.Kind,
		Detail:     fmt.Sprintf("object %q (sha256 %s) was not as it was stored; %q, just uploaded, took its place for %d earlier submissions", b.Instead.Key, b.SHA256, b.Key, n),
		Submission: submission,
		Created:    b.Created,
	})
}

// referToBlob counts one submission more that has these bytes and returns the key
// that they are under. Two uploads of the same new bytes wait for each other here,
// and so do two that repair the same one: the second finds the first's key.
func referToBlob(ctx context.Context, t *tx, b record.Blob, filed bool) (string, error) {
	return one(ctx, t, column[string], `
		INSERT INTO blobs (key, sha256, md5, size, created, state, refs, filed)
		VALUES ($1, $2, $3, $4, $5, 'live', 1, $6)
		ON CONFLICT (sha256) WHERE state = 'live' DO UPDATE
		SET refs = blobs.refs + 1, filed = CASE WHEN excluded.filed = 1 THEN 1 ELSE blobs.filed END,
			key = CASE WHEN blobs.key = $7 THEN excluded.key ELSE blobs.key END,
			created = CASE WHEN blobs.key = $7 THEN excluded.created ELSE blobs.created END
		RETURNING key`,
		b.Key, b.SHA256, b.MD5, b.Size, b.Created, filed, b.Instead.Key)
}

// noteDigests returns the SHA-256 that the MD5 was first seen with, if it is another.
func noteDigests(ctx context.Context, t *tx, b record.Blob) (twin string, err error) {
	made, err := t.exec(ctx, `
		INSERT INTO digests (md5, sha256)
		VALUES ($1, $2)
		ON CONFLICT (md5) DO NOTHING`, b.MD5, b.SHA256)
	if err != nil || made == 1 {
		return "", err
	}
	first, err := one(ctx, t, column[string], `SELECT sha256 FROM digests WHERE md5 = $1`, b.MD5)
	if err != nil && !errors.Is(err, record.ErrNotFound) {
		return "", err
	}
	if first == b.SHA256 {
		return "", nil
	}
	return first, nil
}

package sqlstore

import (
	"context"
	"database/sql"

	"heyan/storage/record"
)

// submissionColumns are what scanSubmission reads, without the filing.
const submissionColumns = `id, organisation, purpose, state, lane, filing_digest, platform, app_name, file_name,
	sha256, md5, size, supersedes, package_id, version, verdict, judgement, report_digest, rejudged,
	created, updated, acknowledged, expires, created_by`

func scanSubmission(rows *sql.Rows) (record.Submission, error) {
	s, _, err := scanSubmissionAnd[string](rows, false)
	return s, err
}

// scanSubmissionAnd reads one column more where there is one.
func scanSubmissionAnd[T any](rows *sql.Rows, more bool) (s record.Submission, last T, err error) {
	into := []any{&s.ID, &s.Organisation, &s.Purpose, &s.State, &s.Lane, &s.FilingDigest, &s.Platform, &s.AppName, &s.FileName,
		&s.SHA256, &s.MD5, &s.Size, &s.Supersedes, &s.PackageID, &s.Version, &s.Verdict, &s.Judgement, &s.ReportDigest, &s.Rejudged,
		utc{&s.Created}, utc{&s.Updated}, utc{&s.Acknowledged}, utc{&s.Expires}, &s.CreatedBy}
	if more {
		into = append(into, &last)
	}
	err = rows.Scan(into...)
	if s.State == record.StateExpired { // the row keeps what it had: FactsVisible
		s.SHA256, s.MD5, s.Size = "", "", 0
	}
	return s, last, err
}

// Submission returns one. org "" is every organisation.
func (s *Store) Submission(ctx context.Context, org, id string) (sub record.Submission, err error) {
	err = s.read(ctx, "read a submission", func(q queryer) error {
		sub, err = one(ctx, q, withFiling, `
			SELECT `+submissionColumns+`, filing
			FROM submissions
			WHERE id = $1 AND (organisation = $2 OR CAST($2 AS TEXT) = '')`, id, org)
		return err
	})
	return sub, err
}

func withFiling(rows *sql.Rows) (record.Submission, error) {
	s, filing, err := scanSubmissionAnd[[]byte](rows, true)
	s.Filing = filing
	return s, err
}

// submissionAndKey is a submission without its filing, and its object's key.
type submissionAndKey struct {
	record.Submission
	blobKey string
}

func findSubmission(ctx context.Context, t *tx, org, id string) (submissionAndKey, error) {
	return one(ctx, t, func(rows *sql.Rows) (submissionAndKey, error) {
		s, key, err := scanSubmissionAnd[string](rows, true)
		return submissionAndKey{s, key}, err
	}, `
		SELECT `+submissionColumns+`, blob_key
		FROM submissions
		WHERE id = $1 AND organisation = $2`, id, org)
}

package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"heyan/storage/record"
)

const judgementColumns = `j.submission, j.seq, j.job, j.cause, j.verdict, j.report_digest,
	j.package_digest, j.filing_digest, j.policy_digest, j.previous_digest, j.as_of, j.engine, j.rules, j.created`

func intoJudgement(j *record.Judgement) []any {
	return []any{&j.Submission, &j.Seq, &j.Job, &j.Cause, &j.Verdict, &j.ReportDigest,
		&j.PackageDigest, &j.FilingDigest, &j.PolicyDigest, &j.PreviousDigest, &j.AsOf, &j.Engine, &j.Rules, utc{&j.Created}}
}

func scanJudgement(rows *sql.Rows) (j record.Judgement, err error) {
	err = rows.Scan(intoJudgement(&j)...)
	return j, err
}

// Judgements returns all of a submission, oldest first.
func (s *Store) Judgements(ctx context.Context, org, submission string) (list []record.Judgement, err error) {
	err = s.read(ctx, "list judgements", func(q queryer) error {
		list, err = many(ctx, q, scanJudgement, `
			SELECT `+judgementColumns+`
			FROM judgements AS j
			WHERE j.submission = $1
				AND EXISTS (SELECT 1 FROM submissions AS s WHERE s.id = $1 AND s.organisation = $2)
			ORDER BY j.seq`, submission, org)
		if err != nil || len(list) > 0 {
			return err
		}
		_, err = one(ctx, q, column[string], `SELECT id FROM submissions WHERE id = $1 AND organisation = $2`, submission, org)
		return err
	})
	return list, err
}

const reportColumns = `r.digest, r.body, r.key_id, r.signature, r.created`

// judged is a judgement and its report, which is packed.
type judged struct {
	judgement record.Judgement
	report    record.Report
}

func scanJudgedReport(rows *sql.Rows) (g judged, err error) {
	r := &g.report
	err = rows.Scan(append(intoJudgement(&g.judgement), &r.Digest, &r.Body, &r.KeyID, &r.Signature, utc{&r.Created})...)
	return g, err
}

// Report returns the report of one judgement; seq 0 is the one in force.
func (s *Store) Report(ctx context.Context, org, submission string, seq int) (record.Judgement, record.Report, error) {
	return s.report(ctx, `
		SELECT `+judgementColumns+`, `+reportColumns+`
		FROM submissions AS s
		JOIN judgements AS j ON j.submission = s.id
			AND j.seq = CASE WHEN CAST($3 AS BIGINT) = 0 THEN s.judgement ELSE CAST($3 AS BIGINT) END
		JOIN reports AS r ON r.digest = j.report_digest
		WHERE s.id = $1 AND s.organisation = $2`, submission, org, seq)
}

// ReportByDigest returns a report of ours and the first judgement that gave it.
func (s *Store) ReportByDigest(ctx context.Context, digest string) (record.Judgement, record.Report, error) {
	return s.report(ctx, `
		SELECT `+judgementColumns+`, `+reportColumns+`
		FROM reports AS r
		JOIN judgements AS j ON j.report_digest = r.digest
		WHERE r.digest = $1
		ORDER BY j.created, j.submission, j.seq
		LIMIT 1`, digest)
}

func (s *Store) report(ctx context.Context, query string, args ...any) (record.Judgement, record.Report, error) {
	var g judged
	err := s.read(ctx, "read a report", func(q queryer) (err error) {
		if g, err = one(ctx, q, scanJudgedReport, query, args...); err != nil {
			return err
		}
		g.report.Body, err = s.packer.unpack(g.report.Body)
		return err
	})
	if err != nil {
		return record.Judgement{}, record.Report{}, err
	}
	return g.judgement, g.report, nil
}

const earlierQuery = `
	SELECT e.id, e.report_digest, r.body
	FROM submissions AS s
	JOIN submissions AS e ON e.package_id = $2 AND e.organisation = $1 AND e.found_platform = $3
		AND e.purpose = 'filing' AND e.judgement > 0
		AND (e.created, e.id) < (s.created, s.id)
	JOIN reports AS r ON r.digest = e.report_digest
	WHERE s.id = $4 AND s.organisation = $1
	ORDER BY e.created DESC, e.id DESC
	LIMIT 1`

// Earlier returns the newest judged filing of the app before the submission.
func (s *Store) Earlier(ctx context.Context, org, packageID, platform, submission string) (*record.Earlier, error) {
	var e record.Earlier
	err := s.read(ctx, "find the earlier filing", func(q queryer) (err error) {
		e, err = one(ctx, q, func(rows *sql.Rows) (e record.Earlier, err error) {
			err = rows.Scan(&e.Submission, &e.ReportDigest, &e.Report)
			return e, err
		}, earlierQuery, org, indexed(packageID), platform, submission)
		if err != nil {
			return err
		}
		e.Report, err = s.packer.unpack(e.Report)
		return err
	})
	switch {
	case errors.Is(err, record.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &e, nil
}

// Not "<>": the filings of a busy organisation would all be looked at.
const elsewhereQuery = `
	SELECT EXISTS (SELECT 1 FROM submissions
			WHERE package_id = $2 AND purpose = 'filing' AND judgement > 0 AND organisation < $1)
		OR EXISTS (SELECT 1 FROM submissions
			WHERE package_id = $2 AND purpose = 'filing' AND judgement > 0 AND organisation > $1)`

// Elsewhere reports whether another organisation has a judged filing of the app.
func (s *Store) Elsewhere(ctx context.Context, org, packageID string) (there bool, err error) {
	err = s.read(ctx, "look for the app elsewhere", func(q queryer) error {
		there, err = one(ctx, q, column[bool], elsewhereQuery, org, indexed(packageID))
		return err
	})
	return there, err
}

// FactsVisible reports whether the organisation ever submitted these bytes.
func (s *Store) FactsVisible(ctx context.Context, org, sha256 string) (visible bool, err error) {
	err = s.read(ctx, "look for a package", func(q queryer) error {
		visible, err = one(ctx, q, column[bool], `
			SELECT EXISTS (SELECT 1 FROM submissions WHERE sha256 = $2 AND sha256 <> '' AND organisation = $1)`, org, sha256)
		return err
	})
	return visible, err
}

package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"heyan/storage/record"
)

// Finish writes a job's outcome.
func (s *Store) Finish(ctx context.Context, o record.Outcome) (j record.Judgement, err error) {
	body := s.packer.pack(o.Report.Body)
	err = s.write(ctx, "finish a job", func(t *tx) error {
		j, err = finish(ctx, t, o, body)
		return err
	})
	if err != nil {
		return record.Judgement{}, err
	}
	return j, nil
}

func finish(ctx context.Context, t *tx, o record.Outcome, body []byte) (record.Judgement, error) {
	job, err := endJob(ctx, t, o)
	if err != nil {
		return record.Judgement{}, err
	}
	if o.Report.Created.IsZero() {
		o.Report.Created = o.Now
	}
	if err := insertReport(ctx, t, o.Report, body); err != nil {
		return record.Judgement{}, err
	}
	judged := inForce
	if job.cause == record.CauseRejudged {
		judged = beside
	}
	seq, sub, changed, err := judged(ctx, t, job, o)
	if err != nil {
		return record.Judgement{}, err
	}
	j := o.Judgement
	j.Submission, j.Job, j.Seq, j.Cause = job.submission, o.Job, seq, job.cause
	j.ReportDigest = o.Report.Digest
	if j.Created.IsZero() {
		j.Created = o.Now
	}
	if err := insertJudgement(ctx, t, j); err != nil {
		return record.Judgement{}, err
	}
	if err := deliver(ctx, t, o, sub, j); err != nil {
		return record.Judgement{}, err
	}
	return j, countRejudged(ctx, t, job.run, changed)
}

// endedJob is what the outcome has to know of its job.
type endedJob struct {
	submission, run string
	cause           record.Cause
	against         int
}

func scanEndedJob(rows *sql.Rows) (j endedJob, err error) {
	err = rows.Scan(&j.submission, &j.cause, &j.run, &j.against)
	return j, err
}

// endJob is the fence: it changes the job only where it is still the worker's. The
// filing is with the submission and in the report.
func endJob(ctx context.Context, t *tx, o record.Outcome) (endedJob, error) {
	job, err := one(ctx, t, scanEndedJob, `
		UPDATE jobs
		SET state = 'done', ended = $3, stage = '', percent = 100, error = '', filing = $4
		WHERE id = $1 AND epoch = $2 AND state = 'running'
		RETURNING submission, cause, run, against`,
		o.Job, o.Epoch, o.Now, []byte{})
	if errors.Is(err, record.ErrNotFound) {
		err = record.ErrFenced
	}
	return job, err
}

// insertReport keeps a report once, however often it is given.
func insertReport(ctx context.Context, t *tx, r record.Report, body []byte) error {
	_, err := t.exec(ctx, `
		INSERT INTO reports (digest, body, key_id, signature, created)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (digest) DO NOTHING`,
		r.Digest, body, r.KeyID, r.Signature, r.Created)
	return err
}

// judgedSubmission is a submission and how many judgements it has.
type judgedSubmission struct {
	record.Submission
	seq int
}

func scanJudged(rows *sql.Rows) (judgedSubmission, error) {
	s, seq, err := scanSubmissionAnd[int](rows, true)
	return judgedSubmission{s, seq}, err
}

// inForce makes the outcome the submission's.
func inForce(ctx context.Context, t *tx, job endedJob, o record.Outcome) (int, record.Submission, bool, error) {
	s, err := one(ctx, t, scanJudged, `
		UPDATE submissions
		SET state = 'judged', judgements = judgements + 1, judgement = judgements + 1,
			verdict = $3, report_digest = $4, package_id = $5, version = $6, found_platform = $7, rejudged = '',
			updated = $8, prior_filing = $9, prior_filing_digest = '', prior_platform = '', prior_app_name = ''
		WHERE id = $1 AND job = $2 AND state = 'running'
		RETURNING `+submissionColumns+`, judgements`,
		job.submission, o.Job, o.Judgement.Verdict, o.Report.Digest, indexed(o.PackageID), o.Version, o.Platform,
		o.Now, []byte{})
	if errors.Is(err, record.ErrNotFound) {
		err = fmt.Errorf("the submission %q is not in the state of its job", job.submission)
	}
	return s.seq, s.Submission, false, err
}

// beside notes the outcome of a re-judgement: the judgement in force stays. Where
// that is no longer the one the run met, its filing was another, and the verdicts
// are not compared.
func beside(ctx context.Context, t *tx, job endedJob, o record.Outcome) (int, record.Submission, bool, error) {
	s, err := one(ctx, t, scanJudged, `
		UPDATE submissions
		SET judgements = judgements + 1,
			rejudged = CASE WHEN judgement <> $2 THEN rejudged WHEN verdict = $3 THEN '' ELSE $3 END,
			updated = $4
		WHERE id = $1
		RETURNING `+submissionColumns+`, judgements`,
		job.submission, job.against, o.Judgement.Verdict, o.Now)
	changed := s.Judgement == job.against && s.Verdict != o.Judgement.Verdict
	return s.seq, s.Submission, changed, err
}

func insertJudgement(ctx context.Context, t *tx, j record.Judgement) error {
	_, err := t.exec(ctx, `
		INSERT INTO judgements (submission, seq, job, cause, verdict, report_digest,
			package_digest, filing_digest, policy_digest, previous_digest, as_of, engine, rules, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		j.Submission, j.Seq, j.Job, j.Cause, j.Verdict, j.ReportDigest,
		j.PackageDigest, j.FilingDigest, j.PolicyDigest, j.PreviousDigest, j.AsOf, j.Engine, j.Rules, j.Created)
	return err
}

// deliver tells the organisation's webhooks.
func deliver(ctx context.Context, t *tx, o record.Outcome, sub record.Submission, j record.Judgement) error {
	if o.Payload == nil {
		return nil
	}
	hooks, err := many(ctx, t, scanWebhook, `
		SELECT `+webhookColumns+`
		FROM webhooks
		WHERE organisation = $1 AND disabled = 0
		ORDER BY id`, sub.Organisation)
	if err != nil || len(hooks) == 0 {
		return err
	}
	event, body := o.Payload(sub, j)
	for _, w := range hooks {
		if !subscribed(w, event) {
			continue
		}
		err := insertDelivery(ctx, t, record.Delivery{
			ID: o.NewID(), Webhook: w.ID, Organisation: w.Organisation, Event: event, Submission: sub.ID,
			Payload: body, State: record.DeliveryPending, NextAt: o.Now, Created: o.Now,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// countRejudged counts the outcome of a run's job.
func countRejudged(ctx context.Context, t *tx, run string, changed bool) error {
	if run == "" {
		return nil
	}
	_, err := t.exec(ctx, `
		UPDATE rejudges
		SET done = done + 1, changed = changed + $2
		WHERE id = $1`, run, changed)
	return err
}

package worker

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"heyan/analyzer/facts"
	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/filing"
	"heyan/storage/record"
)

// china is the form's own time zone; it has had no summer time since 1991.
var china = time.FixedZone("CST", 8*3600)

// outcome judges the facts as inspect does anywhere, and makes of the report what
// is written.
func (r *run) outcome(ctx context.Context, f *facts.Facts) (record.Outcome, error) {
	in, err := r.judgeInput(ctx, f)
	if err != nil {
		return record.Outcome{}, err
	}
	judged := inspect.Judge(in)
	var body bytes.Buffer
	if err := report.Encode(&body, judged); err != nil {
		return record.Outcome{}, fmt.Errorf("encode report: %w", err)
	}
	rep := record.Report{Digest: report.Digest(body.Bytes()), Body: body.Bytes(), Created: r.Now()}
	if r.Sign != nil {
		if rep.KeyID, rep.Signature, err = r.Sign(rep.Body); err != nil {
			return record.Outcome{}, fmt.Errorf("sign report: %w", err)
		}
	}
	return record.Outcome{
		Job: r.job.ID, Epoch: r.job.Epoch,
		Judgement: judgement(judged, rep),
		Report:    rep,
		PackageID: f.App.ID, Version: f.App.Version,
		Platform: string(report.PlatformOf(f.Format)),
		Payload:  r.Event,
	}, nil
}

func judgement(r *report.Report, rep record.Report) record.Judgement {
	return record.Judgement{
		Verdict:        string(r.Verdict),
		ReportDigest:   rep.Digest,
		PackageDigest:  r.Inputs.Package,
		FilingDigest:   r.Inputs.Filing,
		PolicyDigest:   r.Inputs.Policy,
		PreviousDigest: r.Inputs.Previous,
		AsOf:           r.Inputs.AsOf,
		Engine:         r.Engine.Version,
		Rules:          r.Engine.Rules,
		Created:        rep.Created,
	}
}

// judgeInput is what the judgement depends on besides the engine.
func (r *run) judgeInput(ctx context.Context, f *facts.Facts) (inspect.JudgeInput, error) {
	in := inspect.JudgeInput{Facts: f, Policy: r.Policy, AsOf: r.Now().In(china).Format(time.DateOnly)}
	var err error
	if in.Filing, err = filing.Parse(r.job.Filing); err != nil {
		// It was accepted once: another version of heyan did.
		return in, &hopelessError{fmt.Sprintf("the filing cannot be read: %v", err)}
	}
	if in.Previous, in.PreviousDigest, err = r.previous(ctx, f, in.Filing); err != nil {
		return in, err
	}
	in.Elsewhere, err = r.elsewhere(ctx, f)
	return in, err
}

// previous is the newest earlier filing of the same app in the organisation: the
// app that the package is, else the one that it was filed as.
func (r *run) previous(ctx context.Context, f *facts.Facts, filed *filing.Filing) (*rules.Previous, string, error) {
	platform := string(report.PlatformOf(f.Format))
	if platform == "" {
		return nil, "", nil
	}
	for _, id := range []string{f.App.ID, filed.PackageID} {
		if id == "" {
			continue
		}
		e, err := r.Records.Earlier(ctx, r.job.Organisation, id, platform, r.job.Submission)
		if err != nil {
			return nil, "", fmt.Errorf("look for an earlier filing: %w", err)
		}
		if e == nil {
			continue
		}
		p, err := report.ReadPrevious(e.Report)
		if err != nil {
			return nil, "", &hopelessError{fmt.Sprintf("the report of the earlier submission %s cannot be read: %v", e.Submission, err)}
		}
		return p, report.Digest(e.Report), nil
	}
	return nil, "", nil
}

// elsewhere says whether another organisation filed the app.
func (r *run) elsewhere(ctx context.Context, f *facts.Facts) (rules.Elsewhere, error) {
	if f.App.ID == "" {
		return rules.ElsewhereUnknown, nil
	}
	filed, err := r.Records.Elsewhere(ctx, r.job.Organisation, f.App.ID)
	switch {
	case err != nil:
		return rules.ElsewhereUnknown, fmt.Errorf("look for other organisations: %w", err)
	case filed:
		return rules.ElsewhereFiled, nil
	}
	return rules.ElsewhereNone, nil
}

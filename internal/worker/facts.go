package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"heyan/analyzer"
	"heyan/analyzer/facts"
	"heyan/internal/inspect"
	"heyan/storage/record"
)

// facts are the job's: kept ones, those another job is just making of the same
// bytes, or new ones.
func (r *run) facts(ctx context.Context) (*facts.Facts, error) {
	if reason := r.suspect(); reason != "" {
		return r.unread(ctx, reason)
	}
	f, err := r.stored(ctx, r.version)
	r.Metrics.FactsLooked(f != nil)
	if f != nil || err != nil {
		return f, err
	}
	if r.job.BlobKey == "" {
		return r.newest(ctx)
	}
	owner := fmt.Sprintf("%s/%d", r.job.ID, r.job.Epoch)
	if f, err := r.claimAnalysis(ctx, owner); f != nil || err != nil {
		return f, err
	}
	r.lease.analyses(owner)
	var kept bool
	defer func() {
		r.lease.analyses("")
		if !kept { // else the claim ended with that
			r.endAnalysis(ctx, owner)
		}
	}()
	f, kept, err = r.analyse(ctx)
	if missing(err) && r.job.Cause != record.CauseSubmitted {
		return r.insteadOf(ctx, err)
	}
	return f, err
}

// suspect says why the package is not to be read once more, "" where it may be.
func (r *run) suspect() string {
	switch {
	case r.job.Crashes >= r.MaxCrashes:
		return fmt.Sprintf("reading or judging it failed %d times", r.job.Crashes)
	case r.job.Lost >= r.MaxLost:
		return fmt.Sprintf("the worker that had it ended unexpectedly %d times", r.job.Lost)
	}
	return ""
}

// stored are the facts kept under the version, nil where there are none that can
// be used.
func (r *run) stored(ctx context.Context, version string) (*facts.Facts, error) {
	body, _, err := r.Records.Facts(ctx, r.job.SHA256, version)
	if errors.Is(err, record.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for facts: %w", err)
	}
	f, err := inspect.DecodeFacts(body)
	if err == nil && (f.File.SHA256 != r.job.SHA256 || f.File.MD5 != r.job.MD5 || f.File.Size != r.job.Size) {
		err = errors.New("they are of another package")
	}
	if err != nil {
		r.log.ErrorContext(ctx, "facts that are kept cannot be used", "sha256", r.job.SHA256, "error", err)
		return nil, nil
	}
	return f, nil
}

// newest are the facts of a package that was given up.
func (r *run) newest(ctx context.Context) (*facts.Facts, error) {
	f, err := r.stored(ctx, "")
	if f == nil && err == nil {
		return nil, &hopelessError{"neither the package nor facts of it that can be used are kept"}
	}
	return f, err
}

// insteadOf gives the newest facts in place of a package that is missing, which is
// an alarm all the same; without facts it is what happened.
func (r *run) insteadOf(ctx context.Context, damage error) (*facts.Facts, error) {
	f, err := r.stored(ctx, "")
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, damage
	}
	r.alarm(ctx, record.AlarmBlobMissing, damage.Error())
	return f, nil
}

// How long a job waits for another that analyses the same bytes, and between
// looks, before its slot takes other work.
const (
	waitForTwin = 2 * time.Second
	firstLook   = 10 * time.Millisecond
	lastLook    = 250 * time.Millisecond
)

// busyError: another job is analysing the same bytes.
type busyError struct{}

func (busyError) Error() string { return "another job is analysing the same package" }

// claimAnalysis makes this job the one to analyse the bytes, or returns the facts
// that another made of them meanwhile.
func (r *run) claimAnalysis(ctx context.Context, owner string) (*facts.Facts, error) {
	until := time.Now().Add(waitForTwin)
	for look := firstLook; ; look = min(2*look, lastLook) {
		won, err := r.Records.ClaimAnalysis(ctx, r.job.SHA256, r.version, owner, r.Now(), r.Lease)
		if err != nil {
			return nil, fmt.Errorf("claim analysis: %w", err)
		}
		if !won {
			pause(ctx, look)
		}
		// The other one may have ended between our look and our claim.
		f, err := r.stored(ctx, r.version)
		switch {
		case f != nil || err != nil:
			if won {
				r.endAnalysis(ctx, owner)
			}
			return f, err
		case won:
			return nil, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case time.Now().After(until):
			return nil, busyError{}
		}
	}
}

// endAnalysis gives the claim up. A failure costs waiting until it runs out.
func (r *run) endAnalysis(ctx context.Context, owner string) {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	if err := r.Records.EndAnalysis(call, r.job.SHA256, r.version, owner); err != nil {
		r.log.WarnContext(ctx, "a claim to analyse cannot be given up", "error", err)
	}
}

// analyse reads the package and keeps its facts where they may be.
func (r *run) analyse(ctx context.Context) (f *facts.Facts, kept bool, err error) {
	f, err = r.read(ctx, r.Analyze)
	var stopped *inspect.StoppedError
	if errors.As(err, &stopped) {
		r.Metrics.ChildStopped()
		r.log.WarnContext(ctx, "the child was stopped", "reason", stopped.Reason, "before", r.job.Crashes)
		if f == nil || r.job.Crashes+1 < r.MaxCrashes {
			return nil, false, err
		}
		return f, false, nil // judged as undetermined, and not kept
	}
	if err != nil {
		return nil, false, err
	}
	body, err := inspect.EncodeFacts(f)
	if err != nil {
		return nil, false, err
	}
	if err := r.Records.PutFacts(ctx, r.job.SHA256, r.version, body, r.Now()); err != nil {
		return nil, false, fmt.Errorf("keep facts: %w", err)
	}
	return f, true, nil
}

// unread are the facts of a package that is not to be read once more: its digests,
// checked against the stored bytes where they are there.
func (r *run) unread(ctx context.Context, reason string) (*facts.Facts, error) {
	r.log.WarnContext(ctx, "judged without reading", "reason", reason)
	if r.job.BlobKey == "" {
		return inspect.Undetermined(facts.File{Size: r.job.Size, MD5: r.job.MD5, SHA256: r.job.SHA256}, reason), nil
	}
	f, err := r.read(ctx, func(context.Context, analyzer.Input) (*facts.Facts, error) {
		return nil, &inspect.StoppedError{Reason: reason}
	})
	if f != nil {
		return f, nil
	}
	return nil, err
}

// read opens the package, hashes it and has it analysed. Bytes that are not those
// recorded are a *damagedError, whatever else was found.
func (r *run) read(ctx context.Context, analyze inspect.AnalyzeFunc) (*facts.Facts, error) {
	r.lease.enter(StageFetching)
	src, err := r.open(ctx, r.job, r.lease)
	if err != nil {
		return nil, err
	}
	defer src.done()
	if src.size != r.job.Size {
		return nil, altered("%d bytes instead of %d", src.size, r.job.Size)
	}
	r.lease.enter(StageVerifying)
	f, err := inspect.Facts(ctx, analyzer.Input{Package: src.file, Size: src.size}, inspect.Options{
		Analyze: analyze, Progress: r.hashed,
	})
	if f != nil && (f.File.SHA256 != r.job.SHA256 || f.File.MD5 != r.job.MD5) {
		return nil, altered("SHA-256 %s instead of %s", f.File.SHA256, r.job.SHA256)
	}
	return f, err
}

// hashed is called as the package is hashed.
func (r *run) hashed(done int64) {
	r.lease.far(StageVerifying, done, r.job.Size)
	if done == r.job.Size {
		r.lease.enter(StageAnalysing)
	}
}

// damagedError: the stored bytes are missing or are not those that were put.
type damagedError struct {
	kind   string // of the alarm
	detail string
}

func (e *damagedError) Error() string { return e.kind + ": " + e.detail }

func altered(format string, args ...any) error {
	return &damagedError{kind: record.AlarmBlobAltered, detail: fmt.Sprintf(format, args...)}
}

func missing(err error) bool {
	var d *damagedError
	return errors.As(err, &d) && d.kind == record.AlarmBlobMissing
}

// hopelessError: no retry can help, an operator must look.
type hopelessError struct{ reason string }

func (e *hopelessError) Error() string { return e.reason }

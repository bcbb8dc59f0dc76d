//go:build linux

package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"heyan/internal/faulttest"
	"heyan/storage/record"
)

// outcome is what the records say of one submission.
type outcome struct {
	acknowledged, started, ended time.Time
	sha256, verdict              string
}

// outcomes waits until nothing is left to do and reads all submissions.
func outcomes(ctx context.Context, in *faulttest.Installation) ([]outcome, error) {
	stores, err := in.Stores(ctx)
	if err != nil {
		return nil, err
	}
	defer stores.Close()
	if err := drained(ctx, stores.Records); err != nil {
		return nil, err
	}
	var all []outcome
	for f := (record.Filter{Limit: 200}); ; {
		list, err := stores.Records.ListSubmissions(ctx, f)
		if err != nil || len(list) == 0 {
			return all, err
		}
		f.After = list[len(list)-1].ID
		for _, s := range list {
			job, err := stores.Records.LatestJob(ctx, s.Organisation, s.ID)
			if err != nil {
				return nil, err
			}
			all = append(all, outcome{s.Acknowledged, job.Started, job.Ended, s.SHA256, s.Verdict})
		}
	}
}

// drained waits for the last verdict.
func drained(ctx context.Context, r record.JobAdmin) error {
	for {
		lanes, err := r.Backlog(ctx, time.Now())
		if err != nil {
			return err
		}
		left := int64(0)
		for _, l := range lanes {
			left += l.Queued + l.Running
			if l.Dead > 0 {
				return fmt.Errorf("%d jobs are dead", l.Dead)
			}
		}
		if left == 0 {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// percentile picks by nearest rank; the times are sorted.
func percentile(times []time.Duration, percent int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	rank := (len(times)*percent + 99) / 100
	return times[max(rank, 1)-1]
}

// spread says where most times lie.
func spread(times []time.Duration) string {
	slices.Sort(times)
	return fmt.Sprintf("%s / %s / %s", show(percentile(times, 50)), show(percentile(times, 95)), show(percentile(times, 99)))
}

func show(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

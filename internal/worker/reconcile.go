package worker

import (
	"context"
	"time"

	"heyan/queue"
)

// A reconcile publishes up to page jobs of a lane, and none to a lane in which
// enough wait: jobs come in the order in which they are due, so they would be
// those that wait already.
const (
	page   = 500
	enough = page / 4
)

// soon is when to look again where there was much, and how often a slot that went
// idle may have the records looked at.
const soon = time.Second

// reconcile publishes jobs that are due and that nobody has: at once, in regular
// turns, soon again where there is more than a page, and when a slot is idle.
func (p *Pool) reconcile(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-p.idle:
			if wait := soon - time.Since(last); wait > 0 {
				timer.Reset(wait)
				continue
			}
		}
		next := p.Reconcile
		if p.republish(ctx) {
			next = min(soon, next)
		}
		last = time.Now()
		timer.Reset(next)
	}
}

// republish makes one round over the lanes and reports whether there is more to do
// than the queue knows.
func (p *Pool) republish(ctx context.Context) (more bool) {
	depth, err := p.Queue.Depth(ctx)
	if err != nil {
		if ctx.Err() == nil {
			p.Log.WarnContext(ctx, "the queue cannot be reached", "error", err)
		}
		return false
	}
	for _, lane := range queue.Lanes() {
		if depth[lane] >= enough || p.republishLane(ctx, lane) == page {
			more = true
		}
	}
	return more
}

func (p *Pool) republishLane(ctx context.Context, lane queue.Lane) int {
	jobs, err := p.Records.Due(ctx, string(lane), p.Now(), page)
	if err != nil {
		if ctx.Err() == nil {
			p.Log.WarnContext(ctx, "due jobs cannot be listed", "error", err)
		}
		return 0
	}
	for _, j := range jobs {
		if ctx.Err() != nil {
			break
		}
		p.publish(ctx, lane, j.ID)
	}
	if len(jobs) > 0 {
		p.Metrics.Republished(lane, len(jobs))
	}
	return len(jobs)
}

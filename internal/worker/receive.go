package worker

import (
	"context"
	"math/rand/v2"
	"time"

	"heyan/queue"
)

// batchEvery is which turn prefers the batch lane: three of four are for those
// who wait, and no lane ever starves the other.
const batchEvery = 4

// lanes says which lane a turn prefers.
func lanes(turn uint64) []queue.Lane {
	if turn%batchEvery == batchEvery-1 {
		return []queue.Lane{queue.Batch, queue.Interactive}
	}
	return []queue.Lane{queue.Interactive, queue.Batch}
}

// idleAfter is how long a slot waits before it has the records looked at: the
// queue may have lost a message.
const idleAfter = 250 * time.Millisecond

// receive waits for a message, and wakes the reconciler where none comes soon.
func (p *Pool) receive(ctx context.Context) (queue.Message, error) {
	defer time.AfterFunc(idleAfter, func() {
		select {
		case p.idle <- struct{}{}:
		default:
		}
	}).Stop()
	return p.Queue.Receive(ctx, lanes(p.turns.Add(1)-1)...)
}

// wait is how long to wait before the next try after so many that failed: doubled
// for each, up to the most, and spread by half so that workers do not come all at
// once.
func (p *Pool) wait(failed int) time.Duration {
	d := p.MaxBackOff
	if shift := max(failed, 1) - 1; shift < 16 && p.BackOff<<shift < d {
		d = p.BackOff << shift
	}
	return d/2 + rand.N(d) // #nosec G404 -- spreading, not secrecy
}

// pause sleeps, or returns early when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

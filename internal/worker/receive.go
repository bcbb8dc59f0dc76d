package worker

import (
	"context"
	"errors"
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

// errIdle: there was nothing to do for a while.
var errIdle = errors.New("idle")

// idleAfter is how long a slot waits before it has the records looked at: the
// queue may have lost a message.
const idleAfter = 250 * time.Millisecond

// receive waits for a message. The first time that nothing comes it wakes the
// reconciler and goes on waiting.
func (p *Pool) receive(ctx context.Context) (queue.Message, error) {
	order := lanes(p.turns.Add(1) - 1)
	short, cancel := context.WithTimeoutCause(ctx, idleAfter, errIdle)
	defer cancel()
	m, err := p.Queue.Receive(short, order...)
	if err == nil || short.Err() == nil || ctx.Err() != nil {
		return m, err
	}
	select {
	case p.idle <- struct{}{}:
	default:
	}
	return p.Queue.Receive(ctx, order...)
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

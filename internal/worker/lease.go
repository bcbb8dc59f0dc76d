package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"heyan/queue"
	"heyan/storage/record"
)

// Why a job's context ends besides errDraining.
var errCanceled = errors.New("cancelling was asked")

// lease keeps a claimed job ours while it is worked on and tells others how far
// the work is. The first write comes after a second, so that a short job makes
// none.
type lease struct {
	pool *Pool
	job  record.Job
	msg  queue.Message
	end  context.CancelCauseFunc

	mu       sync.Mutex
	stage    Stage
	since    time.Time // when the stage began
	percent  int
	analysis string // the owner of the claim to analyse, "" without one

	stopped chan struct{}
	done    sync.WaitGroup
}

// showEvery is how often progress is written at most.
const showEvery = time.Second

// keep starts to keep the lease. ctx is the job's, end ends it.
func (p *Pool) keep(ctx context.Context, end context.CancelCauseFunc, m queue.Message, job record.Job) *lease {
	l := &lease{pool: p, job: job, msg: m, end: end, since: time.Now(), stopped: make(chan struct{})}
	l.done.Go(func() { l.run(ctx) })
	return l
}

// stop ends the keeping and waits for it.
func (l *lease) stop() {
	close(l.stopped)
	l.done.Wait()
	l.enter("")
}

func (l *lease) run(ctx context.Context) {
	every := l.pool.Lease / 3
	tick := time.NewTicker(min(showEvery, every))
	defer tick.Stop()
	shown, beat := record.Beat{}, time.Now()
	for {
		select {
		case <-l.stopped:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := l.now()
		changed := now.Stage != shown.Stage || now.Percent != shown.Percent
		if !changed && time.Since(beat) < every {
			continue
		}
		if l.beat(ctx, now) {
			shown, beat = now, time.Now()
		}
	}
}

// now is what to say of the job.
func (l *lease) now() record.Beat {
	l.mu.Lock()
	defer l.mu.Unlock()
	return record.Beat{Job: l.job.ID, Epoch: l.job.Epoch, Stage: string(l.stage), Percent: l.percent}
}

// beat extends all leases of the job: its own, the message's, and that of the
// analysis. It reports whether the first was extended; the database being away
// for a while is no reason to stop.
func (l *lease) beat(ctx context.Context, b record.Beat) bool {
	p := l.pool
	call, cancel := context.WithTimeout(ctx, p.Lease/3)
	defer cancel()
	b.LeaseUntil = p.Now().Add(p.Lease)
	wanted, err := p.Records.Heartbeat(call, b)
	switch {
	case errors.Is(err, record.ErrFenced):
		l.end(record.ErrFenced)
		return false
	case err != nil:
		if ctx.Err() == nil {
			p.Log.WarnContext(ctx, "a lease cannot be extended", "job", l.job.ID, "error", err)
		}
		return false
	case wanted:
		l.end(errCanceled)
		return true
	}
	if err := p.Queue.Extend(call, l.msg); err != nil && ctx.Err() == nil {
		p.Log.WarnContext(ctx, "a message cannot be extended", "job", l.job.ID, "error", err)
	}
	if owner := l.owner(); owner != "" {
		// Losing it costs a second analysis of the same bytes and nothing else.
		_, _ = p.Records.ClaimAnalysis(call, l.job.SHA256, p.version, owner, p.Now(), p.Lease)
	}
	return true
}

func (l *lease) owner() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.analysis
}

// analyses notes who holds the claim to analyse, "" for nobody.
func (l *lease) analyses(owner string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.analysis = owner
}

// enter begins a stage.
func (l *lease) enter(s Stage) {
	l.mu.Lock()
	before, since := l.stage, l.since
	if s != before {
		l.stage, l.since = s, time.Now()
		l.percent = max(l.percent, s.begins())
	}
	l.mu.Unlock()
	if before != "" && s != before {
		l.pool.Metrics.StageEnded(before, time.Since(since))
	}
}

// far says that done of all bytes of the stage are through.
func (l *lease) far(s Stage, done, all int64) {
	if all <= 0 {
		return
	}
	from, to := int64(s.begins()), int64(s.ends())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.percent = max(l.percent, int(from+done*(to-from)/all))
}

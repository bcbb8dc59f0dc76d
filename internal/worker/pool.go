// Package worker makes judgements: it takes jobs, reads their packages in the
// sandbox, judges the facts and writes the outcome.
//
// What it promises. A job ends in one judgement however often it is delivered:
// it is claimed in the records by compare-and-set, and everything written after
// names the claim's epoch. Nothing is judged but the bytes that were submitted:
// what the store gives back is hashed again. Whatever fails around a package (the
// store, the database, this program) is retried with back-off and never blamed on
// the package; a package on which children die is judged "undetermined", verdict
// review, and never tried for ever. The outcome is written last and once. A
// worker that dies costs a lease.
//
// A Pool owns its goroutines: Run returns when all have ended.
package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"heyan/internal/inspect"
	"heyan/queue"
	"heyan/storage/record"
)

// Pool is a number of slots, each of which works on one job at a time.
type Pool struct {
	Config
	version string // of the analyzers
	scratch *scratch
	later   *schedule
	turns   atomic.Uint64

	mu   sync.Mutex
	mine map[string]bool // the jobs being worked on here

	idle chan struct{} // a slot found nothing to do
}

// New checks the configuration and makes the scratch folder, without what
// processes that are gone left there.
func New(c Config) (*Pool, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	s, err := openScratch(c.Scratch, c.ScratchBytes)
	if err != nil {
		return nil, err
	}
	return &Pool{
		Config:  c,
		version: inspect.AnalyzersVersion(),
		scratch: s,
		later:   newSchedule(c.Now),
		mine:    map[string]bool{},
		idle:    make(chan struct{}, 1),
	}, nil
}

// errDraining is why work is stopped when the time to drain is over.
var errDraining = errors.New("the worker stops")

// Run works until ctx ends, then lets the running jobs finish for the time of
// Drain and puts back those that did not. It returns nil after that, or the
// queue's error where the queue was closed under it. It is called once.
func (p *Pool) Run(ctx context.Context) error {
	// Work outlives ctx by the time of Drain.
	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)

	var around, slots sync.WaitGroup
	aroundCtx, stopAround := context.WithCancel(ctx)
	defer stopAround()
	around.Go(func() { p.reconcile(aroundCtx) })
	around.Go(func() { p.later.run(aroundCtx, p.publish) })

	errs := make(chan error, p.Slots)
	for range p.Slots {
		slots.Go(func() { errs <- p.slot(ctx, work) })
	}
	drained := make(chan struct{})
	go func() { slots.Wait(); close(drained) }()
	select {
	case <-drained:
	case <-ctx.Done():
		select {
		case <-drained:
		case <-time.After(p.Drain):
			stop(errDraining)
			<-drained
		}
	}
	stopAround()
	around.Wait()
	return first(errs)
}

// first returns the first error of slots that have all ended.
func first(errs chan error) error {
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// slot receives and works until ctx ends or the queue is closed.
func (p *Pool) slot(ctx, work context.Context) error {
	var failed int
	for ctx.Err() == nil {
		m, err := p.receive(ctx)
		switch {
		case ctx.Err() != nil:
			if err == nil {
				p.giveBack(work, m)
			}
			return nil
		case errors.Is(err, queue.ErrClosed):
			return fmt.Errorf("receive: %w", err)
		case err != nil:
			failed++
			p.Log.WarnContext(ctx, "the queue cannot be reached", "error", err)
			pause(ctx, p.wait(failed))
			continue
		}
		failed = 0
		p.handle(work, m)
	}
	return nil
}

// handle works on one message's job and says when the job is to come again.
func (p *Pool) handle(work context.Context, m queue.Message) {
	again, at := p.claim(work, m)
	p.done(work, m)
	switch {
	case !again:
	case at.After(p.Now()):
		p.later.add(m.Job, m.Lane, at)
	default:
		p.publish(work, m.Lane, m.Job)
	}
}

// claim takes a message's job and works on it.
func (p *Pool) claim(work context.Context, m queue.Message) (again bool, at time.Time) {
	job, err := p.Records.Claim(work, m.Job, p.Name, p.Now(), p.Lease)
	switch {
	case err == nil:
		return p.work(work, m, job)
	case errors.Is(err, record.ErrNotDue):
		return p.notDue(work, m)
	case errors.Is(err, record.ErrNotFound):
		p.Log.WarnContext(work, "the queue names a job that the records do not know", "job", m.Job)
		return false, time.Time{}
	}
	p.Log.WarnContext(work, "a job cannot be claimed", "job", m.Job, "error", err)
	pause(work, p.wait(1)) // the database is away: this slot takes no more for a while
	return true, p.Now().Add(p.BackOff)
}

// notDue looks when a job that is not to be claimed now may be: messages come
// early where a lease is about to run out or a retry is not yet due.
func (p *Pool) notDue(ctx context.Context, m queue.Message) (again bool, at time.Time) {
	if p.has(m.Job) {
		return false, time.Time{}
	}
	job, err := p.Records.Job(ctx, m.Job)
	if err != nil {
		return false, time.Time{} // the reconciler finds it
	}
	switch job.State {
	case record.JobQueued:
		return true, job.RunAt.Add(time.Millisecond)
	case record.JobRunning:
		return true, job.LeaseUntil.Add(time.Millisecond)
	}
	return false, time.Time{}
}

// giveBack leaves a message that was received at the very end to others.
func (p *Pool) giveBack(ctx context.Context, m queue.Message) {
	p.done(ctx, m)
	p.publish(ctx, m.Lane, m.Job)
}

func (p *Pool) done(ctx context.Context, m queue.Message) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	if err := p.Queue.Done(ctx, m); err != nil && !errors.Is(err, queue.ErrClosed) {
		p.Log.WarnContext(ctx, "a message cannot be taken off the queue", "job", m.Job, "error", err)
	}
}

// publish makes a job known that may be claimed now.
func (p *Pool) publish(ctx context.Context, lane queue.Lane, job string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	if err := p.Queue.Publish(ctx, lane, job); err != nil && !errors.Is(err, queue.ErrClosed) {
		p.Log.WarnContext(ctx, "a job cannot be published, the reconciler will", "job", job, "error", err)
	}
}

// callTimeout bounds calls that are made whatever else has ended.
const callTimeout = 5 * time.Second

// take and leave note the jobs being worked on here.
func (p *Pool) take(job string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mine[job] = true
}

func (p *Pool) leave(job string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.mine, job)
}

func (p *Pool) has(job string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mine[job]
}

// panicError is a panic of ours while a job was worked on.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// fence turns a panic of f into an error.
func fence(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	return f()
}

// Package inproc is the queue within one process, for a machine with nothing
// installed.
//
// It holds job ids in memory, no more than Capacity in a lane: a message that does
// not fit is dropped, and nothing outlives the process. Both are made good by the
// reconciler. A job that waits already is not put in a second time. A message that
// is neither extended nor done within the visibility time waits again.
//
// No goroutine runs here: waiting costs the callers of Receive alone.
package inproc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"heyan/queue"
)

// Capacity is how many jobs wait in a lane unless Config says otherwise.
const Capacity = 100_000

// Config of a queue. The zero value works.
type Config struct {
	Capacity   int           // jobs waiting in a lane; 0: Capacity
	Visibility time.Duration // 0: queue.Visibility
}

// Queue implements queue.Queue.
type Queue struct {
	config Config

	mu       sync.Mutex
	closed   bool
	news     chan struct{} // closed and made anew when a message comes to wait
	last     uint64        // receipt given last
	waiting  map[queue.Lane]*line
	handed   map[string]*message // by receipt: with a receiver
	everyone map[string]*message // by receipt
}

// message is in one of two places: in its lane's line, or handed to a receiver
// until a deadline.
type message struct {
	queue.Message
	deadline time.Time // zero while it waits
}

// New makes a queue.
func New(c Config) *Queue {
	if c.Capacity <= 0 {
		c.Capacity = Capacity
	}
	if c.Visibility <= 0 {
		c.Visibility = queue.Visibility
	}
	q := &Queue{
		config: c, news: make(chan struct{}), waiting: map[queue.Lane]*line{},
		handed: map[string]*message{}, everyone: map[string]*message{},
	}
	for _, lane := range queue.Lanes() {
		q.waiting[lane] = &line{jobs: map[string]bool{}}
	}
	return q
}

// Publish implements queue.Queue.
func (q *Queue) Publish(ctx context.Context, lane queue.Lane, job string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !slices.Contains(queue.Lanes(), lane) {
		return fmt.Errorf("publish: no such lane %q", lane)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return queue.ErrClosed
	}
	l := q.waiting[lane]
	if l.jobs[job] || len(l.jobs) >= q.config.Capacity {
		return nil
	}
	q.last++
	m := &message{Message: queue.Message{Job: job, Lane: lane, Receipt: strconv.FormatUint(q.last, 10)}}
	q.everyone[m.Receipt] = m
	q.wait(m)
	return nil
}

// Receive implements queue.Queue.
func (q *Queue) Receive(ctx context.Context, lanes ...queue.Lane) (queue.Message, error) {
	if len(lanes) == 0 {
		return queue.Message{}, errors.New("receive: no lane")
	}
	for {
		if err := ctx.Err(); err != nil {
			return queue.Message{}, err
		}
		m, until, err := q.take(lanes)
		switch {
		case err != nil:
			return queue.Message{}, err
		case m != nil:
			return *m, nil
		}
		if err := until.sleep(ctx); err != nil {
			return queue.Message{}, err
		}
	}
}

// take hands out the first message. Without one it says what to wait for.
func (q *Queue) take(lanes []queue.Lane) (*queue.Message, until, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, until{}, queue.ErrClosed
	}
	now := time.Now()
	expiry := q.recall(now)
	for _, lane := range lanes {
		l := q.waiting[lane]
		if l == nil {
			continue
		}
		if m := l.pop(); m != nil {
			m.deadline = now.Add(q.config.Visibility)
			q.handed[m.Receipt] = m
			return &m.Message, until{}, nil
		}
	}
	return nil, until{news: q.news, expiry: expiry}, nil
}

// recall lets messages wait again whose receivers were not heard of, and returns
// the earliest deadline of the others. There are as many as workers: few.
func (q *Queue) recall(now time.Time) (earliest time.Time) {
	for _, m := range q.handed {
		switch {
		case !m.deadline.After(now):
			q.wait(m)
		case earliest.IsZero() || m.deadline.Before(earliest):
			earliest = m.deadline
		}
	}
	return earliest
}

// wait puts a message at the end of its lane. A job that waits there already
// needs no second one.
func (q *Queue) wait(m *message) {
	delete(q.handed, m.Receipt)
	m.deadline = time.Time{}
	if !q.waiting[m.Lane].push(m) {
		delete(q.everyone, m.Receipt)
		return
	}
	close(q.news)
	q.news = make(chan struct{})
}

// Extend implements queue.Queue. Of a message that is gone there is nothing to
// extend: the records know the job.
func (q *Queue) Extend(ctx context.Context, m queue.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return queue.ErrClosed
	}
	own := q.everyone[m.Receipt]
	if own == nil {
		return nil
	}
	if own.deadline.IsZero() {
		q.waiting[own.Lane].remove(own)
		q.handed[own.Receipt] = own
	}
	own.deadline = time.Now().Add(q.config.Visibility)
	return nil
}

// Done implements queue.Queue.
func (q *Queue) Done(ctx context.Context, m queue.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return queue.ErrClosed
	}
	own := q.everyone[m.Receipt]
	if own == nil {
		return nil
	}
	delete(q.everyone, own.Receipt)
	delete(q.handed, own.Receipt)
	if own.deadline.IsZero() {
		q.waiting[own.Lane].remove(own)
	}
	return nil
}

// Depth implements queue.Queue.
func (q *Queue) Depth(ctx context.Context) (map[queue.Lane]int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, queue.ErrClosed
	}
	depth := map[queue.Lane]int64{}
	for lane, l := range q.waiting {
		depth[lane] = int64(len(l.jobs))
	}
	for _, m := range q.handed {
		depth[m.Lane]++
	}
	return depth, nil
}

// Close implements queue.Queue.
func (q *Queue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		close(q.news)
	}
	return nil
}

// until is what a receiver waits for: a message that comes to wait, or the
// earliest time at which one may be taken from its receiver.
type until struct {
	news   <-chan struct{}
	expiry time.Time // zero: none is with a receiver
}

// sleep returns an error only when ctx ends first.
func (u until) sleep(ctx context.Context) error {
	var expired <-chan time.Time
	if !u.expiry.IsZero() {
		timer := time.NewTimer(time.Until(u.expiry))
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-u.news:
	case <-expired:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

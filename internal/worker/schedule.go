package worker

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"heyan/queue"
)

// schedule publishes jobs when they are due again. It is a shortcut: what it
// forgets (it is bounded, and dies with the process) the reconciler finds.
type schedule struct {
	now  func() time.Time
	wake chan struct{}

	mu    sync.Mutex
	queue appointments
	known map[string]bool
}

// maxAppointments bounds a schedule.
const maxAppointments = 10_000

// appointment is one job to be published.
type appointment struct {
	job  string
	lane queue.Lane
	at   time.Time
}

func newSchedule(now func() time.Time) *schedule {
	return &schedule{now: now, wake: make(chan struct{}, 1), known: map[string]bool{}}
}

// add notes that the job is to be published at the time. A job that is noted
// already stays as it is.
func (s *schedule) add(job string, lane queue.Lane, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[job] || len(s.queue) >= maxAppointments {
		return
	}
	s.known[job] = true
	heap.Push(&s.queue, appointment{job: job, lane: lane, at: at})
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run publishes until ctx ends.
func (s *schedule) run(ctx context.Context, publish func(context.Context, queue.Lane, string)) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		due, next := s.due()
		for _, a := range due {
			publish(ctx, a.lane, a.job)
		}
		timer.Reset(next)
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
	}
}

// due takes what is due off the schedule and says how long until there is more.
func (s *schedule) due() (list []appointment, next time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for len(s.queue) > 0 {
		if wait := s.queue[0].at.Sub(now); wait > 0 {
			return list, wait
		}
		a := heap.Pop(&s.queue).(appointment)
		delete(s.known, a.job)
		list = append(list, a)
	}
	return list, time.Hour
}

// appointments is a heap, the earliest first.
type appointments []appointment

func (a appointments) Len() int           { return len(a) }
func (a appointments) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a appointments) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }

// Push implements heap.Interface.
func (a *appointments) Push(x any) { *a = append(*a, x.(appointment)) }

// Pop implements heap.Interface.
func (a *appointments) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

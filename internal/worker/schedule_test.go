package worker

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"heyan/queue"
)

func TestSchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSchedule(time.Now)
		start := time.Now()
		type publication struct {
			job string
			at  time.Duration
		}
		var got []publication
		var wait sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		wait.Go(func() {
			s.run(ctx, func(_ context.Context, _ queue.Lane, job string) {
				got = append(got, publication{job, time.Since(start)})
			})
		})
		s.add("late", queue.Batch, start.Add(2*time.Hour))
		s.add("soon", queue.Batch, start.Add(time.Second))
		s.add("soon", queue.Batch, start.Add(time.Millisecond)) // stays as it is
		s.add("sooner", queue.Interactive, start.Add(time.Millisecond))
		s.add("now", queue.Interactive, start.Add(-time.Hour))
		time.Sleep(3 * time.Hour)
		cancel()
		wait.Wait()
		want := []publication{{"now", 0}, {"sooner", time.Millisecond}, {"soon", time.Second}, {"late", 2 * time.Hour}}
		if !slices.Equal(got, want) {
			t.Errorf("published %v, want %v", got, want)
		}
	})
}

func TestScheduleIsBounded(t *testing.T) {
	t.Parallel()
	s := newSchedule(time.Now)
	for i := range maxAppointments + 10 {
		s.add(fmt.Sprint(i), queue.Batch, time.Now().Add(time.Hour))
	}
	if n := len(s.queue); n != maxAppointments {
		t.Errorf("%d appointments", n)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	p := &Pool{Config: Config{BackOff: time.Second, MaxBackOff: 30 * time.Second}}
	for _, tt := range []struct {
		failed int
		about  time.Duration
	}{{0, time.Second}, {1, time.Second}, {2, 2 * time.Second}, {3, 4 * time.Second}, {6, 30 * time.Second}, {1000, 30 * time.Second}} {
		for range 100 {
			if d := p.wait(tt.failed); d < tt.about/2 || d >= tt.about*3/2 {
				t.Errorf("after %d: %v, want about %v", tt.failed, d, tt.about)
			}
		}
	}
}

// Percents grow from stage to stage, and a stage's part ends where the next begins.
func TestPercents(t *testing.T) {
	t.Parallel()
	last := 0
	for _, s := range Stages() {
		if s.begins() != last || s.ends() <= s.begins() {
			t.Errorf("%s is %d to %d, want it to begin at %d", s, s.begins(), s.ends(), last)
		}
		last = s.ends()
	}
	if last != 100 {
		t.Errorf("the last stage ends at %d", last)
	}
}

func TestDamagedBefore(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]int{
		"": 0, "connection refused": 0, "3 times nothing": 0, "3 times blob-missing: object is gone": 3, "1 times blob-altered: x": 1,
	} {
		if got := damagedBefore(reason); got != want {
			t.Errorf("%q: %d, want %d", reason, got, want)
		}
	}
}

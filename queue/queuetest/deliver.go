package queuetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heyan/queue"
)

const (
	interactive = queue.Interactive
	batch       = queue.Batch
)

func testOrder(t *testing.T, b *bench) {
	b.start(long)
	want := jobs("j", 200)
	b.publish(batch, want...)
	var got []string
	for range want {
		m := b.receive(interactive, batch)
		got = append(got, m.Job)
		b.done(m)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.depth(map[queue.Lane]int64{interactive: 0, batch: 0})
}

func testPreference(t *testing.T, b *bench) {
	b.start(long)
	b.publish(batch, "b1", "b2", "b3")
	b.publish(interactive, "i1", "i2")
	for _, step := range []struct {
		lanes []queue.Lane
		want  string
	}{
		{[]queue.Lane{interactive, batch}, "i1"},
		{[]queue.Lane{batch, interactive}, "b1"},
		{[]queue.Lane{interactive, batch}, "i2"},
		{[]queue.Lane{interactive, batch}, "b2"},
		{[]queue.Lane{batch, interactive}, "b3"},
	} {
		if got := b.receive(step.lanes...); got.Job != step.want {
			t.Fatalf("%v: got %q, want %q", step.lanes, got.Job, step.want)
		}
	}
}

func testOnlyTheLanes(t *testing.T, b *bench) {
	b.start(long)
	b.publish(interactive, "i")
	ctx, cancel := context.WithTimeout(b.ctx, 50*time.Millisecond)
	defer cancel()
	m, err := b.q.Receive(ctx, batch)
	if err == nil {
		t.Errorf("asked for batch, got %+v", m)
	}
	b.nothing(batch)
	if got := b.receive(interactive); got.Job != "i" {
		t.Errorf("got %q, want i", got.Job)
	}
}

// testNoStarvation: the order is a preference of one call. Callers who alternate
// it serve both lanes alike, however much comes in.
func testNoStarvation(t *testing.T, b *bench) {
	b.start(long)
	orders := [][]queue.Lane{{interactive, batch}, {batch, interactive}}
	b.publish(interactive, jobs("i", 60)...)
	b.publish(batch, jobs("b", 60)...)
	served := map[queue.Lane]int{}
	for i := range 100 {
		m := b.receive(orders[i%2]...)
		served[m.Lane]++
		b.done(m)
		b.publish(m.Lane, fmt.Sprint("more", i))
	}
	if diff := cmp.Diff(map[queue.Lane]int{interactive: 50, batch: 50}, served); diff != "" {
		t.Errorf("served (-want +got):\n%s", diff)
	}
}

// testWake: receivers wait in every way before there is anything, and each gets
// something that only it takes.
func testWake(t *testing.T, b *bench) {
	b.start(long)
	for _, lanes := range [][]queue.Lane{{interactive}, {batch}, {interactive, batch}, {batch, interactive}} {
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				m, err := b.q.Receive(b.ctx, lanes...)
				if err != nil {
					t.Errorf("receive: %v", err)
					return
				}
				if err := b.q.Done(b.ctx, m); err != nil {
					t.Errorf("done: %v", err)
				}
			})
		}
		for i := range 3 {
			b.publish(lanes[i%len(lanes)], fmt.Sprint("w", i))
		}
		wg.Wait()
	}
}

// testSpread has many publish and receive at once: every message arrives, none
// twice, nobody sleeps while one waits.
func testSpread(t *testing.T, b *bench) {
	b.start(long)
	const publishers, each, receivers = 4, 100, 8
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	got := make(chan string)
	var wg sync.WaitGroup
	for i := range receivers {
		lanes := []queue.Lane{interactive, batch}
		if i%2 == 1 {
			lanes = []queue.Lane{batch, interactive}
		}
		wg.Go(func() {
			for {
				m, err := b.q.Receive(ctx, lanes...)
				if err != nil {
					return
				}
				if err := b.q.Done(b.ctx, m); err != nil {
					t.Errorf("done: %v", err)
				}
				select {
				case got <- m.Job:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	for p := range publishers {
		wg.Go(func() {
			for i, job := range jobs(fmt.Sprint("p", p, "-"), each) {
				if err := b.q.Publish(b.ctx, queue.Lanes()[i%2], job); err != nil {
					t.Errorf("publish: %v", err)
				}
			}
		})
	}
	count := map[string]int{}
	for range publishers * each {
		select {
		case job := <-got:
			count[job]++
		case <-b.ctx.Done():
			t.Fatalf("%d of %d messages arrived", len(count), publishers*each)
		}
	}
	b.depth(map[queue.Lane]int64{interactive: 0, batch: 0})
	cancel()
	wg.Wait()
	for job, n := range count {
		if n != 1 {
			t.Errorf("%s was delivered %d times", job, n)
		}
	}
}

func testNonsense(t *testing.T, b *bench) {
	b.start(long)
	if err := b.q.Publish(b.ctx, "express", "j"); err == nil {
		t.Error("a lane that is none was accepted")
	}
	if _, err := b.q.Receive(b.ctx); err == nil {
		t.Error("a message from no lane")
	}
}

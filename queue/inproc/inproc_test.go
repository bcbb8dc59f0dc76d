package inproc_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"heyan/queue"
	"heyan/queue/inproc"
	"heyan/queue/queuetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	queuetest.RunTests(t, func(_ *testing.T, visibility time.Duration) queue.Queue {
		return inproc.New(inproc.Config{Visibility: visibility})
	})
}

// TestVisibility is of the times themselves, which the suite cannot look at.
func TestVisibility(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := inproc.New(inproc.Config{})
		publish(t, q, queue.Batch, "a")
		first := receive(t, q, queue.Batch)
		start := time.Now()
		time.Sleep(10 * time.Second)
		if err := q.Extend(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		second := receive(t, q, queue.Batch)
		if got, want := time.Since(start), 10*time.Second+queue.Visibility; got != want {
			t.Errorf("given to another after %s, want %s", got, want)
		}
		if second.Job != "a" {
			t.Errorf("got %q", second.Job)
		}
	})
}

func TestFullDrops(t *testing.T) {
	t.Parallel()
	q := inproc.New(inproc.Config{Capacity: 2})
	for i := range 5 {
		publish(t, q, queue.Batch, fmt.Sprint("b", i))
	}
	publish(t, q, queue.Interactive, "i")
	depth, err := q.Depth(t.Context())
	if err != nil || depth[queue.Batch] != 2 || depth[queue.Interactive] != 1 {
		t.Errorf("depth %v, %v: want two and, in the other lane, one", depth, err)
	}
	// What was received leaves room.
	receive(t, q, queue.Batch)
	publish(t, q, queue.Batch, "late")
	for _, want := range []string{"b1", "late"} {
		if got := receive(t, q, queue.Batch).Job; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestRecalledAndPublished: a job published while it is worked on waits once, not
// twice, when its receiver is not heard of any more.
func TestRecalledAndPublished(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := inproc.New(inproc.Config{})
		publish(t, q, queue.Batch, "a")
		late := receive(t, q, queue.Batch)
		publish(t, q, queue.Batch, "a")
		time.Sleep(queue.Visibility)
		again := receive(t, q, queue.Batch)
		if err := q.Done(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		if err := q.Done(t.Context(), late); err != nil {
			t.Fatal(err)
		}
		depth, err := q.Depth(t.Context())
		if err != nil || depth[queue.Batch] != 0 {
			t.Errorf("depth %v, %v: want none", depth, err)
		}
	})
}

// TestExtendAfterRecall: a receiver that comes late, before another has its
// message, keeps it.
func TestExtendAfterRecall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := inproc.New(inproc.Config{})
		publish(t, q, queue.Batch, "a")
		m := receive(t, q, queue.Batch)
		time.Sleep(2 * queue.Visibility)
		publish(t, q, queue.Interactive, "b")
		receive(t, q, queue.Interactive) // recalls a, which waits now
		if err := q.Extend(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		receive(t, q, queue.Batch)
		if got := time.Since(start); got != queue.Visibility {
			t.Errorf("given to another after %s, want %s", got, queue.Visibility)
		}
	})
}

func publish(t *testing.T, q queue.Queue, lane queue.Lane, job string) {
	t.Helper()
	if err := q.Publish(t.Context(), lane, job); err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, q queue.Queue, lanes ...queue.Lane) queue.Message {
	t.Helper()
	m, err := q.Receive(t.Context(), lanes...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

package redis_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"heyan/internal/servertest"
	"heyan/queue"
	"heyan/queue/queuetest"
	"heyan/queue/redis"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	var mu sync.Mutex
	opened := 0
	queuetest.RunTests(t, func(t *testing.T, visibility time.Duration) queue.Queue {
		mu.Lock()
		defer mu.Unlock()
		opened++
		return open(t, server, redis.Config{Prefix: fmt.Sprint("test", opened), Visibility: visibility})
	})
}

// open makes a queue that is closed at the end of the test.
func open(t *testing.T, server *servertest.RedisServer, c redis.Config) *redis.Queue {
	t.Helper()
	c.Addr, c.Password = server.Addr, server.Password
	q, err := redis.New(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return q
}

func publish(t *testing.T, q queue.Queue, lane queue.Lane, jobs ...string) {
	t.Helper()
	for _, job := range jobs {
		if err := q.Publish(t.Context(), lane, job); err != nil {
			t.Fatalf("publish: %v", err)
		}
	}
}

func receive(t *testing.T, q queue.Queue, lanes ...queue.Lane) queue.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	m, err := q.Receive(ctx, lanes...)
	if err != nil {
		t.Fatalf("receive: %v", err)
	}
	return m
}

func done(t *testing.T, q queue.Queue, m queue.Message) {
	t.Helper()
	if err := q.Done(t.Context(), m); err != nil {
		t.Fatalf("done: %v", err)
	}
}

// client looks behind the queue's back.
func client(t *testing.T, server *servertest.RedisServer) *goredis.Client {
	t.Helper()
	c := goredis.NewClient(&goredis.Options{Addr: server.Addr, Password: server.Password})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestManyProcesses: queues of several processes share the messages.
func TestManyProcesses(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	publisher := open(t, server, redis.Config{})
	workers := []*redis.Queue{open(t, server, redis.Config{}), open(t, server, redis.Config{}), open(t, server, redis.Config{})}
	const n = 300
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := make(chan string, n)
	var wg sync.WaitGroup
	for i, q := range workers {
		wg.Go(func() {
			lanes := []queue.Lane{queue.Lanes()[i%2], queue.Lanes()[(i+1)%2]}
			for {
				m, err := q.Receive(ctx, lanes...)
				if err != nil {
					return
				}
				if err := q.Done(t.Context(), m); err != nil {
					t.Errorf("done: %v", err)
				}
				got <- m.Job
			}
		})
	}
	for i := range n {
		publish(t, publisher, queue.Lanes()[i%2], fmt.Sprint(i))
	}
	seen := map[string]bool{}
	for range n {
		job := <-got
		if seen[job] {
			t.Errorf("%s came twice", job)
		}
		seen[job] = true
	}
	cancel()
	wg.Wait()
}

// TestDeadProcess: what a process had that died comes to another.
func TestDeadProcess(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	const visibility = 300 * time.Millisecond
	dies, lives := open(t, server, redis.Config{Visibility: visibility}), open(t, server, redis.Config{Visibility: visibility})
	want := map[string]bool{}
	for i := range 25 { // more than one XAUTOCLAIM looks at
		job := fmt.Sprint(i)
		want[job] = true
		publish(t, dies, queue.Batch, job)
		receive(t, dies, queue.Batch)
	}
	for len(want) > 0 {
		m := receive(t, lives, queue.Interactive, queue.Batch)
		delete(want, m.Job)
		done(t, lives, m)
	}
	if n := client(t, server).XLen(t.Context(), "{heyan}:jobs:batch").Val(); n != 0 {
		t.Errorf("%d messages are left", n)
	}
}

// TestNothingIsLeft: after the work the server holds two empty streams and no key
// of a job.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	q := open(t, server, redis.Config{Prefix: "some"})
	publish(t, q, queue.Batch, "a", "b", "c", "b")
	publish(t, q, queue.Interactive, "d")
	for range 4 {
		done(t, q, receive(t, q, queue.Interactive, queue.Batch))
	}
	c := client(t, server)
	for _, key := range c.Keys(t.Context(), "*").Val() {
		if n := c.XLen(t.Context(), key).Val(); n != 0 || key[:6] != "{some}" {
			t.Errorf("%s: %d left", key, n)
		}
		if n := c.XPending(t.Context(), key, "workers").Val().Count; n != 0 {
			t.Errorf("%s: %d pending", key, n)
		}
	}
}

// TestPublishedBeforeTheGroup: the first publisher may come before the first
// receiver.
func TestPublishedBeforeTheGroup(t *testing.T) {
	t.Parallel()
	q := open(t, servertest.Redis(t), redis.Config{})
	publish(t, q, queue.Batch, "a", "b")
	for _, want := range []string{"a", "b"} {
		if m := receive(t, q, queue.Batch, queue.Interactive); m.Job != want {
			t.Errorf("got %q, want %q", m.Job, want)
		}
	}
}

// TestSurplus: a read over two lanes may bring a message of each. The second one
// is not kept by a receiver that has work already.
func TestSurplus(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	one, two := open(t, server, redis.Config{}), open(t, server, redis.Config{})
	for i := range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan queue.Message, 2)
		for _, q := range []*redis.Queue{one, two} {
			go func() {
				m, err := q.Receive(ctx, queue.Interactive, queue.Batch)
				if err != nil {
					t.Errorf("receive: %v", err)
				}
				got <- m
			}()
		}
		publish(t, one, queue.Batch, fmt.Sprint("b", i))
		publish(t, one, queue.Interactive, fmt.Sprint("i", i))
		for range 2 {
			done(t, one, <-got)
		}
		cancel()
	}
}

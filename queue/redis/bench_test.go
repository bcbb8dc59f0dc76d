package redis_test

import (
	"testing"
	"time"

	"heyan/internal/servertest"
	"heyan/queue"
	"heyan/queue/redis"
)

// BenchmarkIdle is the way of a job to a receiver that waits: published, received,
// done.
func BenchmarkIdle(b *testing.B) {
	server := servertest.Redis(b)
	q, err := redis.New(b.Context(), redis.Config{Addr: server.Addr})
	if err != nil {
		b.Fatal(err)
	}
	defer q.Close()
	got := make(chan error)
	var waited time.Duration
	for b.Loop() {
		go func() {
			m, err := q.Receive(b.Context(), queue.Interactive, queue.Batch)
			if err == nil {
				err = q.Done(b.Context(), m)
			}
			got <- err
		}()
		time.Sleep(2 * time.Millisecond) // it blocks by now
		start := time.Now()
		if err := q.Publish(b.Context(), queue.Batch, "a"); err != nil {
			b.Fatal(err)
		}
		if err := <-got; err != nil {
			b.Fatal(err)
		}
		waited += time.Since(start)
	}
	b.ReportMetric(float64(waited.Microseconds())/float64(b.N), "µs/job")
}

//go:build linux

package faulttest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestServersRestart: each server is taken away while packages come in. Whoever
// has an acknowledgement gets a verdict, and the processes recover by themselves.
func TestServersRestart(t *testing.T) {
	t.Parallel()
	ctx := within(t, 4*time.Minute)
	in := Start(t, Options{Mode: Distributed, Binary: heyan, APIs: 1, Workers: 1})
	caller, maker := NewCaller(in), NewMaker(5)
	flush := func() {
		c := redis.NewClient(&redis.Options{Addr: in.Redis.Addr})
		defer c.Close()
		if err := c.FlushAll(ctx).Err(); err != nil {
			t.Fatal(err)
		}
	}
	nothing := func() {}
	sent := 0
	var crowds []*sync.WaitGroup
	for _, step := range []struct {
		name       string
		away, back func()
	}{
		{"PostgreSQL killed", in.Postgres.Kill, in.Postgres.Start},
		{"PostgreSQL stopped", in.Postgres.Stop, in.Postgres.Start},
		{"S3 killed", in.S3.Kill, in.S3.Start},
		{"S3 stopped", in.S3.Stop, in.S3.Start},
		{"Redis killed", in.Redis.Kill, in.Redis.Start},
		{"Redis stopped", in.Redis.Stop, in.Redis.Start},
		{"Redis without its data", flush, nothing},
	} {
		t.Log(step.name)
		// Some come before, some while it is away.
		crowds = append(crowds, judgeAll(ctx, t, caller, maker, 3))
		step.away()
		crowds = append(crowds, judgeAll(ctx, t, caller, maker, 3))
		time.Sleep(200 * time.Millisecond) // so that somebody notices
		step.back()
		sent += 6
	}
	for _, crowd := range crowds {
		crowd.Wait()
	}
	in.mustBeWhole(ctx, t, sent)
}

// judgeAll submits so many packages at once.
func judgeAll(ctx context.Context, t *testing.T, c *Caller, maker *Maker, n int) *sync.WaitGroup {
	t.Helper()
	var wg sync.WaitGroup
	for range n {
		p := maker.Make(20_000)
		wg.Go(func() {
			id, err := c.Submit(ctx, p, "batch", -1)
			if err != nil {
				t.Error(err)
				return
			}
			held{id, p}.judged(ctx, t, c)
		})
	}
	return &wg
}

// TestMessagesTwice: every message is there several times before workers come, and
// each job is done once.
func TestMessagesTwice(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	in := Start(t, Options{Mode: Distributed, Binary: heyan, APIs: 1, Workers: 2})
	caller, maker := NewCaller(in), NewMaker(6)
	for _, w := range in.Workers() {
		w.Stop()
	}
	var sent []held
	for range 10 {
		p := maker.Make(1000)
		id, err := caller.Submit(ctx, p, "batch", -1)
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, held{id, p})
	}
	m := newMonkey(in, ChaosOptions{})
	m.again()
	m.again()
	c := redis.NewClient(&redis.Options{Addr: in.Redis.Addr})
	defer c.Close()
	if n := c.XLen(ctx, "{heyan}:jobs:batch").Val(); n != 40 {
		t.Errorf("%d messages wait, want each of 10 four times", n)
	}
	for _, w := range in.Workers() {
		w.Start()
	}
	for _, h := range sent {
		h.judged(ctx, t, caller)
	}
	if a := in.mustBeWhole(ctx, t, len(sent)); a.Judgements != len(sent) {
		t.Errorf("%d judgements of %d submissions", a.Judgements, len(sent))
	}
}

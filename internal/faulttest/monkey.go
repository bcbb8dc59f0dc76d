//go:build linux

package faulttest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"heyan/queue"
)

// monkey breaks one thing after another and repairs each a little later. It is one
// goroutine: what it does follows the seed, when each thing happens does not.
type monkey struct {
	in      *Installation
	options ChaosOptions
	rand    *rand.Rand
	began   time.Time
	broken  map[string]repair // by what is broken
	done    map[string]int    // faults, by name
}

// repair is due at a time. Servers go first: a process of heyan does not start
// without them.
type repair struct {
	at     time.Time
	server bool
	do     func()
}

// fault is something to be done to a target that is whole.
type fault struct {
	name, target string
	// server: the target is one of the servers.
	server bool
	// away is at least how long it stays broken, and at most twice that.
	away   time.Duration
	do     func()
	repair func() // nil: it is over at once
}

func newMonkey(in *Installation, o ChaosOptions) *monkey {
	return &monkey{
		in: in, options: o, rand: rand.New(rand.NewPCG(o.Seed, 3)), began: time.Now(),
		broken: map[string]repair{}, done: map[string]int{},
	}
}

// run goes on until done is closed, then repairs everything.
func (m *monkey) run(done <-chan struct{}) {
	faults := m.faults()
	next := m.calm()
	for {
		select {
		case <-done:
			m.repair(func(repair) bool { return true })
			return
		case <-time.After(time.Until(m.earliest(next))):
		}
		now := time.Now()
		if m.repair(func(r repair) bool { return now.After(r.at) }) && len(m.broken) == 0 {
			next = m.calm() // all is well for a while
		}
		if now.Before(next) {
			continue
		}
		f := faults[m.rand.IntN(len(faults))]
		if _, already := m.broken[f.target]; !already {
			m.commit(f)
			next = m.calm()
		}
	}
}

// calm is when the next fault is due.
func (m *monkey) calm() time.Time {
	return time.Now().Add(m.options.Calm/4 + time.Duration(m.rand.Int64N(int64(m.options.Calm)*3/2)))
}

// earliest is when something is to be done: the next fault or a repair.
func (m *monkey) earliest(next time.Time) time.Time {
	for _, r := range m.broken {
		if r.at.Before(next) && (r.server || !m.serverBroken()) {
			next = r.at
		}
	}
	return next
}

func (m *monkey) commit(f fault) {
	m.say(f.name, f.target)
	m.done[f.name]++
	f.do()
	if f.repair != nil {
		away := f.away + time.Duration(m.rand.Int64N(int64(f.away)))
		m.broken[f.target] = repair{time.Now().Add(away), f.server, f.repair}
	}
}

// repair mends what is chosen, and of that only servers while one of them is
// broken. It reports whether there was something.
func (m *monkey) repair(chosen func(repair) bool) (mended bool) {
	for _, servers := range []bool{true, false} {
		if !servers && m.serverBroken() {
			return mended
		}
		for target, r := range m.broken {
			if r.server == servers && chosen(r) {
				m.say("repair", target)
				r.do()
				delete(m.broken, target)
				mended = true
			}
		}
	}
	return mended
}

func (m *monkey) serverBroken() bool {
	for _, r := range m.broken {
		if r.server {
			return true
		}
	}
	return false
}

func (m *monkey) say(what, target string) {
	fmt.Fprintf(m.options.Log, "%7.2fs  %s: %s\n", time.Since(m.began).Seconds(), what, target)
}

// faults are all that can be done to this installation.
func (m *monkey) faults() []fault {
	var all []fault
	for _, n := range m.in.Nodes {
		all = append(all,
			fault{name: "kill -9", target: n.Name, away: 200 * time.Millisecond, do: n.Kill, repair: n.Start},
			fault{name: "stop", target: n.Name, away: 200 * time.Millisecond, do: n.Stop, repair: n.Start},
		)
	}
	if m.in.mode == Embedded {
		return all
	}
	for _, n := range m.in.Workers() {
		// Longer than a lease: its jobs are taken over while it believes it has them.
		all = append(all, fault{
			name: "freeze", target: n.Name, away: queue.Visibility + time.Second,
			do: func() { n.Signal(syscall.SIGSTOP) }, repair: func() { n.Signal(syscall.SIGCONT) },
		})
	}
	server := func(name string, kill, stop, start func()) {
		all = append(all,
			fault{name: "kill -9", target: name, server: true, away: 300 * time.Millisecond, do: kill, repair: start},
			fault{name: "stop", target: name, server: true, away: 300 * time.Millisecond, do: stop, repair: start},
		)
	}
	server("redis", m.in.Redis.Kill, m.in.Redis.Stop, m.in.Redis.Start)
	server("postgres", m.in.Postgres.Kill, m.in.Postgres.Stop, m.in.Postgres.Start)
	server("s3", m.in.S3.Kill, m.in.S3.Stop, m.in.S3.Start)
	return append(all,
		fault{name: "lose all data", target: "redis", do: m.flush},
		fault{name: "send again", target: "redis", do: m.again},
		fault{name: "send again", target: "redis", do: m.again},
	)
}

// flush is a Redis that comes back without its data.
func (m *monkey) flush() {
	m.redis(func(ctx context.Context, c *redis.Client) error { return c.FlushAll(ctx).Err() })
}

// again delivers messages twice.
func (m *monkey) again() {
	m.redis(func(ctx context.Context, c *redis.Client) error {
		for _, lane := range queue.Lanes() {
			stream := "{heyan}:jobs:" + string(lane)
			entries, err := c.XRangeN(ctx, stream, "-", "+", 50).Result()
			if err != nil {
				return err
			}
			for _, e := range entries {
				if err := c.XAdd(ctx, &redis.XAddArgs{Stream: stream, Values: e.Values}).Err(); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (m *monkey) redis(do func(context.Context, *redis.Client) error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c := redis.NewClient(&redis.Options{Addr: m.in.Redis.Addr})
	defer c.Close()
	if err := do(ctx, c); err != nil {
		m.in.t.Fatalf("redis: %v", err)
	}
}

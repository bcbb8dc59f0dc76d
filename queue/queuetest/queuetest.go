// Package queuetest is what every queue must do: one suite for all backends.
//
// It asserts what the contract promises and the two things that workers lean on
// beyond it: an unhurried lane is served first come first served, and a job that
// is published after its message was handed out is delivered again.
package queuetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heyan/queue"
)

// patience bounds a test that would wait for ever. It is no measure.
const patience = time.Minute

// Open makes an empty queue that no other test sees, with that visibility time.
// The suite closes it.
type Open func(t *testing.T, visibility time.Duration) queue.Queue

// RunTests runs the suite.
func RunTests(t *testing.T, open Open) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *bench)
	}{
		{"every message is delivered, in order", testOrder},
		{"the first lane that has a message", testPreference},
		{"no other lane", testOnlyTheLanes},
		{"neither lane starves", testNoStarvation},
		{"receivers are woken", testWake},
		{"each message to one receiver", testSpread},
		{"published again", testAgain},
		{"published twice", testTwice},
		{"not done is delivered again", testRedelivery},
		{"extended is left alone", testExtend},
		{"done is forgotten", testDone},
		{"depth", testDepth},
		{"ctx ends", testContext},
		{"nothing is lost with a receiver that gives up", testGivesUp},
		{"close", testClose},
		{"nonsense", testNonsense},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, &bench{t: t, open: open})
		})
	}
}

// long is a visibility time that no test waits for, short one that it does.
const (
	long  = 10 * time.Minute
	short = 400 * time.Millisecond
)

// bench is one test's queue and the words to use it with.
type bench struct {
	t    *testing.T
	open Open
	q    queue.Queue
	ctx  context.Context
}

func (b *bench) start(visibility time.Duration) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	b.ctx, b.q = ctx, b.open(b.t, visibility)
	b.t.Cleanup(func() {
		cancel()
		if err := b.q.Close(); err != nil {
			b.t.Errorf("close: %v", err)
		}
	})
}

func (b *bench) publish(lane queue.Lane, jobs ...string) {
	b.t.Helper()
	for _, job := range jobs {
		if err := b.q.Publish(b.ctx, lane, job); err != nil {
			b.t.Fatalf("publish %s: %v", job, err)
		}
	}
}

func (b *bench) receive(lanes ...queue.Lane) queue.Message {
	b.t.Helper()
	m, err := b.q.Receive(b.ctx, lanes...)
	if err != nil {
		b.t.Fatalf("receive: %v", err)
	}
	if m.Receipt == "" || !slices.Contains(lanes, m.Lane) {
		b.t.Fatalf("receive from %v: %+v", lanes, m)
	}
	return m
}

func (b *bench) done(m queue.Message) {
	b.t.Helper()
	if err := b.q.Done(b.ctx, m); err != nil {
		b.t.Fatalf("done %+v: %v", m, err)
	}
}

// nothing sees that no message waits: each lane is given a marker, and it must be
// what comes next. Nothing has to be waited for in vain.
func (b *bench) nothing(lanes ...queue.Lane) {
	b.t.Helper()
	for _, lane := range lanes {
		b.publish(lane, "marker")
		m := b.receive(lane)
		if m.Job != "marker" {
			b.t.Errorf("%s: got %q, want nothing", lane, m.Job)
			return
		}
		b.done(m)
	}
}

func (b *bench) depth(want map[queue.Lane]int64) {
	b.t.Helper()
	got, err := b.q.Depth(b.ctx)
	if err != nil {
		b.t.Fatalf("depth: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("depth (-want +got):\n%s", diff)
	}
}

func jobs(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s%04d", prefix, i)
	}
	return all
}

// mustBe tells apart what ended a Receive.
func mustBe(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

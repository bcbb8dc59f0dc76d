package queuetest

import (
	"context"
	"testing"
	"time"

	"heyan/queue"
)

// testAgain: a job comes again when it is published after its message was handed
// out (a retry), whether that message is done or not.
func testAgain(t *testing.T, b *bench) {
	b.start(long)
	b.publish(batch, "a")
	first := b.receive(batch)
	b.publish(batch, "a")
	b.done(first)
	second := b.receive(batch)
	b.done(second)
	b.publish(batch, "a")
	third := b.receive(batch)
	b.done(third)
	for _, m := range []queue.Message{first, second, third} {
		if m.Job != "a" {
			t.Errorf("got %q, want a", m.Job)
		}
	}
	b.nothing(queue.Lanes()...)
}

// testTwice: published twice while it waits, a job comes once or twice.
func testTwice(t *testing.T, b *bench) {
	b.start(long)
	b.publish(batch, "a", "a", "last")
	m := b.receive(batch)
	if m.Job != "a" {
		t.Fatalf("got %q, want a", m.Job)
	}
	b.done(m)
	if m = b.receive(batch); m.Job == "a" {
		b.done(m)
		m = b.receive(batch)
	}
	if m.Job != "last" {
		t.Errorf("got %q, want last", m.Job)
	}
	b.done(m)
	b.depth(map[queue.Lane]int64{interactive: 0, batch: 0})
}

func testRedelivery(t *testing.T, b *bench) {
	b.start(short)
	b.publish(batch, "a")
	b.publish(interactive, "b")
	dead := []queue.Message{b.receive(batch), b.receive(interactive)}
	for range dead {
		m := b.receive(interactive, batch)
		if want := map[queue.Lane]string{batch: "a", interactive: "b"}[m.Lane]; m.Job != want {
			t.Errorf("%s: got %q, want %q", m.Lane, m.Job, want)
		}
		b.done(m)
	}
	for _, m := range dead { // it was slow, not dead
		b.done(m)
	}
	b.depth(map[queue.Lane]int64{interactive: 0, batch: 0})
}

// testExtend: for three times the visibility a message is extended, and nobody
// else gets it. On a machine so busy that the extensions came late, nothing was
// seen and it is tried again.
func testExtend(t *testing.T, b *bench) {
	b.start(short)
	for range 10 {
		b.publish(batch, "a")
		m := b.receive(batch)
		stolen, late := b.extendFor(3*short, m)
		if late {
			b.drain()
			continue
		}
		if stolen {
			t.Fatal("an extended message was given to another")
		}
		again := b.receive(batch) // no more extended
		if again.Job != "a" {
			t.Errorf("got %q, want a", again.Job)
		}
		b.done(again)
		return
	}
	t.Fatal("the machine is too busy: extensions always came late")
}

// extendFor extends a message while another receiver waits for it, and reports
// whether that got it and whether two extensions were too far apart to say.
func (b *bench) extendFor(d time.Duration, m queue.Message) (stolen, late bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, d)
	defer cancel()
	other := make(chan bool)
	go func() {
		_, err := b.q.Receive(ctx, batch)
		other <- err == nil
	}()
	tick := time.NewTicker(short / 8)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case stolen = <-other:
			return stolen, late || time.Since(last) > short/2
		case <-tick.C:
			if err := b.q.Extend(b.ctx, m); err != nil {
				b.t.Fatalf("extend: %v", err)
			}
			late = late || time.Since(last) > short/2
			last = time.Now()
		}
	}
}

// drain empties the batch lane, in flight or not.
func (b *bench) drain() {
	b.t.Helper()
	for {
		depth, err := b.q.Depth(b.ctx)
		if err != nil {
			b.t.Fatal(err)
		}
		if depth[batch] == 0 {
			return
		}
		b.done(b.receive(batch))
	}
}

// testDone: done is done, also said twice, and of a message nobody knows (the
// server lost its data).
func testDone(t *testing.T, b *bench) {
	b.start(long)
	b.publish(batch, "a")
	m := b.receive(batch)
	b.done(m)
	b.done(m)
	if err := b.q.Extend(b.ctx, m); err != nil {
		t.Errorf("extend what is done: %v", err)
	}
	b.nothing(queue.Lanes()...)
	b.depth(map[queue.Lane]int64{interactive: 0, batch: 0})
}

func testDepth(_ *testing.T, b *bench) {
	b.start(long)
	b.depth(map[queue.Lane]int64{interactive: 0, batch: 0})
	b.publish(batch, "a", "b", "c")
	b.publish(interactive, "d")
	b.depth(map[queue.Lane]int64{interactive: 1, batch: 3})
	m := b.receive(batch)
	b.depth(map[queue.Lane]int64{interactive: 1, batch: 3}) // being worked on counts
	b.done(m)
	b.depth(map[queue.Lane]int64{interactive: 1, batch: 2})
}

func testContext(t *testing.T, b *bench) {
	b.start(long)
	ended, cancel := context.WithCancel(b.ctx)
	cancel()
	_, err := b.q.Receive(ended, batch)
	mustBe(t, "receive, ended before", err, context.Canceled)

	short, cancel := context.WithTimeout(b.ctx, 20*time.Millisecond)
	defer cancel()
	_, err = b.q.Receive(short, batch, interactive)
	mustBe(t, "receive, ended while it waits", err, context.DeadlineExceeded)
}

// testGivesUp: what is published just as a receiver gives up reaches another.
func testGivesUp(t *testing.T, b *bench) {
	b.start(long)
	for i, job := range jobs("j", 30) {
		ctx, cancel := context.WithCancel(b.ctx)
		first := make(chan queue.Message, 1)
		go func() {
			m, err := b.q.Receive(ctx, batch)
			if err != nil {
				m = queue.Message{}
			}
			first <- m
		}()
		if i%2 == 0 {
			go cancel()
		}
		b.publish(batch, job)
		cancel()
		m := <-first
		if m.Receipt == "" {
			m = b.receive(batch)
		}
		if m.Job != job {
			t.Errorf("got %q, want %q", m.Job, job)
		}
		b.done(m)
	}
}

func testClose(t *testing.T, b *bench) {
	b.start(long)
	b.publish(interactive, "waits")
	held := b.receive(interactive)
	b.publish(interactive, "stays")
	const receivers = 4
	ended := make(chan error, receivers)
	for range receivers {
		go func() {
			_, err := b.q.Receive(b.ctx, batch)
			ended <- err
		}()
	}
	for range 2 {
		if err := b.q.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	for range receivers {
		mustBe(t, "receive", <-ended, queue.ErrClosed)
	}
	_, err := b.q.Receive(b.ctx, interactive)
	mustBe(t, "receive after close", err, queue.ErrClosed)
	mustBe(t, "publish after close", b.q.Publish(b.ctx, batch, "a"), queue.ErrClosed)
	mustBe(t, "extend after close", b.q.Extend(b.ctx, held), queue.ErrClosed)
	mustBe(t, "done after close", b.q.Done(b.ctx, held), queue.ErrClosed)
	_, err = b.q.Depth(b.ctx)
	mustBe(t, "depth after close", err, queue.ErrClosed)
}

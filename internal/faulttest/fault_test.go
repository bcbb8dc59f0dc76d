//go:build linux

package faulttest

import (
	"context"
	"io"
	"sync"
	"syscall"
	"testing"
	"time"

	"heyan/internal/client"
)

// big is a package that takes a worker, and the wire, long enough to be caught in
// the act.
const big = 32 << 20

// TestKillAPIMidUpload: what was not acknowledged is not there, what is sent again
// is there once.
func TestKillAPIMidUpload(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{Embedded, Distributed} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			ctx := within(t, 2*time.Minute)
			in := Start(t, Options{Mode: mode, Binary: heyan, Workers: 1})
			caller, api := NewCaller(in), in.APIs()[0]
			p := NewMaker(1).Make(big)

			up := p.upload("interactive")
			up.Package = &hooked{ReaderAt: up.Package, at: big / 2, hook: api.Kill}
			if s, err := caller.apis[0].Submit(ctx, up); err == nil {
				t.Fatalf("a dead API acknowledged %s", s.ID)
			}
			api.Start()
			judge(ctx, t, caller, p)
			in.mustBeWhole(ctx, t, 1)
		})
	}
}

// hooked calls hook before it reads beyond an offset.
type hooked struct {
	io.ReaderAt
	at   int64
	hook func()
	once sync.Once
}

func (h *hooked) ReadAt(p []byte, off int64) (int, error) {
	if off >= h.at {
		h.once.Do(h.hook)
	}
	return h.ReaderAt.ReadAt(p, off)
}

// TestKillWorkersMidJob: a worker that stands still and one that is killed both
// lose their jobs to a third when the lease is over. What the first finds when it
// goes on is thrown away.
func TestKillWorkersMidJob(t *testing.T) {
	t.Parallel()
	ctx := within(t, 3*time.Minute)
	in := Start(t, Options{Mode: Distributed, Binary: heyan, APIs: 1, Workers: 3, Slots: 1})
	caller, maker, workers := NewCaller(in), NewMaker(2), in.Workers()
	for _, w := range workers {
		w.Stop()
	}
	var held []held
	for i, act := range []func(){func() { workers[0].Signal(syscall.SIGSTOP) }, workers[1].Kill} {
		workers[i].Start()
		held = append(held, catch(ctx, t, caller, maker, act))
	}
	workers[2].Start()
	for _, h := range held {
		h.judged(ctx, t, caller)
	}
	workers[0].Signal(syscall.SIGCONT)
	judge(ctx, t, caller, maker.Make(1000))
	in.mustBeWhole(ctx, t, -1)
}

// TestKillServiceMidJob is the same for the one process that is all.
func TestKillServiceMidJob(t *testing.T) {
	t.Parallel()
	ctx := within(t, 2*time.Minute)
	in := Start(t, Options{Mode: Embedded, Binary: heyan})
	caller, maker, serve := NewCaller(in), NewMaker(3), in.Nodes[0]
	h := catch(ctx, t, caller, maker, serve.Kill)
	serve.Start()
	h.judged(ctx, t, caller)
	in.mustBeWhole(ctx, t, -1)
}

// held is a submission whose job a worker had when something was done to it.
type held struct {
	id string
	p  Package
}

func (h held) judged(ctx context.Context, t *testing.T, c *Caller) {
	t.Helper()
	s, err := c.Judged(ctx, h.id)
	if err != nil || s.Verdict != h.p.Verdict {
		t.Errorf("%s: %q, %v, want %q", h.id, s.Verdict, err, h.p.Verdict)
	}
}

// catch submits packages until one is caught while it is worked on, acts at once,
// and returns it. One that was judged before we looked is no good.
func catch(ctx context.Context, t *testing.T, c *Caller, maker *Maker, act func()) held {
	t.Helper()
	for range 10 {
		h := held{p: maker.Make(big)}
		var err error
		if h.id, err = c.Submit(ctx, h.p, "interactive", -1); err != nil {
			t.Fatal(err)
		}
		var s client.Submission
		for s.State != "running" && s.State != "judged" {
			if s, err = c.any().Get(ctx, h.id); err != nil {
				t.Fatal(err)
			}
		}
		if s.State == "running" {
			act()
			return h
		}
	}
	t.Fatal("every package was judged before it was seen to run")
	return held{}
}

// TestClientsCut: uploads that break off leave nothing, and may be sent again.
func TestClientsCut(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	in := Start(t, Options{Mode: Embedded, Binary: heyan})
	caller, maker := NewCaller(in), NewMaker(4)
	var sent []Package
	for i := range 12 {
		p := maker.Make(300_000)
		up := p.upload("interactive")
		up.Package = cutReader{up.Package, int64(len(p.Bytes) * i / 12)}
		if s, err := caller.any().Submit(ctx, up); err == nil {
			t.Errorf("a cut upload was acknowledged: %s", s.ID)
		}
		sent = append(sent, p)
	}
	for _, p := range sent[:4] {
		judge(ctx, t, caller, p)
	}
	in.mustBeWhole(ctx, t, 4)
}

// judge submits a package and waits for the verdict it must have.
func judge(ctx context.Context, t *testing.T, c *Caller, p Package) {
	t.Helper()
	id, err := c.Submit(ctx, p, "interactive", -1)
	if err != nil {
		t.Fatal(err)
	}
	held{id, p}.judged(ctx, t, c)
}

// mustBeWhole stops the service and sees that it kept its promises. submissions is
// how many there must be, -1: any.
func (in *Installation) mustBeWhole(ctx context.Context, t *testing.T, submissions int) *Audit {
	t.Helper()
	a, err := in.Audit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if submissions >= 0 && len(a.Submissions) != submissions {
		t.Errorf("%d submissions, want %d", len(a.Submissions), submissions)
	}
	if len(a.JudgedTwice)+len(a.Orphans)+len(a.Missing) > 0 {
		t.Errorf("judged twice %q\norphans %q\nmissing %q", a.JudgedTwice, a.Orphans, a.Missing)
	}
	for id, s := range a.Submissions {
		if s.State != "judged" {
			t.Errorf("%s is %s", id, s.State)
		}
	}
	return a
}

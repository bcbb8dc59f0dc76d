//go:build linux

package faulttest

import (
	"context"
	"fmt"
	"io"
	"sync"
	"syscall"
	"testing"
	"time"

	"heyan/internal/client"
	"heyan/internal/inspect"
	"heyan/storage/record"
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

// TestKillServiceMidJob is the same for the one process that is all, but that its
// successor waits for no lease: the lock of the data directory says that it is
// dead. So that this can be seen without a clock, the dead one's lease and its
// claim to analyse are made longer than the test.
func TestKillServiceMidJob(t *testing.T) {
	t.Parallel()
	ctx := within(t, 2*time.Minute)
	in := Start(t, Options{Mode: Embedded, Binary: heyan})
	caller, maker, serve := NewCaller(in), NewMaker(3), in.Nodes[0]
	h := in.killed(ctx, t, caller, maker)
	dead := in.prolong(ctx, t, h, time.Hour)
	serve.Start()
	h.judged(ctx, t, caller)
	job := in.jobOf(ctx, t, h)
	if job.Epoch != dead.Epoch+1 || job.Attempts != dead.Attempts+1 || job.Lost != dead.Lost+1 {
		t.Errorf("epoch %d, attempts %d, lost %d; each one more than %d, %d, %d wanted",
			job.Epoch, job.Attempts, job.Lost, dead.Epoch, dead.Attempts, dead.Lost)
	}
	in.mustBeWhole(ctx, t, -1)
}

// TestPackageThatKillsService: a package during whose inspection the service was
// killed again and again is not tried for ever, however quickly it starts anew.
func TestPackageThatKillsService(t *testing.T) {
	t.Parallel()
	ctx := within(t, 2*time.Minute)
	in := Start(t, Options{Mode: Embedded, Binary: heyan})
	caller, maker, serve := NewCaller(in), NewMaker(5), in.Nodes[0]
	judge(ctx, t, caller, maker.Make(1000)) // the first is filed with another MD5, which is seen unread
	h := in.killed(ctx, t, caller, maker)
	in.lose(ctx, t, h, 4) // the fifth is the next start's
	serve.Start()
	h.p.Verdict = "review"
	h.judged(ctx, t, caller)
	judge(ctx, t, caller, maker.Make(1000))
	in.mustBeWhole(ctx, t, -1)
}

// lose claims a dead service's job for others that die, until so many leases were
// lost.
func (in *Installation) lose(ctx context.Context, t *testing.T, h held, times int) {
	t.Helper()
	stores, err := in.Stores(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer stores.Close()
	for job := in.jobOf(ctx, t, h); job.Lost < times; {
		if _, err := stores.Records.Abandon(ctx, time.Now()); err != nil {
			t.Fatal(err)
		}
		if job, err = stores.Records.Claim(ctx, job.ID, "dies", time.Now(), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
}

// killed is a submission whose job ran when the service was killed.
func (in *Installation) killed(ctx context.Context, t *testing.T, c *Caller, maker *Maker) held {
	t.Helper()
	serve := in.Nodes[0]
	for {
		h := catch(ctx, t, c, maker, serve.Kill)
		if in.jobOf(ctx, t, h).State == record.JobRunning {
			return h
		}
		serve.Start() // it was judged between the look and the kill
	}
}

// prolong extends what a dead worker holds of a submission, as it would have done,
// and returns its job.
func (in *Installation) prolong(ctx context.Context, t *testing.T, h held, lease time.Duration) record.Job {
	t.Helper()
	job := in.jobOf(ctx, t, h)
	stores, err := in.Stores(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer stores.Close()
	now := time.Now()
	beat := record.Beat{Job: job.ID, Epoch: job.Epoch, LeaseUntil: now.Add(lease), Stage: job.Stage, Percent: job.Percent}
	if _, err := stores.Records.Heartbeat(ctx, beat); err != nil {
		t.Fatal(err)
	}
	owner := fmt.Sprintf("%s/%d", job.ID, job.Epoch)
	if _, err := stores.Records.ClaimAnalysis(ctx, job.SHA256, inspect.AnalyzersVersion(), owner, now, lease); err != nil {
		t.Fatal(err)
	}
	return job
}

// jobOf is a submission's job as the records have it.
func (in *Installation) jobOf(ctx context.Context, t *testing.T, h held) record.Job {
	t.Helper()
	stores, err := in.Stores(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer stores.Close()
	sub, err := stores.Records.Submission(ctx, "", h.id)
	if err != nil {
		t.Fatal(err)
	}
	job, err := stores.Records.LatestJob(ctx, sub.Organisation, h.id)
	if err != nil {
		t.Fatal(err)
	}
	return job
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

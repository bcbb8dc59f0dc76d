//go:build linux

package faulttest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"heyan/internal/servertest"
)

// ChaosOptions are how much, and of what seed.
type ChaosOptions struct {
	Options
	Submissions int
	Callers     int // at once; 0: 16
	Seed        uint64
	// Pace is between two packages handed to the callers; 0: as they take them.
	Pace time.Duration
	// Calm is the mean pause between two faults; 0: 1 s.
	Calm time.Duration
	// Settle bounds how long after the last fault all must be judged; 0: 3 min.
	Settle time.Duration
	Log    io.Writer // what is done to the service; nil: nothing is said
}

// Result is what came of it. All counts below Judged must be 0.
type Result struct {
	Submitted    int // packages, each handed over until it was acknowledged
	Cut          int // of them with an attempt before that broke off
	Acknowledged int
	Judged       int
	Reviewed     int // given to a person because its worker died too often
	Faults       map[string]int
	Took         time.Duration

	Refused      []string // for good, though nothing was wrong with it
	MadeTwice    int      // submissions beyond the packages
	WrongVerdict []string
	Lost         []string // acknowledged, and not there, not judged, or of other bytes
	JudgedTwice  []string
	Orphans      []string
	Missing      []string
}

// Failed reports whether something happened that never must.
func (r *Result) Failed() bool {
	return len(r.Refused)+r.MadeTwice+len(r.WrongVerdict)+len(r.Lost)+len(r.JudgedTwice)+len(r.Orphans)+len(r.Missing) > 0 ||
		r.Acknowledged != r.Submitted
}

// String is the table that scripts/chaos prints.
func (r *Result) String() string {
	var b strings.Builder
	row := func(what string, n int) { fmt.Fprintf(&b, "%-24s %6d\n", what, n) }
	for _, name := range slices.Sorted(maps.Keys(r.Faults)) {
		row("  "+name, r.Faults[name])
	}
	row("clients cut", r.Cut)
	row("given to a person", r.Reviewed)
	row("refused", len(r.Refused))
	row("made twice", r.MadeTwice)
	row("wrong verdict", len(r.WrongVerdict))
	row("submitted", r.Submitted)
	row("acknowledged", r.Acknowledged)
	row("judged", r.Judged)
	row("lost", len(r.Lost))
	row("judged twice", len(r.JudgedTwice))
	row("orphan blobs after sweep", len(r.Orphans))
	row("filed packages missing", len(r.Missing))
	for what, list := range map[string][]string{
		"refused": r.Refused, "wrong verdict": r.WrongVerdict, "lost": r.Lost,
		"judged twice": r.JudgedTwice, "orphan": r.Orphans, "missing": r.Missing,
	} {
		for _, one := range list {
			fmt.Fprintf(&b, "%s: %s\n", what, one)
		}
	}
	return b.String()
}

// Chaos starts an installation, submits packages that all differ, breaks what it
// can meanwhile, lets it recover and looks at what is left.
func Chaos(ctx context.Context, t servertest.TB, o ChaosOptions) (*Result, error) {
	t.Helper()
	orElse(&o.Callers, 16)
	if o.Calm <= 0 {
		o.Calm = time.Second
	}
	if o.Settle <= 0 {
		o.Settle = 3 * time.Minute
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	began := time.Now()
	in := Start(t, o.Options)
	crowd := newCrowd(in, o)
	m := newMonkey(in, o)

	done := make(chan struct{})
	go func() { defer close(done); crowd.submit(ctx) }()
	m.run(done)

	settle, cancel := context.WithTimeout(ctx, o.Settle)
	defer cancel()
	crowd.settle(settle)
	audit, err := in.Audit(ctx)
	if err != nil {
		return nil, err
	}
	r := crowd.result(audit)
	r.Faults, r.Took = m.done, time.Since(began)
	return r, nil
}

// crowd is the callers and what they were told.
type crowd struct {
	caller  *Caller
	options ChaosOptions
	maker   *Maker
	rand    *rand.Rand

	mu      sync.Mutex
	cut     int
	acked   map[string]acked // by id
	refused []string
	stuck   []string
}

// acked is a submission for which we have the service's word.
type acked struct{ sha256, verdict string }

func newCrowd(in *Installation, o ChaosOptions) *crowd {
	return &crowd{
		caller: NewCaller(in), options: o, maker: NewMaker(o.Seed),
		rand: rand.New(rand.NewPCG(o.Seed, 2)), acked: map[string]acked{},
	}
}

// task is one package to be submitted.
type task struct {
	p    Package
	lane string
	cut  int
}

// next makes a task: one in four is of the batch lane, one in eight is cut once.
func (c *crowd) next() task {
	t := task{p: c.maker.Make(1000 + c.rand.IntN(200_000)), lane: "interactive", cut: -1}
	if c.rand.IntN(4) == 0 {
		t.lane = "batch"
	}
	if c.rand.IntN(8) == 0 {
		t.cut = c.rand.IntN(len(t.p.Bytes))
		c.cut++
	}
	return t
}

// submit hands all packages over, and returns when each has its answer.
func (c *crowd) submit(ctx context.Context) {
	tasks := make(chan task)
	var wg sync.WaitGroup
	for range c.options.Callers {
		wg.Go(func() {
			for t := range tasks {
				id, err := c.caller.Submit(ctx, t.p, t.lane, t.cut)
				c.note(t, id, err)
			}
		})
	}
	for range c.options.Submissions {
		tasks <- c.next()
		if pause(ctx, c.options.Pace) != nil {
			break
		}
	}
	close(tasks)
	wg.Wait()
}

func (c *crowd) note(t task, id string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.refused = append(c.refused, err.Error())
		return
	}
	c.acked[id] = acked{t.p.SHA256, t.p.Verdict}
}

// settle waits until every submission is judged, as a caller sees it.
func (c *crowd) settle(ctx context.Context) {
	for _, id := range slices.Sorted(maps.Keys(c.acked)) {
		if _, err := c.caller.Judged(ctx, id); err != nil {
			c.stuck = append(c.stuck, err.Error())
		}
	}
}

// result compares what callers were told with what there is.
func (c *crowd) result(a *Audit) *Result {
	r := &Result{
		Submitted: c.options.Submissions, Cut: c.cut, Acknowledged: len(c.acked), Refused: c.refused,
		MadeTwice: max(0, len(a.Submissions)-c.options.Submissions), Judged: a.Judgements,
		Lost: c.stuck, JudgedTwice: a.JudgedTwice, Orphans: a.Orphans, Missing: a.Missing,
	}
	for id, told := range c.acked {
		s, there := a.Submissions[id]
		switch {
		case !there:
			r.Lost = append(r.Lost, id+" is not in the records")
		case s.SHA256 != told.sha256:
			r.Lost = append(r.Lost, fmt.Sprintf("%s has package %q, handed over was %q", id, s.SHA256, told.sha256))
		case s.Verdict == "review":
			r.Reviewed++
		case s.Verdict != told.verdict && s.Verdict != "":
			r.WrongVerdict = append(r.WrongVerdict, fmt.Sprintf("%s: %q, want %q", id, s.Verdict, told.verdict))
		}
	}
	return r
}

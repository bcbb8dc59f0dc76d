//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"heyan/internal/faulttest"
)

// throughput measures twice, each time on an installation of its own: as fast as it
// goes, with a bounded number of submissions waiting, and at a steady rate, where
// the time from acknowledgement to verdict is what a caller sees.
func throughput(ctx context.Context, s settings, mode faulttest.Mode, bar float64) error {
	rate := s.rate
	if rate <= 0 {
		rate = bar
	}
	fmt.Printf("### %s, %s each, %d connections, bar %.0f verdicts/s\n\n", mode, s.window, s.callers, bar)
	fmt.Println("| load | verdicts/s | acknowledged/s | acknowledged → verdict p50 / p95 / p99 | acknowledged → started p50 / p95 / p99 | post → 201 p50 / p95 / p99 | processor ms a verdict | processors busy | load average |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: |")
	for _, r := range []float64{0, rate} {
		err := with(s, mode, func(in *faulttest.Installation) error {
			m, err := measure(ctx, s, in, r)
			if err != nil {
				return err
			}
			fmt.Println(m)
			return nil
		})
		if err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

// measured is what came of one window.
type measured struct {
	rate                      float64
	window                    time.Duration
	verdicts, acknowledged    int
	toVerdict, toStart, toAck []time.Duration
	used                      cpu
	loadAverage               string
}

// most is how many packages a second no two processors inspect.
const most = 200

func measure(ctx context.Context, s settings, in *faulttest.Installation, rate float64) (*measured, error) {
	seconds := (s.warm + s.window).Seconds()
	n := int(seconds * most)
	if rate > 0 {
		n = int((seconds+5)*rate) + 2*s.callers
	}
	packages := forms(n, s.size)
	l := &load{in: in, settings: s, packages: packages, rate: rate, verdicts: map[string]string{}}
	for _, b := range packages {
		l.verdicts[b.p.SHA256] = b.p.Verdict
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- l.run(ctx) }()

	m := &measured{rate: rate, window: s.window}
	if err := sleep(ctx, done, s.warm); err != nil {
		return nil, err
	}
	from, before := time.Now(), usage()
	if err := sleep(ctx, done, s.window); err != nil {
		return nil, err
	}
	m.used = usage().minus(before)
	m.loadAverage = loadAverage()
	until := time.Now()
	stop()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	all, err := outcomes(context.WithoutCancel(ctx), in)
	if err != nil {
		return nil, err
	}
	return m, l.settle(m, all, from, until)
}

func sleep(ctx context.Context, failed <-chan error, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case err := <-failed:
		return fmt.Errorf("the load ended early: %w", err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// forms makes packages that all differ, with what is filed of each.
func forms(n, size int) []body {
	maker := faulttest.NewMaker(1)
	list := make([]body, n)
	for i := range list {
		list[i] = form(maker.Make(size))
	}
	return list
}

// load hands packages over.
type load struct {
	settings
	in       *faulttest.Installation
	packages []body
	rate     float64
	verdicts map[string]string // that are due, by SHA-256

	next   atomic.Int64
	judged atomic.Int64

	mu    sync.Mutex
	acked []time.Time
	took  []time.Duration
}

var errTooFew = errors.New("there are no packages left: make more")

// run submits until ctx ends.
func (l *load) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	if l.rate == 0 {
		all.Go(func() { l.count(ctx, stop) })
	}
	begin := time.Now()
	apis := l.in.APIs()
	for i := range l.callers {
		all.Go(func() {
			c := &connection{addr: apis[i%len(apis)].Addr, token: l.in.Token}
			defer c.close()
			if err := l.call(ctx, c, begin); err != nil {
				stop(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// call posts one package after the other when its turn has come.
func (l *load) call(ctx context.Context, c *connection, begin time.Time) error {
	for ctx.Err() == nil {
		n := l.next.Add(1) - 1
		if int(n) >= len(l.packages) {
			return errTooFew
		}
		if !l.turn(ctx, n, begin) {
			return nil
		}
		b := l.packages[n]
		posted := time.Now()
		if err := c.post(b, "key-"+b.p.SHA256); err != nil {
			return err
		}
		now := time.Now()
		l.mu.Lock()
		l.acked, l.took = append(l.acked, now), append(l.took, now.Sub(posted))
		l.mu.Unlock()
	}
	return nil
}

// turn waits until the nth package is to be posted: at the rate, or, without one,
// as soon as few enough wait for their verdict.
func (l *load) turn(ctx context.Context, n int64, begin time.Time) bool {
	for {
		wait := 2 * time.Millisecond
		if l.rate > 0 {
			wait = time.Until(begin.Add(time.Duration(float64(n) / l.rate * float64(time.Second))))
		} else if n-l.judged.Load() < int64(l.ahead) {
			return true
		}
		if wait <= 0 {
			return true
		}
		select {
		case <-time.After(wait):
			if l.rate > 0 {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}

// count keeps judged up to date, from the processes' metrics.
func (l *load) count(ctx context.Context, stop context.CancelCauseFunc) {
	look := time.NewTicker(250 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		n, err := verdicts(ctx, l.in)
		if err != nil {
			stop(fmt.Errorf("count verdicts: %w", err))
			return
		}
		l.judged.Store(n)
	}
}

// settle counts what the records say and looks whether each verdict is the one
// that is due.
func (l *load) settle(m *measured, all []outcome, from, until time.Time) error {
	inside := func(t time.Time) bool { return !t.Before(from) && t.Before(until) }
	for _, o := range all {
		if want := l.verdicts[o.sha256]; o.verdict != want {
			return fmt.Errorf("package %s: verdict %q, want %q", o.sha256, o.verdict, want)
		}
		if inside(o.ended) {
			m.verdicts++
		}
		if inside(o.acknowledged) {
			m.toVerdict = append(m.toVerdict, o.ended.Sub(o.acknowledged))
			m.toStart = append(m.toStart, o.started.Sub(o.acknowledged))
		}
	}
	for i, at := range l.acked {
		if inside(at) {
			m.acknowledged++
			m.toAck = append(m.toAck, l.took[i])
		}
	}
	if len(all) < len(l.acked) {
		return fmt.Errorf("%d were acknowledged and %d are there", len(l.acked), len(all))
	}
	return nil
}

// String is a row of the table.
func (m *measured) String() string {
	what := "as fast as it goes"
	if m.rate > 0 {
		what = fmt.Sprintf("%.0f/s", m.rate)
	}
	seconds := m.window.Seconds()
	return fmt.Sprintf("| %s | %.1f | %.1f | %s | %s | %s | %s | %.2f | %s |", what,
		float64(m.verdicts)/seconds, float64(m.acknowledged)/seconds,
		spread(m.toVerdict), spread(m.toStart), spread(m.toAck), m.parts(), m.used.total().Seconds()/seconds, m.loadAverage)
}

// parts is the processor time of a verdict by who used it, the most first.
func (m *measured) parts() string {
	type part struct {
		name string
		ms   float64
	}
	var parts []part
	for name, d := range m.used {
		parts = append(parts, part{name, d.Seconds() * 1000 / float64(max(m.verdicts, 1))})
	}
	slices.SortFunc(parts, func(a, b part) int {
		if a.ms != b.ms {
			if a.ms > b.ms {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	var words []string
	for _, p := range parts {
		if p.ms >= 0.05 {
			words = append(words, fmt.Sprintf("%s %.1f", p.name, p.ms))
		}
	}
	return strings.Join(words, ", ")
}

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "?"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

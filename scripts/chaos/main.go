//go:build linux

// Command chaos submits packages to a service of its own, made of real processes,
// while it kills and restarts them and their servers at random, and then counts
// what must never happen.
//
//	go run ./scripts/chaos                       embedded, then distributed, 2,000 packages each
//	go run ./scripts/chaos -mode embedded -n 60  one mode, few packages
//
// The last four numbers must be 0: submissions acknowledged and lost, judged
// twice, objects that a sweep left and no row names, filed packages missing. Its
// exit status is 1 unless they are, and no package was refused, submitted twice or
// given a wrong verdict.
//
// What is done follows the seed; when each thing happens does not. Its servers are
// those of the tests: scripts/deps.sh test.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"heyan/internal/faulttest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx)
	stop()
	os.Exit(status)
}

func run(ctx context.Context) int {
	mode := flag.String("mode", "", "embedded or distributed; both without it")
	n := flag.Int("n", 2000, "packages in each mode")
	callers := flag.Int("callers", 16, "callers at once")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of what is done")
	calm := flag.Duration("calm", time.Second, "mean pause between two faults")
	volatile := flag.Bool("volatile", false, "Redis keeps nothing over a restart")
	binary := flag.String("heyan", "", "the program; it is built where this is left out")
	quiet := flag.Bool("q", false, "do not tell what is done")
	flag.Parse()

	modes := []faulttest.Mode{faulttest.Embedded, faulttest.Distributed}
	switch m := faulttest.Mode(*mode); m {
	case "":
	case faulttest.Embedded, faulttest.Distributed:
		modes = []faulttest.Mode{m}
	default:
		fmt.Fprintf(os.Stderr, "chaos: no such mode %q\n", m)
		return 2
	}
	t := &stage{}
	defer t.end()
	program, err := build(ctx, t, *binary)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		return 2
	}
	log := io.Writer(os.Stderr)
	if *quiet {
		log = io.Discard
	}
	status := 0
	for _, m := range modes {
		o := faulttest.ChaosOptions{
			Options:     faulttest.Options{Mode: m, Binary: program, Volatile: *volatile},
			Submissions: *n, Callers: *callers, Seed: *seed, Calm: *calm, Log: log,
		}
		status = max(status, t.play(ctx, o))
	}
	return status
}

// play runs one mode.
func (t *stage) play(ctx context.Context, o faulttest.ChaosOptions) (status int) {
	defer func() {
		if why := recover(); why != nil {
			f, ours := why.(failure)
			if !ours {
				panic(why)
			}
			fmt.Fprintln(os.Stderr, "chaos:", f)
			status = 1
		}
	}()
	r, err := faulttest.Chaos(ctx, t, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		return 1
	}
	fmt.Printf("%s, seed %d, %s\n%s\n", o.Mode, o.Seed, r.Took.Round(time.Second), r)
	if r.Failed() {
		return 1
	}
	return 0
}

// stage stands in for a test: what it starts is ended by end.
type stage struct{ cleanups []func() }

type failure string

// Helper implements servertest.TB.
func (*stage) Helper() {}

// Fatalf ends the mode under way.
func (*stage) Fatalf(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }

// Cleanup adds what end does, last first.
func (t *stage) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *stage) end() {
	for len(t.cleanups) > 0 {
		last := len(t.cleanups) - 1
		t.cleanups[last]()
		t.cleanups = t.cleanups[:last]
	}
}

// build returns the program under test.
func build(ctx context.Context, t *stage, given string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	dir, err := os.MkdirTemp("", "heyan-chaos-")
	if err != nil {
		return "", err
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program := filepath.Join(dir, "heyan")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", program, "heyan/cmd/heyan")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", errors.Join(errors.New("heyan cannot be built"), err)
	}
	return program, nil
}

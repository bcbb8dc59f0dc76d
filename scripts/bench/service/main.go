//go:build linux

// Command service measures the service as it runs: processes of its own, real
// servers, packages that all differ, and prints the Markdown tables of
// docs/benchmarks.md. scripts/bench/service.sh runs it.
//
//	service -heyan PROGRAM embedded|distributed|idle|stream|library…
//
// It hands packages over from this process, whose processor time is told beside
// that of the service: on one machine they share the processors. Times from
// acknowledgement to verdict are the records' own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"heyan/internal/faulttest"
	"heyan/internal/inspect"
	"heyan/internal/sandbox"
)

func main() {
	if sandbox.IsChild() { // of "library"
		os.Exit(sandbox.Child(inspect.Analyze))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

// settings are what can be asked for.
type settings struct {
	heyan   string
	window  time.Duration // of a throughput run
	warm    time.Duration // before it
	rate    float64       // of the run at a steady rate; 0: the bar
	callers int
	ahead   int   // submissions that wait at most, in the run without a rate
	size    int   // of a package
	idle    int   // submissions of an idle run
	large   int64 // bytes of a stream
	rounds  int   // of streams
	apis    int
	workers int
	slots   int
}

// A measurement prints its table.
type measurement func(context.Context, settings) error

func measurements() map[string]measurement {
	return map[string]measurement{
		"embedded":    func(ctx context.Context, s settings) error { return throughput(ctx, s, faulttest.Embedded, 60) },
		"distributed": func(ctx context.Context, s settings) error { return throughput(ctx, s, faulttest.Distributed, 30) },
		"idle":        idle,
		"stream":      stream,
		"library":     library,
	}
}

func run(ctx context.Context, args []string) error {
	var s settings
	flags := flag.NewFlagSet("service", flag.ContinueOnError)
	flags.StringVar(&s.heyan, "heyan", "", "the program to measure")
	flags.DurationVar(&s.window, "window", time.Minute, "how long throughput is measured")
	flags.DurationVar(&s.warm, "warm", 3*time.Second, "load before the window")
	flags.Float64Var(&s.rate, "rate", 0, "submissions a second of the run at a steady rate (default: the bar)")
	flags.IntVar(&s.callers, "callers", 4, "connections that submit")
	flags.IntVar(&s.ahead, "ahead", 48, "submissions without a verdict at most, in the run as fast as it goes")
	flags.IntVar(&s.size, "size", 12_000, "bytes of a package's content")
	flags.IntVar(&s.idle, "idle", 200, "submissions of an idle run")
	flags.Int64Var(&s.large, "large", 2_000_000_000, "bytes of a streamed package")
	flags.IntVar(&s.rounds, "rounds", 5, "rounds of streams")
	flags.IntVar(&s.apis, "apis", 1, "API processes of distributed")
	flags.IntVar(&s.workers, "workers", 1, "worker processes of distributed")
	flags.IntVar(&s.slots, "slots", 2, "jobs at a time of a process that works")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if s.heyan == "" || flags.NArg() == 0 {
		return errors.New("usage: service -heyan PROGRAM embedded|distributed|idle|stream|library…")
	}
	var err error
	if s.heyan, err = filepath.Abs(s.heyan); err != nil {
		return err
	}
	all := measurements()
	for _, name := range flags.Args() {
		if all[name] == nil {
			return fmt.Errorf("no such measurement: %q", name)
		}
	}
	fmt.Println(machine() + "\n")
	for _, name := range flags.Args() {
		if err := all[name](ctx, s); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// machine is on what was measured, and what else ran there.
func machine() string {
	model := "unknown processor"
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			model = strings.Trim(name, " \t:\n")
			break
		}
	}
	var system syscall.Utsname
	_ = syscall.Uname(&system)
	release := make([]byte, 0, len(system.Release))
	for _, c := range system.Release {
		if c == 0 {
			break
		}
		release = append(release, byte(c))
	}
	return fmt.Sprintf("%s, %d cores, Linux %s, %s, load before: %s", model, runtime.NumCPU(), release, runtime.Version(), loadAverage())
}

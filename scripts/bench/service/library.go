//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"heyan/analyzer"
	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/internal/sandbox"
	"heyan/rules/filing"
)

// library measures the limit of all of the above: the same packages inspected by
// calls in this process, no HTTP, no records, no queue. With the child it is what
// the sandbox leaves; the child is this program and not heyan, of much the same
// size.
func library(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "heyan-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	packages := forms(1000, s.size)
	for i, b := range packages {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), b.p.Bytes, 0o600); err != nil {
			return err
		}
	}
	fmt.Println("### library: the same packages, hashed, read, judged, report encoded; two at a time")
	fmt.Println("\n| reading | inspections/s | processor ms an inspection |\n| --- | ---: | ---: |")
	for _, how := range []struct {
		name    string
		analyze inspect.AnalyzeFunc
	}{{"in this process", inspect.Analyze}, {"in the sandboxed child", sandbox.Analyzer(sandbox.Required)}} {
		before, _ := times(os.Getpid())
		_, beforeWaited := times(os.Getpid())
		n, took, err := inspections(ctx, dir, packages, how.analyze, min(s.window, 15*time.Second))
		if err != nil {
			return err
		}
		after, afterWaited := times(os.Getpid())
		used := after - before + afterWaited - beforeWaited
		fmt.Printf("| %s | %.0f | %.1f |\n", how.name, float64(n)/took.Seconds(), used.Seconds()*1000/float64(n))
	}
	fmt.Println()
	return nil
}

func inspections(ctx context.Context, dir string, packages []body, analyze inspect.AnalyzeFunc, window time.Duration) (int64, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, window)
	defer cancel()
	var done, next atomic.Int64
	errs := make(chan error, 2)
	begin := time.Now()
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) % len(packages)
				if err := inspectOne(filepath.Join(dir, fmt.Sprint(i)), packages[i], analyze); err != nil {
					errs <- err
					return
				}
				done.Add(1)
			}
		})
	}
	both.Wait()
	took := time.Since(begin)
	select {
	case err := <-errs:
		return 0, 0, err
	default:
		return done.Load(), took, nil
	}
}

func inspectOne(name string, b body, analyze inspect.AnalyzeFunc) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	f, err := inspect.Facts(context.Background(), analyzer.Input{Package: file, Size: int64(len(b.p.Bytes))}, inspect.Options{Analyze: analyze})
	if err != nil {
		return err
	}
	filed, err := filing.Parse(b.p.Filing)
	if err != nil {
		return err
	}
	judged := inspect.Judge(inspect.JudgeInput{Facts: f, Filing: filed, AsOf: "2026-11-21"})
	if string(judged.Verdict) != b.p.Verdict {
		return fmt.Errorf("%s: verdict %q, want %q", b.p.Name, judged.Verdict, b.p.Verdict)
	}
	return report.Encode(new(bytes.Buffer), judged)
}

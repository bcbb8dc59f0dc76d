//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// cpu is processor time by program: this process's own and that of everything it
// started, those waited for included.
type cpu map[string]time.Duration

// Names in cpu besides the servers'.
const (
	generator = "load generator"
	service   = "heyan"
	children  = "heyan's children" // that read packages
)

// tick is the unit of /proc/PID/stat: USER_HZ is 100 on every Linux.
const tick = 10 * time.Millisecond

// usage adds up what all have used so far.
func usage() cpu {
	used := cpu{}
	own, _ := times(os.Getpid())
	used[generator] = own
	for _, pid := range childrenOf(os.Getpid()) {
		name := program(pid)
		own, waited := tree(pid)
		if name == service {
			used[children] += waited
			used[name] += own
		} else {
			used[name] += own + waited
		}
	}
	return used
}

// minus is what was used since.
func (c cpu) minus(before cpu) cpu {
	used := cpu{}
	for name, d := range c {
		used[name] = d - before[name]
	}
	return used
}

func (c cpu) total() (sum time.Duration) {
	for _, d := range c {
		sum += d
	}
	return sum
}

// tree is the time of a process, and that of its descendants.
func tree(pid int) (own, below time.Duration) {
	own, below = times(pid)
	for _, child := range childrenOf(pid) {
		a, b := tree(child)
		below += a + b
	}
	return own, below
}

// times are a process's own, and those of its children that were waited for.
func times(pid int) (own, waited time.Duration) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name may hold spaces
	fields := strings.Fields(rest)
	if len(fields) < 15 {
		return 0, 0
	}
	at := func(i int) time.Duration {
		n, _ := strconv.ParseInt(fields[i], 10, 64)
		return time.Duration(n) * tick
	}
	return at(11) + at(12), at(13) + at(14)
}

func childrenOf(pid int) (list []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		text, _ := os.ReadFile(task)
		for _, child := range strings.Fields(string(text)) {
			if id, err := strconv.Atoi(child); err == nil {
				list = append(list, id)
			}
		}
	}
	return list
}

func program(pid int) string {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return "ended"
	}
	return strings.TrimSpace(string(name))
}

// memory watches the resident memory of all processes of heyan.
type memory struct {
	stop chan struct{}
	done sync.WaitGroup
	// peak is the largest sum of the high-water marks (VmHWM) of those that lived at
	// one moment, children included: at least what they held together.
	peak int64
}

func watchMemory() *memory {
	m := &memory{stop: make(chan struct{})}
	m.done.Go(func() {
		look := time.NewTicker(5 * time.Millisecond)
		defer look.Stop()
		for {
			select {
			case <-m.stop:
				return
			case <-look.C:
				m.peak = max(m.peak, marks(os.Getpid(), false))
			}
		}
	})
	return m
}

func (m *memory) end() int64 {
	close(m.stop)
	m.done.Wait()
	return m.peak
}

// marks adds up the high-water marks of the processes below pid that are heyan's.
func marks(pid int, ours bool) (sum int64) {
	for _, child := range childrenOf(pid) {
		heyan := ours || program(child) == service
		if heyan {
			sum += mark(child)
		}
		sum += marks(child, heyan)
	}
	return sum
}

func mark(pid int) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kib << 10
		}
	}
	return 0
}

//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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

// A memory is what all processes of heyan held at most at one moment, children
// included.
type memory struct {
	resident int64 // VmRSS; pages of the program that two of them map count twice
	shared   int64 // PSS: such pages count once
	marks    int64 // VmHWM of those that lived: as if all had been largest at once
}

func (m memory) String() string {
	mib := func(n int64) float64 { return float64(n) / (1 << 20) }
	return fmt.Sprintf("%.0f / %.0f / %.0f MiB", mib(m.resident), mib(m.shared), mib(m.marks))
}

// watchMemory looks again and again until the function it returns is called.
func watchMemory() (end func() memory) {
	var most memory
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		look := time.NewTicker(20 * time.Millisecond)
		defer look.Stop()
		for {
			select {
			case <-stop:
				return
			case <-look.C:
				var now memory
				now.add(os.Getpid(), false)
				most.resident = max(most.resident, now.resident)
				most.shared = max(most.shared, now.shared)
				most.marks = max(most.marks, now.marks)
			}
		}
	}()
	return func() memory {
		close(stop)
		<-done
		return most
	}
}

// add adds what the processes below pid hold that are heyan's.
func (m *memory) add(pid int, ours bool) {
	command := commandLine(pid)
	for _, child := range childrenOf(pid) {
		if commandLine(child) == command {
			continue // between vfork and exec, in the parent's own memory
		}
		heyan := ours || program(child) == service
		if heyan {
			m.resident += kilobytes(child, "status", "VmRSS:")
			m.marks += kilobytes(child, "status", "VmHWM:")
			m.shared += kilobytes(child, "smaps_rollup", "Pss:")
		}
		m.add(child, heyan)
	}
}

func commandLine(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return string(text)
}

// kilobytes reads a line of a file of /proc/PID, in bytes.
func kilobytes(pid int, file, field string) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			kib, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kib << 10
		}
	}
	return 0
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// wall runs a command once and says how long it took from start to exit.
func wall(command []string) (time.Duration, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout = io.Discard
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	return took, judged(command, err)
}

// judged lets the exit statuses of heyan check pass: 1 and 3 are verdicts.
func judged(command []string, err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(command) > 1 && command[1] == "check" && (exit.ExitCode() == 1 || exit.ExitCode() == 3) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return nil
}

// peak runs a command once more, without timing it, and adds up the largest
// resident set (VmHWM) of the process and of each of its descendants. The kernel
// keeps the high-water mark, so looking every millisecond misses only growth in a
// process's last millisecond; the sum is at least what both held at one moment.
func peak(command []string) (kib int, err error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout = io.Discard
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	marks := make(map[int]int)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			for _, mark := range marks {
				kib += mark
			}
			return kib, judged(command, err)
		case <-tick.C:
			look(cmd.Process.Pid, marks)
		}
	}
}

func look(pid int, marks map[int]int) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			marks[pid] = max(marks[pid], kib)
		}
	}
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, task := range tasks {
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		for _, child := range strings.Fields(string(children)) {
			// One between vfork and exec is in its parent's own memory.
			if id, err := strconv.Atoi(child); err == nil && commandLine(id) != commandLine(pid) {
				look(id, marks)
			}
		}
	}
}

func commandLine(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return string(text)
}

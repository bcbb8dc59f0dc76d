package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"

	"heyan/analyzer"
)

// The descriptors a child inherits.
const (
	packageFD = 3
	answerFD  = 4
	idsigFD   = 5 // only where there is one
)

// IsChild reports whether this process was started by Analyzer. main asks first.
func IsChild() bool { return len(os.Args) > 1 && os.Args[1] == ChildArg }

// Child is a child's whole life: lock down, read, answer. It returns the exit
// status: 0 where an answer was written.
func Child(analyze analyzer.Func) int {
	if len(os.Args) != 4 && len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "heyan: this argument is for heyan itself")
		return 2
	}
	size, err1 := strconv.ParseInt(os.Args[2], 10, 64)
	mode, err2 := strconv.Atoi(os.Args[3])
	if err1 != nil || err2 != nil {
		return 2
	}
	pkg, answer := os.NewFile(packageFD, "package"), os.NewFile(answerFD, "answer")
	in := analyzer.Input{Package: pkg, Size: size}
	if len(os.Args) == 5 {
		if in.IDSigSize, err1 = strconv.ParseInt(os.Args[4], 10, 64); err1 != nil {
			return 2
		}
		in.IDSig = os.NewFile(idsigFD, "idsig")
	}
	r := lockedDown(analyze, in, Mode(mode))
	if err := writeAnswer(answer, r); err != nil {
		fmt.Fprintln(os.Stderr, "heyan:", err)
		return 1
	}
	return 0
}

func lockedDown(analyze analyzer.Func, in analyzer.Input, mode Mode) result {
	protection, err := lockDown(in.Size)
	r := result{Protection: protection}
	if err != nil && mode == Required {
		r.Error = "this system cannot confine the reader: " + err.Error()
		return r
	}
	r.Facts, err = analyze(context.Background(), in)
	if err != nil {
		r.Facts, r.Error = nil, err.Error()
	}
	return r
}

func writeAnswer(w io.WriteCloser, r result) error {
	if err := json.NewEncoder(w).Encode(r); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return w.Close()
}

// lockDown takes from this process all it does not need. The error tells the
// first thing that did not take; the rest is done all the same.
func lockDown(size int64) (Protection, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := Protection{Process: true}
	if size >= largePackage {
		yieldToHashing()
	}
	err := setLimits(size)
	if e := landlock.V5.BestEffort().Restrict(); e != nil && err == nil {
		err = e
	}
	p.Landlock = pathsAreGone()
	if !p.Landlock && err == nil {
		err = fmt.Errorf("landlock is not available")
	}
	if e := loadFilter(); e != nil {
		if err == nil {
			err = e
		}
		return p, err
	}
	p.Seccomp = true
	return p, err
}

// largePackage is from where on the parent's MD5, which can't be split, is what
// everybody waits for.
const largePackage = 32 << 20

// yieldToHashing lets the parent have a core to itself while it needs one: every
// thread of this child, and those to come, which inherit it, step back. It is a
// gain in time only, so what can't be done is left.
func yieldToHashing() {
	const niceness = 10
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return
	}
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = unix.Setpriority(unix.PRIO_PROCESS, id, niceness)
		}
	}
}

// pathsAreGone looks whether Landlock took: an old kernel says nothing.
func pathsAreGone() bool {
	fd, err := unix.Open("/", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err != nil
}

// setLimits bounds memory, processor time, file size, descriptors and core dumps.
func setLimits(size int64) error {
	seconds := 2 * uint64(Timeout(size).Seconds()) // two cores
	limits := []struct {
		resource int
		value    uint64
	}{
		{unix.RLIMIT_CPU, seconds},
		{unix.RLIMIT_FSIZE, 0},
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_NOFILE, 16},
		{unix.RLIMIT_DATA, memoryLimit},
	}
	for _, l := range limits {
		if raceEnabled && l.resource == unix.RLIMIT_DATA {
			continue // the race detector's shadow memory alone is more
		}
		if err := unix.Setrlimit(l.resource, &unix.Rlimit{Cur: l.value, Max: l.value}); err != nil {
			return fmt.Errorf("setrlimit %d: %w", l.resource, err)
		}
	}
	return nil
}

// loadFilter allows the system calls of the Go runtime and of reading inherited
// descriptors; all others answer EPERM.
func loadFilter() error {
	info, err := arch.GetInfo("")
	if err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	var names []string
	for _, name := range allowed {
		if _, ok := info.SyscallNames[name]; ok {
			names = append(names, name)
		}
	}
	err = seccomp.LoadFilter(seccomp.Filter{
		NoNewPrivs: true,
		Flag:       seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{
			DefaultAction: seccomp.ActionErrno,
			Syscalls:      []seccomp.SyscallGroup{{Action: seccomp.ActionAllow, Names: names}},
		},
	})
	if err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	return nil
}

// allowed names what a Go program does that only computes. A name that an
// architecture does not have is left out there.
var allowed = [...]string{
	"read", "pread64", "write", "close", "lseek", "fstat", "fcntl",
	"mmap", "munmap", "mprotect", "madvise", "mremap", "mincore", "brk",
	"futex", "sched_yield", "sched_getaffinity", "nanosleep", "clock_nanosleep",
	"clock_gettime", "gettimeofday", "restart_syscall",
	"clone", "clone3", "set_robust_list", "set_tid_address", "rseq", "arch_prctl",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
	"tgkill", "tkill", "getpid", "gettid", "getrandom", "membarrier",
	"timer_create", "timer_settime", "timer_delete", "setitimer",
	"epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "eventfd2", "pipe2",
	"exit", "exit_group",
}

package servertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// patience is how long a server may take to start or to stop: much, for the
// machine may be busy.
const patience = 60 * time.Second

// process is one server that can be started again with the same arguments.
type process struct {
	dir   string // its folder: data, log and process id
	path  string
	args  []string
	env   []string
	user  *account                           // nil: as we are
	last  syscall.Signal                     // sent when it is not needed any more, or we died
	ready func(context.Context, *proc) error // nil error: it serves

	mu  sync.Mutex
	now *proc // nil when it does not run
}

// proc is one run of a process.
type proc struct {
	pid  int
	os   *os.Process
	done chan struct{} // closed when it has ended and was waited for
}

// runs reports whether it has not ended, by itself or by us.
func (r *proc) runs() bool {
	select {
	case <-r.done:
		return false
	default:
		return true
	}
}

var errEnded = errors.New("it ended at once")

// start runs the program and waits until it serves.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now != nil && p.now.runs() {
		return fmt.Errorf("%s runs already", filepath.Base(p.path))
	}
	run, err := p.launch()
	if err != nil {
		return fmt.Errorf("start %s: %w", p.path, err)
	}
	if err := p.await(run); err != nil {
		_ = run.os.Kill()
		<-run.done
		return fmt.Errorf("start %s: %w\n%s", p.path, err, p.tail())
	}
	p.now = run
	return nil
}

// startAgain starts a server that ran before. What a killed one left running (a
// database's sessions) may stand in the way for a moment.
func (p *process) startAgain() error {
	err := p.start()
	for deadline := time.Now().Add(patience); errors.Is(err, errEnded) && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond)
		err = p.start()
	}
	return err
}

// launch starts the program from a thread that is kept until it ends: the signal
// that a child gets at its parent's death (linux) comes at the death of the thread.
func (p *process) launch() (*proc, error) {
	log, err := os.OpenFile(p.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(p.path, p.args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, log, log
	cmd.Env = append(os.Environ(), p.env...)
	cmd.SysProcAttr = mortal(p.user, p.last)
	started, done := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		_ = log.Close()
		started <- err
		if err != nil {
			return
		}
		_ = cmd.Wait()
		_ = os.Remove(pidFile(p.dir))
		close(done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	pid := cmd.Process.Pid
	if err := os.WriteFile(pidFile(p.dir), []byte(strconv.Itoa(pid)), 0o600); err != nil {
		return nil, err
	}
	return &proc{pid: pid, os: cmd.Process, done: done}, nil
}

func (p *process) await(run *proc) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		if last = p.ready(ctx, run); last == nil {
			return nil
		}
		select {
		case <-run.done:
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("not ready after %s: %w", patience, last)
		case <-tick.C:
		}
	}
}

// end sends the signal and waits for the end. A process that does not run is left
// alone.
func (p *process) end(sig os.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	run := p.now
	if run == nil {
		return nil
	}
	if err := run.os.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.path, err)
	}
	p.now = nil
	select {
	case <-run.done:
		return nil
	case <-time.After(patience):
		_ = run.os.Kill()
		<-run.done
		return fmt.Errorf("%s did not stop within %s\n%s", p.path, patience, p.tail())
	}
}

func (p *process) logFile() string { return filepath.Join(p.dir, "log") }

// tail returns the end of what the server said.
func (p *process) tail() string {
	said, err := os.ReadFile(p.logFile())
	if err != nil {
		return err.Error()
	}
	return string(said[max(0, len(said)-4096):])
}

// control is what a test may do to a server of its own.
type control struct {
	t     TB
	named string
	run   *process
	stop  os.Signal
	alone bool
}

// Start starts a server that was stopped or killed, on the same port.
func (c *control) Start() { c.t.Helper(); c.must(c.run.startAgain) }

// Stop ends the server as an administrator would.
func (c *control) Stop() { c.t.Helper(); c.must(func() error { return c.run.end(c.stop) }) }

// Kill ends the server as a power cut would (kill -9).
func (c *control) Kill() { c.t.Helper(); c.must(func() error { return c.run.end(syscall.SIGKILL) }) }

// Restart is Stop and Start.
func (c *control) Restart() { c.t.Helper(); c.Stop(); c.Start() }

// Log returns the end of what the server wrote to its log.
func (c *control) Log() string { return c.run.tail() }

func (c *control) must(do func() error) {
	c.t.Helper()
	if !c.alone {
		c.t.Fatalf("this server is shared with other tests: use servertest.New%s", c.named)
	}
	if err := do(); err != nil {
		c.t.Fatalf("%v", err)
	}
}

// own gives the server to one test, at whose end it ends and its data is removed.
func (c *control) own(t TB) {
	c.t, c.alone = t, true
	t.Cleanup(func() {
		_ = c.run.end(c.run.last)
		_ = os.RemoveAll(c.run.dir)
	})
}

// startOn starts a server on a free port, on another if somebody took it first.
func startOn(r *room, build func(port int) *process) (int, *process, error) {
	var err error
	for range 5 {
		var port int
		if port, err = r.port(); err != nil {
			return 0, nil, err
		}
		p := build(port)
		if err = p.start(); err == nil {
			return port, p, nil
		}
		if !errors.Is(err, errEnded) {
			break
		}
	}
	return 0, nil, err
}

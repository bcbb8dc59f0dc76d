package servertest

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Program is a program of the caller's that listens on a port.
type Program struct {
	control
	Addr string // 127.0.0.1:port
	// Dir is a folder of its own, which is its working directory.
	Dir string
}

// ProgramOptions are what Program runs.
type ProgramOptions struct {
	Path string
	Args func(addr string) []string
	Env  []string
	// Ready returns nil once the program does its work at the address.
	Ready func(ctx context.Context, addr string) error
}

// NewProgram starts a program for this test. Stop sends it SIGTERM.
func NewProgram(t TB, o ProgramOptions) *Program {
	t.Helper()
	p, err := startProgram(o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	p.own(t)
	return p
}

func startProgram(o ProgramOptions) (*Program, error) {
	r, err := theRoom()
	if err != nil {
		return nil, err
	}
	dir, err := r.folder(filepath.Base(o.Path))
	if err != nil {
		return nil, err
	}
	port, run, err := startOn(r, func(port int) *process {
		return &process{
			dir: dir, path: o.Path, args: o.Args(address(port)), env: o.Env, last: syscall.SIGKILL,
			ready: func(ctx context.Context, _ *proc) error {
				ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
				defer cancel()
				return o.Ready(ctx, address(port))
			},
		}
	})
	if err != nil {
		return nil, err
	}
	c := control{named: "Program", run: run, stop: syscall.SIGTERM}
	return &Program{control: c, Addr: address(port), Dir: dir}, nil
}

// Signal sends a signal to the program, such as SIGSTOP, under which it stands
// still until SIGCONT as a machine does whose disk hangs.
func (p *Program) Signal(sig os.Signal) {
	p.t.Helper()
	p.must(func() error { return p.run.signal(sig) })
}

// PID is the process id, 0 where it does not run: it was stopped, or ended by
// itself.
func (p *Program) PID() int {
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	if p.run.now == nil || !p.run.now.runs() {
		return 0
	}
	return p.run.now.pid
}

// Said is all that the program wrote to its standard output and error, since its
// first start.
func (p *Program) Said() (string, error) {
	said, err := os.ReadFile(p.run.logFile())
	return string(said), err
}

func (p *process) signal(sig os.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now == nil {
		return os.ErrProcessDone
	}
	return p.now.os.Signal(sig)
}

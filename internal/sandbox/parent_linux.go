package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"heyan/analyzer"
	"heyan/analyzer/facts"
)

// Analyzer returns a function that reads packages in children. The package must
// be an *os.File. A child that is killed, crashes or answers nonsense gives an
// *analyzer.StoppedError.
func Analyzer(mode Mode) analyzer.Func {
	return newProgram(heldReader).analyzer(mode)
}

func (p *program) analyzer(mode Mode) analyzer.Func {
	return func(ctx context.Context, in analyzer.Input) (*facts.Facts, error) {
		g, err := giveAll(in)
		if err != nil {
			return nil, err
		}
		r, err := p.run(ctx, g, mode)
		if err != nil {
			return nil, err
		}
		return r.Facts, nil
	}
}

// Check starts a child that has nothing to read and says what confined it. With
// Required it is an error where something is missing.
func Check(ctx context.Context, mode Mode) (Protection, error) {
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		return Protection{}, fmt.Errorf("sandbox: %w", err)
	}
	defer nothing.Close()
	r, err := newProgram(heldReader).run(ctx, given{file: nothing}, mode)
	return r.Protection, err
}

// given is what a child inherits to read.
type given struct {
	file, idsig     *os.File // idsig is nil without one
	size, idsigSize int64
}

// giveAll takes the files out of an input: only what has a descriptor can be
// handed over.
func giveAll(in analyzer.Input) (g given, err error) {
	file, ok := in.Package.(*os.File)
	if !ok {
		return g, errors.New("sandbox: the package must be a file")
	}
	g = given{file: file, size: in.Size}
	if in.IDSig == nil {
		return g, nil
	}
	if g.idsig, ok = in.IDSig.(*os.File); !ok {
		return g, errors.New("sandbox: the v4 signature must be a file")
	}
	g.idsigSize = in.IDSigSize
	return g, nil
}

// smallPackage is up to where a child does better with one processor: starting
// threads costs more than they gain.
const smallPackage = 4 << 20

// run starts one child and reads its answer.
func (p *program) run(ctx context.Context, g given, mode Mode) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout(g.size))
	defer cancel()
	// Pdeathsig fires when the thread that started the child ends, not the process.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	answer, childEnd, err := os.Pipe()
	if err != nil {
		return result{}, fmt.Errorf("sandbox: %w", err)
	}
	defer answer.Close()
	var complaint tail
	cmd, err := p.start(func(path string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, path, ChildArg, fmt.Sprint(g.size), fmt.Sprint(int(mode)))
		cmd.Args[0] = os.Args[0]
		cmd.Env = []string{"GOMEMLIMIT=" + memoryTarget, "GOTRACEBACK=single"}
		if g.size < smallPackage {
			cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
		}
		cmd.ExtraFiles = []*os.File{g.file, childEnd}
		if g.idsig != nil {
			cmd.Args = append(cmd.Args, fmt.Sprint(g.idsigSize))
			cmd.ExtraFiles = append(cmd.ExtraFiles, g.idsig)
		}
		cmd.Stderr = &complaint
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		return cmd
	})
	childEnd.Close()
	if err != nil {
		return result{}, fmt.Errorf("sandbox: start child: %w", err)
	}
	data, readErr := io.ReadAll(io.LimitReader(answer, MaxResult+1))
	if len(data) > MaxResult {
		_ = cmd.Process.Kill()
	}
	waitErr := cmd.Wait()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return result{}, ctx.Err()
	case ctx.Err() != nil:
		return result{}, stopped("it took longer than %s", Timeout(g.size))
	case len(data) > MaxResult:
		return result{}, stopped("it reported more than %d bytes", MaxResult)
	case waitErr != nil:
		return result{}, stopped("%s%s", waitErr, complaint.firstLine())
	case readErr != nil:
		return result{}, stopped("its answer could not be read: %s", readErr)
	}
	return decode(data)
}

func stopped(format string, args ...any) error {
	return &analyzer.StoppedError{Reason: fmt.Sprintf(format, args...)}
}

// decode takes a child's answer for what it is: bytes from a process that has
// read hostile input.
func decode(data []byte) (result, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var r result
	if err := dec.Decode(&r); err != nil {
		return result{}, stopped("its answer is not facts: %s", err)
	}
	if r.Error != "" {
		return result{Protection: r.Protection}, fmt.Errorf("sandbox: %s", r.Error)
	}
	if r.Facts == nil || r.Facts.Schema != facts.Schema || r.Facts.Format == "" {
		return result{}, stopped("its answer is not %s", facts.Schema)
	}
	return r, nil
}

// tail keeps the first bytes a child wrote to standard error.
type tail struct{ buf bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	if room := 4096 - t.buf.Len(); room > 0 {
		t.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// firstLine is the runtime's own word for what went wrong ("fatal error: …").
func (t *tail) firstLine() string {
	line, _, _ := strings.Cut(t.buf.String(), "\n")
	if line == "" {
		return ""
	}
	return ": " + line
}

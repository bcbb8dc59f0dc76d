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
	"heyan/internal/inspect"
)

// Analyzer returns a function that reads packages in children. The package must
// be an *os.File. A child that is killed, crashes or answers nonsense gives an
// *inspect.StoppedError.
func Analyzer(mode Mode) inspect.AnalyzeFunc {
	return func(ctx context.Context, in analyzer.Input) (*facts.Facts, error) {
		file, ok := in.Package.(*os.File)
		if !ok {
			return nil, errors.New("sandbox: the package must be a file")
		}
		ctx, cancel := context.WithTimeout(ctx, Timeout(in.Size))
		defer cancel()
		return run(ctx, file, in.Size, mode)
	}
}

// run starts one child and reads its answer.
func run(ctx context.Context, file *os.File, size int64, mode Mode) (*facts.Facts, error) {
	// Pdeathsig fires when the thread that started the child ends, not the process.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	answer, childEnd, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	defer answer.Close()
	var complaint tail
	cmd := exec.CommandContext(ctx, "/proc/self/exe", ChildArg, fmt.Sprint(size), fmt.Sprint(int(mode)))
	cmd.Args[0] = os.Args[0]
	cmd.Env = []string{"GOMEMLIMIT=" + memoryTarget, "GOTRACEBACK=single"}
	cmd.ExtraFiles = []*os.File{file, childEnd}
	cmd.Stderr = &complaint
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	err = cmd.Start()
	childEnd.Close()
	if err != nil {
		return nil, fmt.Errorf("sandbox: start child: %w", err)
	}
	data, readErr := io.ReadAll(io.LimitReader(answer, MaxResult+1))
	if len(data) > MaxResult {
		_ = cmd.Process.Kill()
	}
	waitErr := cmd.Wait()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	case ctx.Err() != nil:
		return nil, stopped("it took longer than %s", Timeout(size))
	case len(data) > MaxResult:
		return nil, stopped("it reported more than %d bytes", MaxResult)
	case waitErr != nil:
		return nil, stopped("%s%s", waitErr, complaint.firstLine())
	case readErr != nil:
		return nil, stopped("its answer could not be read: %s", readErr)
	}
	return decode(data)
}

func stopped(format string, args ...any) error {
	return &inspect.StoppedError{Reason: fmt.Sprintf(format, args...)}
}

// decode takes a child's answer for what it is: bytes from a process that has
// read hostile input.
func decode(data []byte) (*facts.Facts, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var r result
	if err := dec.Decode(&r); err != nil {
		return nil, stopped("its answer is not facts: %s", err)
	}
	if r.Error != "" {
		return nil, fmt.Errorf("sandbox: %s", r.Error)
	}
	if r.Facts == nil || r.Facts.Schema != facts.Schema || r.Facts.Format == "" {
		return nil, stopped("its answer is not %s", facts.Schema)
	}
	return r.Facts, nil
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

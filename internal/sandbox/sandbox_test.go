package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"heyan/analyzer"
	"heyan/analyzer/facts"
	"heyan/internal/inspect"
	"heyan/internal/sandbox"
)

// TestMain makes the test binary a child where a test starts one. The first byte
// of the package says what the child is to do.
func TestMain(m *testing.M) {
	if sandbox.IsChild() {
		os.Exit(sandbox.Child(misbehave))
	}
	os.Exit(m.Run())
}

// misbehave is a reader that was taken over: it tries what its package says.
func misbehave(_ context.Context, in analyzer.Input) (*facts.Facts, error) {
	if in.Size == 0 {
		return &facts.Facts{Schema: facts.Schema, Format: facts.FormatEmpty}, nil
	}
	first := make([]byte, 1)
	if _, err := in.Package.ReadAt(first, 0); err != nil {
		return nil, err
	}
	f := &facts.Facts{Schema: facts.Schema, Format: facts.FormatZIP}
	switch first[0] {
	case 'e': // escape: each attempt that works is reported
		f.Anomalies = attempts()
	case 'm': // memory
		var hoard [][]byte
		for {
			b := make([]byte, 16<<20)
			for i := range b {
				b[i] = byte(i)
			}
			hoard = append(hoard, b)
			runtime.KeepAlive(hoard)
		}
	case 's': // endless recursion
		recurse(0) //nolint:staticcheck // to run out of stack is its purpose
	case 'b': // a flood of facts
		f.Anomalies = []facts.Anomaly{{Code: strings.Repeat("x", sandbox.MaxResult)}}
	case 'x': // ends by itself
		os.Exit(7)
	case 'w': // waits for ever
		for {
			time.Sleep(time.Hour)
		}
	case 'i': // what stands beside the package
		if in.IDSig == nil {
			return f, nil
		}
		text := make([]byte, in.IDSigSize)
		if _, err := in.IDSig.ReadAt(text, 0); err != nil {
			return nil, err
		}
		f.Anomalies = []facts.Anomaly{{Code: string(text)}}
	case 'n': // nonsense
		f.Schema = "something/else"
	}
	return f, nil
}

//go:noinline
func recurse(n int) int { return recurse(n+1) + 1 } //nolint:staticcheck // as above

func attempts() []facts.Anomaly {
	var worked []facts.Anomaly
	try := func(what string, err error) {
		if err == nil {
			worked = append(worked, facts.Anomaly{Code: what})
		}
	}
	_, err := os.ReadFile("/etc/passwd")
	try("read a file", err)
	try("write a file", os.WriteFile(filepath.Join(os.TempDir(), "heyan-escape"), []byte("x"), 0o600))
	_, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	try("open a socket", err)
	try("run a program", exec.Command("/bin/true").Run())
	try("signal the parent", syscall.Kill(os.Getppid(), syscall.Signal(0)))
	return worked
}

func pkg(t *testing.T, content string) analyzer.Input {
	t.Helper()
	name := filepath.Join(t.TempDir(), "package")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return analyzer.Input{Package: file, Size: int64(len(content))}
}

// confines says whether this system has what a Required child needs.
func confines(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("children are confined on Linux only")
	}
}

func TestChildCanDoNothingElse(t *testing.T) {
	t.Parallel()
	confines(t)
	f, err := sandbox.Analyzer(sandbox.Required)(t.Context(), pkg(t, "escape"))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Anomalies) > 0 {
		t.Errorf("a child could: %v", f.Anomalies)
	}
}

// TestChildReadsWhatStandsBeside: the v4 signature file comes along where there is one.
func TestChildReadsWhatStandsBeside(t *testing.T) {
	t.Parallel()
	confines(t)
	in := pkg(t, "idsig")
	f, err := sandbox.Analyzer(sandbox.Required)(t.Context(), in)
	if err != nil || len(f.Anomalies) != 0 {
		t.Errorf("without: %+v, %v", f, err)
	}
	beside := pkg(t, "signature")
	in.IDSig, in.IDSigSize = beside.Package, beside.Size
	f, err = sandbox.Analyzer(sandbox.Required)(t.Context(), in)
	if err != nil || len(f.Anomalies) != 1 || f.Anomalies[0].Code != "signature" {
		t.Errorf("with: %+v, %v", f, err)
	}
	in.IDSig = strings.NewReader("signature")
	if _, err := sandbox.Analyzer(sandbox.BestEffort)(t.Context(), in); err == nil {
		t.Error("no error for a signature that can't be handed over")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	confines(t)
	got, err := sandbox.Check(t.Context(), sandbox.Required)
	if want := (sandbox.Protection{Process: true, Landlock: true, Seccomp: true}); err != nil || got != want {
		t.Errorf("protection %+v (%v), want %+v", got, err, want)
	}
}

func TestChildThatEndsBadly(t *testing.T) {
	t.Parallel()
	confines(t)
	for _, test := range []struct{ content, reason string }{
		{"stack", "exit status 2"},
		{"bulk", "it reported more than"},
		{"x", "exit status 7"},
		{"nonsense", "is not heyan.facts/1"},
	} {
		t.Run(test.content, func(t *testing.T) {
			t.Parallel()
			_, err := sandbox.Analyzer(sandbox.Required)(t.Context(), pkg(t, test.content))
			wantStopped(t, err, test.reason)
		})
	}
}

func wantStopped(t *testing.T, err error, reason string) {
	t.Helper()
	var stopped *inspect.StoppedError
	if !errors.As(err, &stopped) {
		t.Fatalf("error %v, want a StoppedError", err)
	}
	if !strings.Contains(stopped.Reason, reason) {
		t.Errorf("reason %q, want it to contain %q", stopped.Reason, reason)
	}
}

func TestCancelEndsTheChild(t *testing.T) {
	t.Parallel()
	confines(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := sandbox.Analyzer(sandbox.Required)(ctx, pkg(t, "wait"))
	wantStopped(t, err, "longer than")
}

func TestPackageMustBeAFile(t *testing.T) {
	t.Parallel()
	confines(t)
	in := analyzer.Input{Package: strings.NewReader("x"), Size: 1}
	if _, err := sandbox.Analyzer(sandbox.BestEffort)(t.Context(), in); err == nil {
		t.Error("no error for a package that can't be handed over")
	}
}

func TestTimeoutGrows(t *testing.T) {
	t.Parallel()
	small, large := sandbox.Timeout(1), sandbox.Timeout(1<<30)
	if small != time.Minute || large <= 2*time.Minute {
		t.Error(fmt.Sprint(small, large))
	}
}

// BenchmarkChild is what a child costs that has nothing to read.
func BenchmarkChild(b *testing.B) {
	for b.Loop() {
		if _, err := sandbox.Check(b.Context(), sandbox.BestEffort); err != nil {
			b.Fatal(err)
		}
	}
}

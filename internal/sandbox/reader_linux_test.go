package sandbox_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer"
	"heyan/analyzer/formats"
	"heyan/internal/sandbox"
)

// TestHeldReader: the reader that a release holds sees in a package what heyan itself
// sees there.
func TestHeldReader(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "heyan-reader")
	cmd := exec.Command("go", "build", "-trimpath", "-o", name, "heyan/cmd/heyan-reader")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	reader, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open("../../testdata/apk/school.apk")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	in := analyzer.Input{Package: file, Size: info.Size()}
	got, err := sandbox.Held(reader, sandbox.Required)(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	want, err := formats.Analyze(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestHeldReaderThatCannotRun: what cannot be run is replaced by heyan itself, whose
// children here do what the package's first byte says.
func TestHeldReaderThatCannotRun(t *testing.T) {
	t.Parallel()
	analyze := sandbox.Held([]byte("no program"), sandbox.Required)
	if _, err := analyze(t.Context(), pkg(t, "escape")); err != nil {
		t.Error(err)
	}
	var stopped *analyzer.StoppedError
	if _, err := analyze(t.Context(), pkg(t, "x")); !errors.As(err, &stopped) {
		t.Errorf("got %v, want *analyzer.StoppedError of this test's own child", err)
	}
}

package macho_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"heyan/analyzer/archive"
	"heyan/analyzer/ipa/macho"
)

// truth is what other readers say of a package of the corpus.
type truth struct {
	File string
	IPA  *struct {
		MainInfoPlists []string `json:"main_info_plists"`
		Main           struct {
			Executable string `json:"CFBundleExecutable"`
		}
		Executable *struct {
			Magic string
			Size  int64
		}
	}
}

// TestCorpus reads every executable of real packages through a deflated stream
// and compares with the standard library's reader.
func TestCorpus(t *testing.T) {
	t.Parallel()
	root := os.Getenv("HEYAN_CORPUS")
	if root == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	lines, err := os.ReadFile(filepath.Join(root, "truth.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	packages, executables, signed := 0, 0, 0
	for line := range bytes.Lines(lines) {
		var want truth
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		if want.IPA == nil || !strings.HasSuffix(want.File, ".ipa") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, "files", want.File))
		if err != nil {
			t.Fatal(err)
		}
		a, err := archive.Open(bytes.NewReader(data), int64(len(data)), archive.Limits{})
		if err != nil {
			continue // told by the archive's own corpus test
		}
		packages++
		main := ""
		if len(want.IPA.MainInfoPlists) > 0 && want.IPA.Executable != nil {
			main = path.Join(path.Dir(want.IPA.MainInfoPlists[0]), want.IPA.Main.Executable)
		}
		found := false
		for i := range a.Entries() {
			e := &a.Entries()[i]
			f, content := executable(t, a, e)
			if e.Name == main {
				found = f != nil && hex.EncodeToString(content[:4]) == want.IPA.Executable.Magic && int64(len(content)) == want.IPA.Executable.Size
			}
			if f == nil {
				continue
			}
			executables++
			if f.Anomalies != nil {
				t.Errorf("%s: %s: %+v", want.File, e.Name, f.Anomalies)
			}
			compare(t, content, f)
			for _, s := range f.Slices {
				sig, err := s.CodeSignature()
				switch {
				case errors.Is(err, macho.ErrUnsigned) && !s.Facts.Signed:
				case err != nil:
					t.Errorf("%s: %s: %v", want.File, e.Name, err)
				case len(sig.Directories) == 0 || sig.Directories[0].Identifier == "" || sig.Directories[0].CodeLimit > s.Size:
					t.Errorf("%s: %s: %+v", want.File, e.Name, sig)
				default:
					signed++
				}
			}
		}
		if main != "" && !found {
			t.Errorf("%s: main executable %q differs from the known one", want.File, main)
		}
	}
	if packages < 10 || executables < 20 || signed < 30 {
		t.Errorf("only %d packages, %d executables, %d signed slices", packages, executables, signed)
	}
}

// executable reads an entry as Mach-O at random and whole.
func executable(t *testing.T, a *archive.Archive, e *archive.Entry) (*macho.File, []byte) {
	t.Helper()
	content, err := a.ReaderAt(e, 0)
	if err != nil {
		return nil, nil
	}
	f, err := macho.ReadSigned(content, content.Size())
	if errors.Is(err, macho.ErrNotMachO) {
		return nil, nil
	}
	if err != nil {
		t.Errorf("%s: %v", e.Name, err)
		return nil, nil
	}
	whole, err := a.ReadFile(e, 64<<20)
	if err != nil {
		t.Fatal(err)
	}
	return f, whole
}

package archive_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"heyan/analyzer/archive"
)

func TestXX(t *testing.T) {
	dir := os.Getenv("HEYAN_CORPUS")
	if dir == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	fs, _ := filepath.Glob(filepath.Join(dir, "files", "*"))
	for _, p := range fs {
		f, _ := os.Open(p)
		st, _ := f.Stat()
		a, d, err := archive.Identify(f, st.Size(), archive.Limits{})
		t.Log(filepath.Base(p), d.Format, d.Detail, d.Root, err)
		for _, x := range d.Anomalies {
			b, _ := json.Marshal(x)
			t.Log("   D", string(b))
		}
		if a == nil {
			continue
		}
		for _, x := range a.Anomalies() {
			b, _ := json.Marshal(x)
			t.Log("   A", string(b))
		}
		more, err := a.CheckLocalHeaders(t.Context())
		if err != nil {
			t.Error(err)
		}
		for _, x := range more {
			b, _ := json.Marshal(x)
			t.Log("   L", string(b))
		}
		for i := range a.Entries() {
			_, err := a.ReadFile(&a.Entries()[i], 100<<20)
			if err != nil {
				var c *archive.ContentError
				t.Log("   R", err, errors.As(err, &c))
			}
		}
		f.Close()
	}
}

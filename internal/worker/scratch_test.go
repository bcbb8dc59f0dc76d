package worker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestScratch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := openScratch(dir, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		content string
		size, n int64
	}{{"12345", 5, 5}, {"123", 5, 3}, {"123456789", 5, 6}, {"", 0, 0}} {
		file, n, done, err := s.copy(t.Context(), strings.NewReader(tt.content), tt.size)
		if err != nil || n != tt.n {
			t.Fatalf("%q: %d bytes (%v), want %d", tt.content, n, err, tt.n)
		}
		var got [16]byte
		m, _ := file.ReadAt(got[:], 0)
		if want := tt.content[:min(int64(len(tt.content)), tt.size)]; string(got[:m]) != want {
			t.Errorf("read back %q, want %q", got[:m], want)
		}
		done()
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 0 {
		t.Errorf("left behind: %v (%v)", list, err)
	}
}

func TestScratchIsBounded(t *testing.T) {
	t.Parallel()
	s, err := openScratch(t.TempDir(), 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := s.copy(t.Context(), strings.NewReader(""), 11); !errors.Is(err, errNoRoom) {
		t.Errorf("error %v", err)
	}
	_, _, done, err := s.copy(t.Context(), strings.NewReader("1234567"), 7)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, _, err := s.copy(ctx, strings.NewReader("1234"), 4); !errors.Is(err, context.Canceled) {
		t.Errorf("4 bytes beside 7 of 10: %v", err)
	}
	done()
	// What fails gives its room back.
	for range 3 {
		if _, _, _, err := s.copy(t.Context(), iotest.ErrReader(errors.New("cut")), 10); err == nil {
			t.Error("no error")
		}
	}
	if !s.room.TryAcquire(10) {
		t.Error("room is lost")
	}
}

// What dead processes left is removed; other files stay.
func TestScratchIsCleaned(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := time.Now().Add(-time.Hour)
	for name, keep := range map[string]bool{scratchPrefix + "1": false, scratchPrefix + "2": true, "precious": true} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if !keep || name == "precious" {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := openScratch(dir, 1); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		got = append(got, e.Name())
	}
	if want := scratchPrefix + "2 precious"; strings.Join(got, " ") != want {
		t.Errorf("left %v, want %s", got, want)
	}
}

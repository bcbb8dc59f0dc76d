package submit_test

import (
	"context"
	"io"
	"runtime"
	"sync/atomic"
	"testing"

	"heyan/internal/submit"
)

// Eight uploads at once take a few MiB, whatever their size. It runs before the
// tests that run side by side.
func TestMemory(t *testing.T) {
	const uploads, bound = 8, 32 << 20
	w := newWorld(t)
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	done := make(chan error, uploads)
	for i := range uploads {
		go func() {
			r := io.LimitReader(&watched{n: byte(i), peak: &peak}, memorySize)
			_, err := w.Submit(context.Background(), caller("a"), request(""), submit.Upload{Package: r, Size: memorySize})
			done <- err
		}()
	}
	for range uploads {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := w.objects(t); n != uploads {
		t.Errorf("%d objects, want %d", n, uploads)
	}
	if grown := int64(peak.Load()) - int64(before.HeapAlloc); grown > bound {
		t.Errorf("the heap grew by %d MiB for %d uploads of %d MiB", grown>>20, uploads, memorySize>>20)
	}
}

// watched is an endless stream of its own that looks at the heap now and then.
type watched struct {
	n    byte
	read int
	peak *atomic.Uint64
}

func (s *watched) Read(p []byte) (int, error) {
	const every = 4 << 20
	if len(p) == 0 {
		return 0, nil
	}
	p[0] = s.n
	if s.read/every != (s.read+len(p))/every {
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		for old := s.peak.Load(); now.HeapAlloc > old && !s.peak.CompareAndSwap(old, now.HeapAlloc); old = s.peak.Load() {
		}
	}
	s.read += len(p)
	return len(p), nil
}

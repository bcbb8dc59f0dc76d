package submit_test

import (
	"context"
	"io"
	"runtime"
	"testing"

	"heyan/internal/submit"
)

// Eight uploads of 64 MiB at once allocate a few MiB in all. It runs before the
// tests that run side by side.
func TestMemory(t *testing.T) {
	const uploads, size = 8, 64 << 20
	w := newWorld(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	done := make(chan error, uploads)
	for i := range uploads {
		go func() {
			r := io.LimitReader(&numbered{byte(i)}, size)
			_, err := w.Submit(context.Background(), caller("a"), request(""), submit.Upload{Package: r, Size: size})
			done <- err
		}()
	}
	for range uploads {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	runtime.ReadMemStats(&after)
	if n := w.objects(t); n != uploads {
		t.Errorf("%d objects, want %d", n, uploads)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
		t.Errorf("%d MiB were allocated for %d uploads of %d MiB", took>>20, uploads, size>>20)
	}
}

// numbered is an endless stream of its own.
type numbered struct{ n byte }

func (s *numbered) Read(p []byte) (int, error) {
	if len(p) > 0 {
		p[0] = s.n
	}
	return len(p), nil
}

package submit_test

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"

	"heyan/internal/submit"
	"heyan/storage/blob"
)

// roomy is a store that says how much room it has.
type roomy struct {
	blob.Store
	free func() (int64, error)
	full bool // Put fails
}

func (r *roomy) Space(context.Context) (int64, int64, error) {
	free, err := r.free()
	return free, 1 << 40, err
}

func (r *roomy) Put(ctx context.Context, key string, from io.Reader, size int64) (blob.Object, error) {
	if r.full {
		return blob.Object{}, errors.Join(errors.New("put"), blob.ErrFull)
	}
	return r.Store.Put(ctx, key, from, size)
}

func TestStoreFull(t *testing.T) {
	t.Parallel()
	free := func(n int64) func() (int64, error) { return func() (int64, error) { return n, nil } }
	for _, tt := range []struct {
		name string
		free func() (int64, error)
		full bool
		size int64
		want submit.Code
	}{
		{"just enough", free(1100), false, 100, ""},
		{"announced is too much", free(1099), false, 100, submit.CodeStoreFull},
		{"size unknown, reserve is there", free(1000), false, blob.UnknownSize, ""},
		{"size unknown, reserve is not", free(999), false, blob.UnknownSize, submit.CodeStoreFull},
		{"the store says so", free(5000), true, 100, submit.CodeStoreFull},
		{"room cannot be told", func() (int64, error) { return 0, io.ErrClosedPipe }, false, 100, submit.CodeUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *submit.Config) {
				c.Limits.MinFree = 1000
				c.Blobs = &roomy{Store: c.Blobs, free: tt.free, full: tt.full}
			})
			_, err := w.Submit(t.Context(), caller("a"), request(""), submit.Upload{Package: zeros(100), Size: tt.size})
			if tt.want == "" && err != nil {
				t.Fatal(err)
			}
			if tt.want != "" {
				wantCode(t, err, tt.want)
			}
		})
	}
}

// The room is looked at again as bytes come in.
func TestStoreFillsMeanwhile(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	w := newWorld(t, func(c *submit.Config) {
		c.Limits.MinFree = 1000
		c.Blobs = &roomy{Store: c.Blobs, free: func() (int64, error) {
			if asked.Add(1) > 2 {
				return 999, nil
			}
			return 1 << 30, nil
		}}
	})
	r := &counting{r: io.LimitReader(endless{}, 200<<20)}
	_, err := w.Submit(t.Context(), caller("a"), request(""), submit.Upload{Package: r, Size: blob.UnknownSize})
	wantCode(t, err, submit.CodeStoreFull)
	if r.n < 128<<20 || r.n > 130<<20 {
		t.Errorf("%d bytes were read, want 128 MiB", r.n)
	}
	if n := w.objects(t); n != 0 {
		t.Errorf("%d objects are left", n)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// What other uploads have announced is not free.
func TestRoomIsPromisedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *submit.Config) {
		c.Blobs = &roomy{Store: c.Blobs, free: func() (int64, error) { return 1000, nil }}
	})
	r, pipe := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := w.Submit(context.Background(), caller("a"), request(""), submit.Upload{Package: r, Size: 600})
		done <- err
	}()
	// The second write is read only when the first was counted.
	for _, n := range []int{100, 1} {
		if _, err := pipe.Write(make([]byte, n)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.Submit(t.Context(), caller("b"), request(""), submit.Upload{Package: zeros(600), Size: 600})
	wantCode(t, err, submit.CodeStoreFull)
	if _, err := w.Submit(t.Context(), caller("b"), request(""), submit.Upload{Package: zeros(500), Size: 500}); err != nil {
		t.Errorf("500 bytes beside 500 that are still to come: %v", err)
	}
	if _, err := pipe.Write(make([]byte, 499)); err != nil {
		t.Fatal(err)
	}
	_ = pipe.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := w.Submit(t.Context(), caller("b"), request(""), submit.Upload{Package: zeros(1000), Size: 1000}); err != nil {
		t.Errorf("1000 bytes with none to come: %v", err)
	}
}

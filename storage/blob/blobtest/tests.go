package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"heyan/storage/blob"
)

func roundTrips(t *testing.T, s *store) {
	for _, size := range []int{0, 1, small, part - 1, part, part + 1, 2 * part, large} {
		body := Noise(uint64(size), size)
		for name, told := range announced(size) {
			key := blob.NewKey()
			o, err := s.Put(t.Context(), key, bytes.NewReader(body), told)
			if err != nil || o.Key != key || o.Size != int64(size) || o.Modified.IsZero() {
				t.Fatalf("put %d bytes, size %s: %+v, %v", size, name, o, err)
			}
			s.holds(t, key, body)
			stat, err := s.Stat(t.Context(), key)
			if diff := cmp.Diff(o, stat); diff != "" || err != nil {
				t.Errorf("what put and stat say (-put +stat):\n%s%v", diff, err)
			}
		}
	}
	// Readers of any habit.
	body := Noise(1, small)
	for _, wrap := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader} {
		for _, told := range announced(small) {
			key := blob.NewKey()
			if _, err := s.Put(t.Context(), key, wrap(bytes.NewReader(body)), told); err != nil {
				t.Fatal(err)
			}
			s.holds(t, key, body)
		}
	}
}

// stream puts and reads an object far larger than what may be held of it.
func stream(t *testing.T, open New) {
	s, _ := open(t)
	const size, most = 40 << 20, 8 << 20
	for name, told := range announced(size) {
		held := &heapWatch{Reader: NoiseReader(3, size), floor: liveHeap()}
		d := blob.NewDigester(t.Context(), held)
		defer d.Close()
		key := blob.NewKey()
		if _, err := s.Put(t.Context(), key, d, told); err != nil {
			t.Fatal(err)
		}
		put, err := d.Digests()
		if err != nil || put.Size != size {
			t.Fatalf("digests: %+v, %v", put, err)
		}
		r, err := s.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		held.Reader = r
		back := blob.NewDigester(t.Context(), held)
		defer back.Close()
		if _, err := io.Copy(io.Discard, back); err != nil {
			t.Fatal(err)
		}
		got, err := back.Digests()
		if diff := cmp.Diff(put, got); diff != "" || err != nil {
			t.Errorf("size %s: digests of what was put and what is back (-put +back):\n%s%v", name, diff, err)
		}
		if held.samples < 2*size/sampleEvery-1 || held.peak > most {
			t.Errorf("size %s: %d KiB were held of %d MiB, seen %d times", name, held.peak>>10, size>>20, held.samples)
		}
	}
}

const sampleEvery = 8 << 20

// heapWatch looks at the live heap while it is read.
type heapWatch struct {
	io.Reader
	floor, peak int64
	read        int64
	samples     int
}

func (h *heapWatch) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	h.read += int64(n)
	if h.read/sampleEvery > int64(h.samples) {
		h.samples++
		h.peak = max(h.peak, liveHeap()-h.floor)
	}
	return n, err
}

func liveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func absent(t *testing.T, s *store) {
	key := blob.NewKey()
	s.lacks(t, key)
	if err := s.Delete(t.Context(), key); err != nil {
		t.Errorf("delete of what is not there: %v", err)
	}
	o := s.put(t, Noise(1, small))
	for range 2 {
		if err := s.Delete(t.Context(), o.Key); err != nil {
			t.Errorf("delete: %v", err)
		}
		s.lacks(t, o.Key)
	}
}

func taken(t *testing.T, s *store) {
	for _, size := range []int{0, small, part + small} {
		first := Noise(1, size)
		o := s.put(t, first)
		for _, again := range []int{0, small, part + small} {
			for name, told := range announced(again) {
				if _, err := s.Put(t.Context(), o.Key, NoiseReader(2, int64(again)), told); !errors.Is(err, blob.ErrExists) {
					t.Errorf("%d bytes over %d, size %s: %v", again, size, name, err)
				}
			}
		}
		s.holds(t, o.Key, first)
	}
	if n, err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("%d uploads were left to sweep, %v", n, err)
	}
}

func oneWinner(t *testing.T, s *store) {
	const writers = 8
	for _, size := range []int{small, part + small} {
		key := blob.NewKey()
		var won sync.Map
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range uint64(writers) {
			all.Go(func() {
				<-start
				_, err := s.Put(t.Context(), key, NoiseReader(i, int64(size)), blob.UnknownSize)
				switch {
				case err == nil:
					won.Store(i, true)
				case !errors.Is(err, blob.ErrExists):
					t.Errorf("loser %d: %v", i, err)
				}
			})
		}
		close(start)
		all.Wait()
		var winners []uint64
		won.Range(func(i, _ any) bool { winners = append(winners, i.(uint64)); return true })
		if len(winners) != 1 {
			t.Fatalf("%d bytes: the winners are %v", size, winners)
		}
		s.holds(t, key, Noise(winners[0], size))
	}
}

func manyWriters(t *testing.T, s *store) {
	const writers, each = 16, 4
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				body := Noise(uint64(w*each+i), small+w)
				o, err := s.Put(t.Context(), blob.NewKey(), bytes.NewReader(body), blob.UnknownSize)
				if err != nil {
					t.Errorf("put: %v", err)
					return
				}
				r, err := s.Open(t.Context(), o.Key)
				if err != nil {
					t.Errorf("open: %v", err)
					return
				}
				got, err := io.ReadAll(r)
				r.Close()
				if err != nil || !bytes.Equal(got, body) {
					t.Errorf("writer %d reads %d bytes of %d, %v", w, len(got), len(body), err)
				}
			}
		})
	}
	all.Wait()
	if n := len(s.list(t)); n != writers*each {
		t.Errorf("%d objects are listed", n)
	}
}

func wrongSizes(t *testing.T, s *store) {
	for _, test := range []struct {
		there, told int
		want        error
	}{
		{0, 1, io.ErrUnexpectedEOF},
		{1, 0, blob.ErrSize},
		{small, small + 1, io.ErrUnexpectedEOF},
		{small, small - 1, blob.ErrSize},
		{small, part + 1, io.ErrUnexpectedEOF},
		{part + 1, part, blob.ErrSize},
		{large, large + 1, io.ErrUnexpectedEOF},
		{large, large - 1, blob.ErrSize},
		{large, small, blob.ErrSize},
	} {
		key := blob.NewKey()
		_, err := s.Put(t.Context(), key, NoiseReader(1, int64(test.there)), int64(test.told))
		if !errors.Is(err, test.want) {
			t.Errorf("%d bytes announced as %d: %v", test.there, test.told, err)
		}
		s.leftNothing(t, key)
	}
}

func brokenReaders(t *testing.T, s *store) {
	for _, size := range []int{0, small, part, part + small, large} {
		for name, told := range announced(size + 1) {
			key := blob.NewKey()
			if _, err := s.Put(t.Context(), key, failing(size, errBroken), told); !errors.Is(err, errBroken) {
				t.Errorf("broken after %d bytes, size %s: %v", size, name, err)
			}
			s.leftNothing(t, key)
		}
	}
	// An error of the caller's bytes is none of the store's kinds.
	for _, theirs := range []error{io.ErrClosedPipe, context.DeadlineExceeded} {
		_, err := s.Put(t.Context(), blob.NewKey(), failing(small, theirs), blob.UnknownSize)
		if !errors.Is(err, theirs) || errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrExists) || errors.Is(err, blob.ErrFull) {
			t.Errorf("%v came back as %v", theirs, err)
		}
	}
}

func cutContexts(t *testing.T, s *store) {
	for _, size := range []int{1, small, part + small, large} {
		for name, told := range announced(2 * large) {
			ctx, cancel := context.WithCancel(t.Context())
			key := blob.NewKey()
			endless := NoiseReader(1, 2*large)
			seen := 0
			_, err := s.Put(ctx, key, readerFunc(func(p []byte) (int, error) {
				n, err := endless.Read(p[:min(len(p), 32<<10)])
				if seen += n; seen >= size {
					cancel()
				}
				return n, err
			}), told)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("cut after %d bytes, size %s: %v", size, name, err)
			}
			if seen > size+64<<10 {
				t.Errorf("cut after %d bytes: %d were read", size, seen)
			}
			s.leftNothing(t, key)
		}
	}
	// A context that ends with the last byte: stored or not, but as Put says.
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		key := blob.NewKey()
		body := Noise(1, small)
		whole := bytes.NewReader(body)
		_, err := s.Put(ctx, key, readerFunc(func(p []byte) (int, error) {
			n, err := whole.Read(p)
			if whole.Len() == 0 {
				go cancel()
			}
			return n, err
		}), small)
		if err == nil {
			s.holds(t, key, body)
		} else {
			s.lacks(t, key)
		}
		cancel()
	}
}

func endedContext(t *testing.T, s *store) {
	o := s.put(t, []byte("there"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, call := range s.calls() {
		if err := call.do(ctx, o.Key); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", call.name, err)
		}
	}
	s.holds(t, o.Key, []byte("there"))
}

// held starts a Put that stops half way until it is let go.
func (s *store) held(t *testing.T, key string, body []byte) (finish func() error) {
	t.Helper()
	half, let, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	first := true
	r := io.MultiReader(bytes.NewReader(body[:len(body)/2]), readerFunc(func([]byte) (int, error) {
		if first {
			first = false
			close(half)
			<-let
		}
		return 0, io.EOF
	}), bytes.NewReader(body[len(body)/2:]))
	go func() {
		_, err := s.Put(t.Context(), key, r, int64(len(body)))
		done <- err
	}()
	select {
	case <-half:
	case err := <-done:
		t.Fatalf("put ended half way: %v", err)
	}
	return func() error {
		close(let)
		return <-done
	}
}

func invisible(t *testing.T, s *store) {
	for _, size := range []int{small, 2 * large} {
		key, body := blob.NewKey(), Noise(1, size)
		finish := s.held(t, key, body)
		s.lacks(t, key)
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("delete of what is on the way: %v", err)
		}
		if err := finish(); err != nil {
			t.Fatal(err)
		}
		s.holds(t, key, body)
	}
}

func paging(t *testing.T, s *store) {
	want := map[string]int64{}
	for i := range 23 {
		o := s.put(t, Noise(1, i))
		want[o.Key] = o.Size
	}
	for _, limit := range []int{1, 7, 23, 24, 5000} {
		got, after, last := map[string]int64{}, "", ""
		for {
			page, err := s.List(t.Context(), after, limit)
			if err != nil || len(page) > limit {
				t.Fatalf("%d objects at %d a page, %v", len(page), limit, err)
			}
			for _, o := range page {
				if o.Key <= last || o.Modified.IsZero() {
					t.Errorf("%+v after %q", o, last)
				}
				last = o.Key
				got[o.Key] = o.Size
			}
			if len(page) == 0 {
				break
			}
			after = last
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d a page (-want +got):\n%s", limit, diff)
		}
	}
	if page, err := s.List(t.Context(), "", 0); len(page) != 0 || err != nil {
		t.Errorf("a page of none: %v, %v", page, err)
	}
	// After a key that was never there.
	between := blob.NewKey()
	n := 0
	for key := range want {
		if key > between {
			n++
		}
	}
	if page, err := s.List(t.Context(), between, 100); len(page) != n || err != nil {
		t.Errorf("%d objects follow %s of %d, %v", len(page), between, n, err)
	}
}

func sweepDead(t *testing.T, s *store) {
	for range 3 {
		s.abandon()
	}
	if n, err := s.Sweep(t.Context(), time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("swept %d that are young, %v", n, err)
	}
	if n, err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 3 || err != nil {
		t.Errorf("swept %d of 3, %v", n, err)
	}
	if n, err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("swept %d of none, %v", n, err)
	}
	if found := s.list(t); len(found) != 0 {
		t.Errorf("listed: %v", found)
	}
}

func sweepLiving(t *testing.T, s *store) {
	whole := s.put(t, Noise(1, small))
	var finish []func() error
	var keys []string
	for i, size := range []int{small, 2 * large} {
		keys = append(keys, blob.NewKey())
		finish = append(finish, s.held(t, keys[i], Noise(uint64(i), size)))
	}
	s.abandon()
	if n, err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	for i, size := range []int{small, 2 * large} {
		if err := finish[i](); err != nil {
			t.Fatalf("an upload that was running during a sweep: %v", err)
		}
		s.holds(t, keys[i], Noise(uint64(i), size))
	}
	s.holds(t, whole.Key, Noise(1, small))
}

func hostileKeys(t *testing.T, s *store) {
	o := s.put(t, []byte("there"))
	for _, key := range hostile {
		for _, call := range s.calls() {
			if call.name == "list" && key == "" {
				continue
			}
			if err := call.do(t.Context(), key); !errors.Is(err, blob.ErrKey) {
				t.Errorf("%s %.40q: %v", call.name, key, err)
			}
		}
	}
	if found := s.list(t); len(found) != 1 {
		t.Errorf("listed: %v", found)
	}
	s.holds(t, o.Key, []byte("there"))
}

func abilities(t *testing.T, s *store) {
	if c, ok := s.Store.(blob.Checker); ok {
		name, err := c.Check(t.Context())
		if name == "" || err != nil {
			t.Errorf("check: %q, %v", name, err)
		}
		if n, err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil || len(s.list(t)) != 0 {
			t.Errorf("check left %d uploads or an object, %v", n, err)
		}
	}
	if space, ok := s.Store.(blob.Spacer); ok {
		free, total, err := space.Space(t.Context())
		if err != nil || free <= 0 || total < free {
			t.Errorf("space: %d of %d, %v", free, total, err)
		}
	}
	local, ok := s.Store.(blob.Local)
	if !ok {
		return
	}
	body := Noise(1, small)
	o := s.put(t, body)
	f, err := local.OpenFile(t.Context(), o.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := make([]byte, 1000)
	if _, err := f.ReadAt(got, 50_000); err != nil || !bytes.Equal(got, body[50_000:51_000]) {
		t.Errorf("read at random: %v", err)
	}
	if _, err := f.Write([]byte("x")); err == nil {
		t.Error("an object was written to")
	}
	if _, err := local.OpenFile(t.Context(), blob.NewKey()); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("open as a file what is not there: %v", err)
	}
}

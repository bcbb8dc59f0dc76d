package httpapi_test

import (
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"
)

// Memory does not grow with a package, whichever way it comes. No other test runs
// beside this one.
func TestMemory(t *testing.T) {
	const size, staged = 256 << 20, 64 << 20
	const bound = 32 << 20 // of live heap
	w := newWorld(t)
	head, contentType := encode(part{"filing", "", smallFiling}, part{"package", "a.apk", "@"})
	before, after, _ := strings.Cut(head, "@")
	stop, peak := make(chan struct{}), make(chan uint64)
	runtime.GC()
	base := liveHeap()
	go func() {
		var most uint64
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(50 * time.Millisecond):
				most = max(most, liveHeap())
			}
		}
	}()
	form := io.MultiReader(strings.NewReader(before), io.LimitReader(pattern(1), size), strings.NewReader(after))
	w.call("POST", "/v1/submissions", w.alice, form, "Content-Type: "+contentType).want(t, 201)
	s := w.reserved(w.alice)
	id := w.createUpload(w.alice, s.ID, staged)
	w.patch(w.alice, id, 0, io.LimitReader(pattern(2), staged)).want(t, 204)
	resp, err := http.NewRequestWithContext(t.Context(), "GET", w.server.URL+"/v1/submissions/"+s.ID+"/package", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Header.Set("Authorization", "Bearer "+w.alice)
	got, err := w.server.Client().Do(resp)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, got.Body)
	_ = got.Body.Close()
	if err != nil || n != staged {
		t.Errorf("%d bytes came back, %v", n, err)
	}
	close(stop)
	if most := <-peak; most > base+bound {
		t.Errorf("the heap grew by %d MiB", (most-base)>>20)
	}
}

// liveHeap is what the last collection found in use.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// pattern is an endless package: the same block over and over, one for every value.
type pattern byte

var blocks = sync.OnceValue(func() *[3][1 << 16]byte {
	all := &[3][1 << 16]byte{}
	for i := range all {
		r := rand.NewChaCha8([32]byte{byte(i)})
		_, _ = r.Read(all[i][:])
	}
	return all
})

func (p pattern) Read(b []byte) (int, error) {
	return copy(b, blocks()[p][:]), nil
}

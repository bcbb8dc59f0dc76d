package s3

import (
	"io"
	"sync"
	"testing"
	"time"

	"heyan/internal/servertest"
	"heyan/storage/blob"
)

// hooked is a package of some parts that calls at once a part of the way is read.
type hooked struct {
	read, size, at int64
	call           func()
}

func (h *hooked) Read(p []byte) (int, error) {
	if h.call != nil && h.read >= h.at {
		h.call()
		h.call = nil
	}
	if h.read == h.size {
		return 0, io.EOF
	}
	n := min(int64(len(p)), h.size-h.read)
	h.read += n
	return int(n), nil
}

// TestPartsInMemory: an upload reads ahead into a second part, and gives it back once
// others come.
func TestPartsInMemory(t *testing.T) {
	server := servertest.S3(t)
	s, err := Open(t.Context(), Config{
		Endpoint: "http://" + server.Endpoint, Bucket: server.Bucket, AccessKey: server.AccessKey, SecretKey: server.SecretKey,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	var uploads sync.WaitGroup
	put := func(parts float64, at float64, call func()) {
		uploads.Go(func() {
			h := &hooked{size: int64(parts * minPart), at: int64(at * minPart), call: call}
			if o, err := s.Put(t.Context(), blob.NewKey(), h, h.size); err != nil || o.Size != h.size {
				t.Errorf("%d bytes: %d, %v", h.size, o.Size, err)
			}
		})
	}
	want := func(when string, parts int32) {
		t.Helper()
		if got := s.parts.Load(); got != parts {
			t.Errorf("%s: %d parts in memory, want %d", when, got, parts)
		}
	}

	var reading, come, late sync.WaitGroup // barriers
	reading.Add(maxParts / 2)
	come.Add(1)
	late.Add(maxParts / 2)
	released := make(chan struct{})
	for range maxParts / 2 {
		put(5.5, 1.5, func() {
			reading.Done()
			come.Wait()
		})
	}
	reading.Wait()
	want("a few uploads", maxParts)
	for range maxParts / 2 {
		put(1.5, 0.5, func() {
			late.Done()
			<-released
		})
	}
	late.Wait()
	want("others have come", maxParts+maxParts/2)
	come.Done()
	for s.parts.Load() > maxParts && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
	want("all run", maxParts)
	close(released)
	uploads.Wait()
	want("the end", 0)
}

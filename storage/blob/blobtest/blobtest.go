// Package blobtest is the suite that every object store passes: each promise of
// package blob, on a real backend.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"heyan/storage/blob"
)

// New gives a test an empty store of its own, and a function that leaves behind
// what an upload leaves whose process was killed.
type New func(t *testing.T) (store blob.Store, abandon func())

// RunTests runs the suite. The test that calls it is not parallel: the suite looks at
// the heap of the process.
func RunTests(t *testing.T, open New) {
	t.Run("a stream is not held in memory", func(t *testing.T) { stream(t, open) })
	for _, test := range []struct {
		name string
		run  func(*testing.T, *store)
	}{
		{"what is put is what is read", roundTrips},
		{"an object that is not there", absent},
		{"a name is taken once", taken},
		{"many puts of one key have one winner", oneWinner},
		{"many writers at once", manyWriters},
		{"another size than announced leaves nothing", wrongSizes},
		{"a reader that fails leaves nothing", brokenReaders},
		{"a context that ends leaves nothing", cutContexts},
		{"a context that has ended", endedContext},
		{"an object is not seen before it is whole", invisible},
		{"objects are listed in pages", paging},
		{"a sweep takes what the dead left", sweepDead},
		{"a sweep leaves running uploads and whole objects", sweepLiving},
		{"no key leaves the store", hostileKeys},
		{"a store says how it is", abilities},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, abandon := open(t)
			test.run(t, &store{Store: s, abandon: abandon})
		})
	}
}

// store is the store under test with shorthands.
type store struct {
	blob.Store
	abandon func()
}

// Sizes around the parts of an S3 upload and the buffers of a copy.
const (
	small = 100_000
	part  = 5 << 20
	large = 2*part + 12_345
)

var errBroken = errors.New("cable cut")

// Noise is size bytes that do not compress and depend on the seed.
func Noise(seed uint64, size int) []byte {
	out := make([]byte, size)
	_, _ = io.ReadFull(NoiseReader(seed, int64(size)), out)
	return out
}

// NoiseReader reads the same bytes as Noise without holding them.
func NoiseReader(seed uint64, size int64) io.Reader {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	return io.LimitReader(rand.NewChaCha8(key), size)
}

// put stores bytes under a new key.
func (s *store) put(t *testing.T, body []byte) blob.Object {
	t.Helper()
	o, err := s.Put(t.Context(), blob.NewKey(), bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatalf("put: %v", err)
	}
	return o
}

// holds fails unless the key holds these bytes, by all that the store says.
func (s *store) holds(t *testing.T, key string, want []byte) {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer r.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, r)
	if err != nil || n != int64(len(want)) || [32]byte(hash.Sum(nil)) != sha256.Sum256(want) {
		t.Fatalf("%s: %d bytes of %d are back, the same: %t, %v", key, n, len(want), [32]byte(hash.Sum(nil)) == sha256.Sum256(want), err)
	}
	o, err := s.Stat(t.Context(), key)
	if err != nil || o.Key != key || o.Size != int64(len(want)) || o.Modified.IsZero() {
		t.Fatalf("stat: %+v, %v", o, err)
	}
}

// lacks fails if anything is seen under the key.
func (s *store) lacks(t *testing.T, key string) {
	t.Helper()
	if o, err := s.Stat(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("stat of what must not be there: %+v, %v", o, err)
	}
	if r, err := s.Open(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("open of what must not be there: %v", err)
		if err == nil {
			r.Close()
		}
	}
	for _, o := range s.list(t) {
		if o.Key == key {
			t.Errorf("%s is listed", key)
		}
	}
}

// list returns every object.
func (s *store) list(t *testing.T) []blob.Object {
	t.Helper()
	found, err := s.List(t.Context(), "", 10_000)
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	return found
}

// leftNothing fails if a Put that failed left the object or anything to sweep.
func (s *store) leftNothing(t *testing.T, key string) {
	t.Helper()
	s.lacks(t, key)
	if n, err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("%d uploads were left to sweep, %v", n, err)
	}
	// The key is free and the store is well.
	body := Noise(99, 10)
	if _, err := s.Put(t.Context(), key, bytes.NewReader(body), blob.UnknownSize); err != nil {
		t.Errorf("put after a failure: %v", err)
	}
}

// puts are the ways to announce a size.
func announced(size int) map[string]int64 {
	return map[string]int64{"known": int64(size), "unknown": blob.UnknownSize}
}

// A failing reader gives some bytes and then an error.
func failing(size int, err error) io.Reader {
	return io.MultiReader(NoiseReader(7, int64(size)), readerFunc(func([]byte) (int, error) { return 0, err }))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

var hostile = []string{
	"", "/", ".", "..", "../x", "../../etc/passwd", "/etc/passwd", "a/../../b", `..\x`, `C:\x`, "ab/../ab", "temp/x", "objects", "x\x00y",
	"ab/" + strings.Repeat("../", 10), strings.Repeat("a", 5000), "AB/ABCDEFGHIJKLMNOPQRSTUVWXYZ2345", "ab/abcdefghijklmnopqrstuvwxyz2345/..",
}

// call is a method with the key as the only thing left to give.
type call struct {
	name string
	do   func(context.Context, string) error
}

func (s *store) calls() []call {
	return []call{
		{"put", func(ctx context.Context, key string) error {
			_, err := s.Put(ctx, key, strings.NewReader("x"), 1)
			return err
		}},
		{"open", func(ctx context.Context, key string) error {
			r, err := s.Open(ctx, key)
			if err == nil {
				r.Close()
			}
			return err
		}},
		{"stat", func(ctx context.Context, key string) error {
			_, err := s.Stat(ctx, key)
			return err
		}},
		{"delete", func(ctx context.Context, key string) error { return s.Delete(ctx, key) }},
		{"list", func(ctx context.Context, key string) error {
			_, err := s.List(ctx, key, 1)
			return err
		}},
	}
}

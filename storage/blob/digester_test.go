package blob_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"heyan/storage/blob"
)

func noise(n int) []byte {
	out := make([]byte, n)
	source := rand.NewChaCha8([32]byte{byte(n)})
	_, _ = source.Read(out)
	return out
}

func digestsOf(b []byte) blob.Digests {
	m, s := md5.Sum(b), sha256.Sum256(b)
	return blob.Digests{Size: int64(len(b)), MD5: hex.EncodeToString(m[:]), SHA256: hex.EncodeToString(s[:])}
}

func TestDigesterHashesEveryByteOnce(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 1000, 128<<10 - 1, 128 << 10, 128<<10 + 1, 512 << 10, 3<<20 + 7} {
		want := noise(size)
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"whole":         func(r io.Reader) io.Reader { return r },
			"halves":        iotest.HalfReader,
			"data with EOF": iotest.DataErrReader,
		} {
			d := blob.NewDigester(t.Context(), wrap(bytes.NewReader(want)))
			got, err := io.ReadAll(d)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s of %d: read %d bytes, %v", name, size, len(got), err)
			}
			digests, err := d.Digests()
			if diff := cmp.Diff(digestsOf(want), digests); diff != "" || err != nil {
				t.Errorf("%s of %d: %v (-want +got)\n%s", name, size, err, diff)
			}
			again, err := d.Digests()
			if again != digests || err != nil {
				t.Errorf("%s of %d: asked twice: %v, %v", name, size, again, err)
			}
			d.Close()
			d.Close()
		}
	}
}

// In a synctest bubble a goroutine that is left over fails the test.
// TestDigesterWrappedEOF: only io.EOF itself is the end.
func TestDigesterWrappedEOF(t *testing.T) {
	t.Parallel()
	cut := fmt.Errorf("the connection broke: %w", io.EOF)
	d := blob.NewDigester(t.Context(), io.MultiReader(bytes.NewReader(noise(1000)), iotest.ErrReader(cut)))
	defer d.Close()
	_, _ = io.Copy(io.Discard, d)
	if got, err := d.Digests(); err == nil || d.Err() == nil {
		t.Errorf("digests %+v of a package that was cut short, %v", got, err)
	}
}

func TestDigesterLeavesNoGoroutine(t *testing.T) {
	t.Parallel()
	broken := errors.New("cable cut")
	body := noise(2 << 20)
	cases := map[string]func(t *testing.T, ctx context.Context, cancel func()){
		"closed half way": func(t *testing.T, ctx context.Context, _ func()) {
			d := blob.NewDigester(ctx, bytes.NewReader(body))
			_, _ = io.CopyN(io.Discard, d, 1<<20)
			d.Close()
			if _, err := d.Read(make([]byte, 1)); !errors.Is(err, blob.ErrDigesterClosed) {
				t.Errorf("read after close: %v", err)
			}
			if _, err := d.Digests(); !errors.Is(err, blob.ErrDigesterClosed) {
				t.Errorf("digests after close: %v", err)
			}
		},
		"the reader fails": func(t *testing.T, ctx context.Context, _ func()) {
			d := blob.NewDigester(ctx, io.MultiReader(bytes.NewReader(body), iotest.ErrReader(broken)))
			if _, err := io.Copy(io.Discard, d); !errors.Is(err, broken) || !errors.Is(d.Err(), broken) {
				t.Errorf("copy: %v, Err: %v", err, d.Err())
			}
			if got, err := d.Digests(); !errors.Is(err, broken) || got != (blob.Digests{}) {
				t.Errorf("digests of a broken stream: %v, %v", got, err)
			}
		},
		"the reader fails and nobody closes": func(_ *testing.T, ctx context.Context, _ func()) {
			_, _ = io.Copy(io.Discard, blob.NewDigester(ctx, io.MultiReader(bytes.NewReader(body), iotest.ErrReader(broken))))
		},
		"the context ends and nobody closes": func(_ *testing.T, ctx context.Context, cancel func()) {
			_, _ = io.CopyN(io.Discard, blob.NewDigester(ctx, bytes.NewReader(body)), 1<<20)
			cancel()
		},
		"asked before the end": func(t *testing.T, ctx context.Context, _ func()) {
			d := blob.NewDigester(ctx, bytes.NewReader(body))
			_, _ = io.CopyN(io.Discard, d, 1<<20)
			if got, err := d.Digests(); !errors.Is(err, io.ErrUnexpectedEOF) || got != (blob.Digests{}) {
				t.Errorf("digests of half a stream: %v, %v", got, err)
			}
		},
		"never read": func(_ *testing.T, ctx context.Context, _ func()) { blob.NewDigester(ctx, nil).Close() },
	}
	for name, run := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				run(t, ctx, cancel)
				synctest.Wait()
			})
		})
	}
}

// Digests of a stream whose context ended are right or refused, never wrong.
func TestDigesterCutByContext(t *testing.T) {
	t.Parallel()
	body := noise(1 << 20)
	for range 50 {
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("stop")
		d := blob.NewDigester(ctx, bytes.NewReader(body))
		go cancel(stop)
		_, _ = io.Copy(io.Discard, d)
		got, err := d.Digests()
		if err == nil && got != digestsOf(body) || err != nil && !errors.Is(err, stop) {
			t.Fatalf("%v, %v", got, err)
		}
	}
}

// The floor is MD5 and SHA-256 of the same bytes side by side, each reading memory.
func BenchmarkDigester(b *testing.B) {
	body := noise(64 << 20)
	b.Run("digester", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		buffer := make([]byte, 64<<10)
		for b.Loop() {
			d := blob.NewDigester(b.Context(), bytes.NewReader(body))
			for {
				if _, err := d.Read(buffer); err != nil {
					break
				}
			}
			if _, err := d.Digests(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("side by side", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			var both sync.WaitGroup
			both.Go(func() { md5.Sum(body) })
			both.Go(func() { sha256.Sum256(body) })
			both.Wait()
		}
	})
	b.Run("one after the other", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			md5.Sum(body)
			sha256.Sum256(body)
		}
	})
}

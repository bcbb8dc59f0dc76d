//go:build linux

package main

import (
	"context"
	"crypto/md5" //nolint:gosec // what is compared with makes it too
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"heyan/internal/faulttest"
	"heyan/storage/blob"
)

// stream measures large packages: into the store over HTTP beside the same bytes
// written with both digests and no HTTP, round by round, and then several at once
// with an eye on memory.
func stream(ctx context.Context, s settings) error {
	fmt.Printf("### stream: %d MB, %d rounds in turns; bars: ratio at least 0.8, under 150 MiB for 8 at once\n\n", s.large/1e6, s.rounds)
	fmt.Println("| store | over HTTP, MB/s (median, best) | without HTTP, MB/s (median, best) | ratio of medians | ratio of the best | 8 at once, MB/s | all processes, 8 at once: RSS / PSS / high-water marks |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	whole := large(s.large)
	for _, mode := range []faulttest.Mode{faulttest.Embedded, faulttest.Distributed} {
		err := with(s, mode, func(in *faulttest.Installation) error {
			r, err := streams(ctx, s, in, mode, whole)
			if err != nil {
				return err
			}
			fmt.Println(r)
			return nil
		})
		if err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

// large is a package of about so many bytes, in memory.
func large(size int64) body { return form(faulttest.NewMaker(2).Make(int(size))) }

// freshen gives a package bytes that it never had. Its signature does not hold any
// more, which is found out by reading it as far as any.
func (b body) freshen() {
	_, _ = rand.Read(b.p.Bytes[len(b.p.Bytes)/2:][:16])
}

// streamed is a row of the table.
type streamed struct {
	name          string
	over, without []float64 // MB/s
	together      float64
	memory        memory
}

func (r *streamed) String() string {
	slices.Sort(r.over)
	slices.Sort(r.without)
	middle := func(list []float64) float64 { return list[len(list)/2] }
	best := func(list []float64) float64 { return list[len(list)-1] }
	return fmt.Sprintf("| %s | %.0f, %.0f | %.0f, %.0f | %.2f | %.2f | %.0f | %s |", r.name,
		middle(r.over), best(r.over), middle(r.without), best(r.without),
		middle(r.over)/middle(r.without), best(r.over)/best(r.without), r.together, r.memory)
}

// inTime bounds one wait for a verdict.
const inTime = 5 * time.Minute

func streams(ctx context.Context, s settings, in *faulttest.Installation, mode faulttest.Mode, whole body) (*streamed, error) {
	r := &streamed{name: "disk"}
	write := toDisk
	if mode == faulttest.Distributed {
		r.name, write = "S3 (versitygw)", toS3(in)
	}
	for range s.rounds {
		whole.freshen()
		took, err := upload(ctx, in, []body{whole})
		if err != nil {
			return nil, err
		}
		r.over = append(r.over, rate(s.large, took))
		if took, err = write(ctx, whole.p.Bytes); err != nil {
			return nil, err
		}
		r.without = append(r.without, rate(s.large, took))
	}
	eight := make([]body, 8)
	for i := range eight {
		eight[i] = large(s.large / 8)
		eight[i].freshen()
	}
	end := watchMemory()
	took, err := upload(ctx, in, eight)
	r.memory, r.together = end(), rate(s.large, took)
	return r, err
}

func rate(bytes int64, took time.Duration) float64 { return float64(bytes) / 1e6 / took.Seconds() }

// upload posts all packages at once, says how long it took to the last
// acknowledgement, and waits for the verdicts.
func upload(ctx context.Context, in *faulttest.Installation, list []body) (time.Duration, error) {
	errs := make(chan error, len(list))
	begin := time.Now()
	for i, b := range list {
		go func() {
			apis := in.APIs()
			c := &connection{addr: apis[i%len(apis)].Addr, token: in.Token}
			defer c.close()
			errs <- c.post(b, rand.Text())
		}()
	}
	var failed error
	for range list {
		if err := <-errs; err != nil {
			failed = err
		}
	}
	took := time.Since(begin)
	if failed != nil {
		return 0, failed
	}
	stores, err := in.Stores(ctx)
	if err != nil {
		return 0, err
	}
	defer stores.Close()
	ctx, cancel := context.WithTimeout(ctx, inTime)
	defer cancel()
	return took, drained(ctx, stores.Records)
}

// beside makes both digests of the bytes while do has its way with them.
func beside(data []byte, do func() error) (time.Duration, error) {
	begin := time.Now()
	var both sync.WaitGroup
	for _, h := range []hash.Hash{md5.New(), sha256.New()} { //nolint:gosec // see the import
		both.Go(func() { h.Write(data) })
	}
	err := do()
	both.Wait()
	return time.Since(begin), err
}

// toDisk writes the bytes to a file and flushes it.
func toDisk(_ context.Context, data []byte) (time.Duration, error) {
	dir, err := os.MkdirTemp("", "heyan-bench-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	return beside(data, func() error {
		f, err := os.Create(filepath.Join(dir, "package"))
		if err != nil {
			return err
		}
		defer f.Close()
		for block := range slices.Chunk(data, 1<<20) {
			if _, err := f.Write(block); err != nil {
				return err
			}
		}
		return f.Sync()
	})
}

// toS3 puts the bytes into the installation's bucket.
func toS3(in *faulttest.Installation) func(context.Context, []byte) (time.Duration, error) {
	return func(ctx context.Context, data []byte) (time.Duration, error) {
		stores, err := in.Stores(ctx)
		if err != nil {
			return 0, err
		}
		defer stores.Close()
		key := blob.NewKey()
		defer stores.Blobs.Delete(context.WithoutCancel(ctx), key) //nolint:errcheck // the bucket goes with the server
		return beside(data, func() error {
			_, err := stores.Blobs.Put(ctx, key, &reader{data}, int64(len(data)))
			return err
		})
	}
}

// reader reads memory as a connection would be read.
type reader struct{ left []byte }

func (r *reader) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

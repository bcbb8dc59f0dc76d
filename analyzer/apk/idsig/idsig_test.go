package idsig

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reference builds the tree level by level, in memory, the highest level first.
func reference(data []byte) (root, tree []byte) {
	for level := data; ; {
		var hashes []byte
		for rest := level; len(rest) > 0; {
			page := make([]byte, 4096)
			rest = rest[copy(page, rest):]
			sum := sha256.Sum256(page)
			hashes = append(hashes, sum[:]...)
		}
		last := len(hashes) <= 4096
		padded := make([]byte, (len(hashes)+4095)/4096*4096)
		copy(padded, hashes)
		tree = append(padded, tree...)
		if last {
			sum := sha256.Sum256(padded)
			return sum[:], tree
		}
		level = hashes
	}
}

func TestRoot(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{4})
	for _, size := range []int{1, 4095, 4096, 4097, 64*4096 + 1, 128 * 4096, 128*4096 + 1, 129 * 4096, 1 << 20, 128*128*4096 + 1} {
		data := make([]byte, size)
		_, _ = random.Read(data)
		root, tree := reference(data)
		given := bytes.NewReader(tree)
		got, same, err := Root(t.Context(), bytes.NewReader(data), int64(size), io.NewSectionReader(given, 0, given.Size()))
		if err != nil || !bytes.Equal(got, root) || !same || TreeSize(int64(size)) != int64(len(tree)) {
			t.Errorf("%d bytes: root %x, want %x; same %t, %d bytes, %d stated, %v", size, got, root, same, len(tree), TreeSize(int64(size)), err)
		}
		changes := []int{0, 31, len(tree) / 2, len(tree) - 1}
		if size > 1<<20 {
			changes = changes[2:3] // each takes a while
		}
		for _, at := range changes {
			tree[at] ^= 1
			got, same, err := Root(t.Context(), bytes.NewReader(data), int64(size), io.NewSectionReader(given, 0, given.Size()))
			if err != nil || same || !bytes.Equal(got, root) {
				t.Errorf("%d bytes, tree changed at %d: same %t, %v", size, at, same, err)
			}
			tree[at] ^= 1
		}
	}
}

func TestRootEnds(t *testing.T) {
	t.Parallel()
	if _, _, err := Root(t.Context(), bytes.NewReader(make([]byte, 10)), 11, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short package: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Root(ctx, bytes.NewReader(make([]byte, 10)), 10, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../../../testdata/apk/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRead: what apksigner wrote is read, and its tree is that of the package.
func TestRead(t *testing.T) {
	t.Parallel()
	for name, blocks := range map[string][]uint32{"school.apk": {0}, "v31-rotated.apk": {0, 0x1b93ad61}} {
		data, own := file(t, name+".idsig"), file(t, name)
		f, err := Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		root, same, err := Root(t.Context(), bytes.NewReader(own), int64(len(own)), f.Tree)
		if err != nil || !same || !bytes.Equal(root, f.Hashing.RootHash) || !f.Hashing.Usual() {
			t.Errorf("%s: root %x, same %t, %v; stated %+v", name, root, same, err, f.Hashing)
		}
		var got []uint32
		for _, s := range f.Signers {
			got = append(got, s.Block)
		}
		if diff := cmp.Diff(blocks, got); diff != "" {
			t.Errorf("%s: blocks (-want +got):\n%s", name, diff)
		}
	}
}

// TestReadCut: a file cut inside its fields is refused, one cut after them has no tree.
func TestReadCut(t *testing.T) {
	t.Parallel()
	data := file(t, "school.apk.idsig")
	fields := len(data) - 4 - 4096
	for size := range len(data) {
		f, err := Read(bytes.NewReader(data[:size]), int64(size))
		if size < fields {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("cut to %d: %v", size, err)
			}
			continue
		}
		if err != nil || f.Tree != nil || f.TreeCut != (size > fields) {
			t.Fatalf("cut to %d: %+v, %v", size, f, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(f, "school.apk.idsig"))
	f.Add(file(f, "v31-rotated.apk.idsig")[:3000])
	f.Add([]byte{2, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, data []byte) {
		one, err := Read(bytes.NewReader(data), int64(len(data)))
		if err != nil && !errors.Is(err, ErrFormat) {
			t.Fatalf("an error of no kind: %v", err)
		}
		two, again := Read(bytes.NewReader(data), int64(len(data)))
		if (err == nil) != (again == nil) {
			t.Fatalf("%v, then %v", err, again)
		}
		if err != nil {
			return
		}
		if len(one.Signers) == 0 || len(one.Signers) > maxSigners || one.Tree != nil && one.Tree.Size() > int64(len(data)) {
			t.Fatalf("%d signers", len(one.Signers))
		}
		if diff := cmp.Diff(one.Signers, two.Signers); diff != "" {
			t.Fatal(diff)
		}
		// What is signed is no longer than what was read.
		for _, s := range one.Signers {
			if n := len(SignedData(1, one.Hashing, s)); n > len(data)+64 {
				t.Fatalf("%d bytes signed of %d", n, len(data))
			}
		}
	})
}

// zeros is a file of any size that takes no memory.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

func BenchmarkRoot(b *testing.B) {
	const size = 256 << 20
	b.ReportAllocs()
	b.SetBytes(size)
	for b.Loop() {
		if _, _, err := Root(b.Context(), zeros{}, size, nil); err != nil {
			b.Fatal(err)
		}
	}
}

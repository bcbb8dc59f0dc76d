package digest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sample is a file of three parts with a signing block between the first two.
func sample(before, directory, eocd int) (Content, []byte) {
	const blockSize = 8192
	file := make([]byte, before+blockSize+directory+eocd)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(file)
	covered := append(bytes.Clone(file[:before]), file[before+blockSize:]...)
	return Content{
		Reader:         bytes.NewReader(file),
		Before:         int64(before),
		DirectoryStart: int64(before + blockSize),
		DirectorySize:  int64(directory),
		EOCD:           file[before+blockSize+directory:],
	}, covered
}

// chunked is the digest as the scheme's description has it.
func chunked(newHash func() hash.Hash, parts ...[]byte) []byte {
	var list []byte
	for _, part := range parts {
		for len(part) > 0 {
			piece := part[:min(1<<20, len(part))]
			part = part[len(piece):]
			h := newHash()
			h.Write([]byte{0xa5})
			_ = binary.Write(h, binary.LittleEndian, uint32(len(piece)))
			h.Write(piece)
			list = h.Sum(list)
		}
	}
	h := newHash()
	h.Write([]byte{0x5a})
	_ = binary.Write(h, binary.LittleEndian, uint32(len(list)/h.Size()))
	h.Write(list)
	return h.Sum(nil)
}

// verity builds the tree level by level.
func verity(data []byte) []byte {
	level := data
	for first := true; first || len(level) > 32; first = false {
		var next []byte
		for rest := level; len(rest) > 0; {
			page := make([]byte, 8+4096)
			n := copy(page[8:], rest)
			rest = rest[n:]
			sum := sha256.Sum256(page)
			next = append(next, sum[:]...)
		}
		// The hashes of the data are a level of their own, even one alone.
		if first && len(next) == 32 {
			page := make([]byte, 8+4096)
			copy(page[8:], next)
			sum := sha256.Sum256(page)
			next = sum[:]
		}
		level = next
	}
	return binary.LittleEndian.AppendUint64(bytes.Clone(level), uint64(len(data)))
}

func TestCompute(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ before, directory, eocd int }{
		{0, 100, 22}, {4096, 100, 22}, {1 << 20, 5000, 22}, {1<<20 - 4096, 1 << 20, 30}, {3<<20 + 8192, 70_000, 22}, {1<<19 - 4096, 4074, 22},
		{130 << 20 / 8, 3 << 20, 65_557},
	} {
		content, covered := sample(size.before, size.directory, size.eocd)
		got, err := Compute(t.Context(), content, Set{ChunkedSHA256: true, ChunkedSHA512: true, VeritySHA256: true})
		if err != nil {
			t.Fatal(err)
		}
		parts := [][]byte{covered[:size.before], covered[size.before : size.before+size.directory], covered[size.before+size.directory:]}
		want := map[Algorithm][]byte{
			ChunkedSHA256: chunked(sha256.New, parts...),
			ChunkedSHA512: chunked(sha512.New, parts...),
			VeritySHA256:  verity(covered),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", size, diff)
		}
		for a := range want {
			var set Set
			set.Add(a)
			alone, err := Compute(t.Context(), content, set)
			if err != nil || len(alone) != 1 || !bytes.Equal(alone[a], want[a]) {
				t.Errorf("%+v: %s alone is %x, %v", size, a, alone, err)
			}
		}
	}
}

func TestComputeRefuses(t *testing.T) {
	t.Parallel()
	content, _ := sample(4097, 10, 22)
	if _, err := Compute(t.Context(), content, Set{VeritySHA256: true}); !errors.Is(err, ErrUnaligned) {
		t.Errorf("unaligned: %v", err)
	}
	content.Before = 1 << 30
	content.DirectoryStart = 1 << 30
	if _, err := Compute(t.Context(), content, Set{ChunkedSHA256: true}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short file: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Compute(ctx, content, Set{ChunkedSHA256: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// zeros is a file of any size that takes no memory.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

func BenchmarkCompute(b *testing.B) {
	const size = 256 << 20
	for name, set := range map[string]Set{
		"sha256": {ChunkedSHA256: true}, "sha512": {ChunkedSHA512: true}, "verity": {VeritySHA256: true},
		"all": {ChunkedSHA256: true, ChunkedSHA512: true, VeritySHA256: true},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(size)
			content := Content{Reader: zeros{}, Before: size, DirectoryStart: size + 4096, DirectorySize: 1 << 20, EOCD: make([]byte, 22)}
			for b.Loop() {
				if _, err := Compute(b.Context(), content, set); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

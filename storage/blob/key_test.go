package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"heyan/storage/blob"
)

func TestNewKeyIsValidAndNeverTheSame(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 10_000 {
		key := blob.NewKey()
		if err := blob.CheckKey(key); err != nil {
			t.Fatal(err)
		}
		if seen[key] {
			t.Fatalf("%s twice", key)
		}
		seen[key] = true
	}
}

func TestCheckKeyRefuses(t *testing.T) {
	t.Parallel()
	good := "ab/abcdefghijklmnopqrstuvwxyz2345"
	if err := blob.CheckKey(good); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"", "/", "..", "../" + good, good + "/..", "ab", "ab/", "ab/abc",
		strings.ToUpper(good), "ba" + good[2:], "ab\\" + good[3:], "ab/" + strings.Repeat("../", 10), "../" + strings.Repeat(".", 30),
		good[:32] + "\x00", good[:32] + "1", good[:31] + "é", good + "a", strings.Repeat("a", 1<<20), "con", "ab/ab\n" + good[6:],
	} {
		err := blob.CheckKey(key)
		if !errors.Is(err, blob.ErrKey) {
			t.Errorf("%.40q: %v", key, err)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%.40q: a message of %d bytes", key, len(err.Error()))
		}
	}
}

func TestExactly(t *testing.T) {
	t.Parallel()
	broken := errors.New("cable cut")
	for _, test := range []struct {
		name  string
		body  string
		after error
		size  int64
		want  error
	}{
		{"right", "12345", nil, 5, nil},
		{"empty", "", nil, 0, nil},
		{"unknown", "12345", nil, blob.UnknownSize, nil},
		{"one more", "123456", nil, 5, blob.ErrSize},
		{"none expected", "1", nil, 0, blob.ErrSize},
		{"one less", "1234", nil, 5, io.ErrUnexpectedEOF},
		{"broken before", "1234", broken, 5, broken},
		{"broken at the end", "12345", broken, 5, broken},
		{"broken, unknown", "12345", broken, blob.UnknownSize, broken},
	} {
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader, "data with error": iotest.DataErrReader,
		} {
			var r io.Reader = strings.NewReader(test.body)
			if test.after != nil {
				r = io.MultiReader(r, iotest.ErrReader(test.after))
			}
			var got bytes.Buffer
			_, err := io.Copy(&got, blob.Exactly(t.Context(), wrap(r), test.size))
			if !errors.Is(err, test.want) {
				t.Errorf("%s (%s): %v, want %v", test.name, name, err, test.want)
			}
			if errors.Is(err, blob.ErrSize) && int64(got.Len()) >= test.size && test.size > 0 {
				t.Errorf("%s (%s): all %d bytes were handed on before the error", test.name, name, got.Len())
			}
			if err == nil && got.String() != test.body {
				t.Errorf("%s (%s): read %q", test.name, name, got.String())
			}
		}
	}
}

func TestExactlyStopsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	cancel(stop)
	if _, err := blob.Exactly(ctx, strings.NewReader("x"), 1).Read(make([]byte, 1)); !errors.Is(err, stop) {
		t.Error(err)
	}
}

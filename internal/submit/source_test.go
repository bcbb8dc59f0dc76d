package submit

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"heyan/storage/blob"
)

func TestSource(t *testing.T) {
	t.Parallel()
	cut := errors.New("connection reset")
	own := errTooLarge(7)
	for _, tt := range []struct {
		name      string
		r         io.Reader
		announced int64
		full      error
		want      Code // "" is no fault
	}{
		{"whole", bytes.NewReader(make([]byte, 100)), 100, nil, ""},
		{"whole, size unknown", bytes.NewReader(make([]byte, 100)), blob.UnknownSize, nil, ""},
		{"data with EOF", iotest.DataErrReader(bytes.NewReader(make([]byte, 100))), 100, nil, ""},
		{"at the limit", bytes.NewReader(make([]byte, 200)), blob.UnknownSize, nil, ""},
		{"over the limit", bytes.NewReader(make([]byte, 201)), blob.UnknownSize, nil, CodeTooLarge},
		{"endless", zeros{}, blob.UnknownSize, nil, CodeTooLarge},
		{"empty", bytes.NewReader(nil), blob.UnknownSize, nil, CodeEmpty},
		{"fewer than announced", bytes.NewReader(make([]byte, 99)), 100, nil, CodeSizeMismatch},
		{"more than announced", bytes.NewReader(make([]byte, 101)), 100, nil, CodeSizeMismatch},
		{"cut", io.MultiReader(bytes.NewReader(make([]byte, 50)), iotest.ErrReader(cut)), 100, nil, CodeUploadCut},
		{"cut short", io.MultiReader(bytes.NewReader(make([]byte, 50)), iotest.ErrReader(io.ErrUnexpectedEOF)), 100, nil, CodeUploadCut},
		{"an error for the caller", iotest.ErrReader(own), 100, nil, CodeTooLarge},
		{"the store fills", bytes.NewReader(make([]byte, 100)), 100, errFull(nil), CodeStoreFull},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var arrived int64
			s := &source{
				r: tt.r, limit: 200, announced: tt.announced, next: 60,
				arrived: func(n int64) { arrived += n },
				check:   func() error { return tt.full },
				inTime:  func() error { return nil },
			}
			_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, s, make([]byte, 10))
			var fault *Error
			if errors.As(err, &fault); fault != s.fault.Load() {
				t.Errorf("read gave %v, noted %v", fault, s.fault.Load())
			}
			if got := code(err); got != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if arrived != s.read.Load() {
				t.Errorf("%d bytes read, %d told", s.read.Load(), arrived)
			}
			if err != nil {
				if n, again := s.Read(make([]byte, 1)); n != 0 || !errors.Is(again, fault) {
					t.Errorf("read on: %d, %v", n, again)
				}
			}
		})
	}
}

func code(err error) Code {
	var told *Error
	if errors.As(err, &told) {
		return told.Code
	}
	return ""
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestUploads(t *testing.T) {
	t.Parallel()
	u := newUploads(3, 2)
	for i, tt := range []struct {
		org  string
		want bool
	}{{"a", true}, {"a", true}, {"a", false}, {"b", true}, {"b", false}, {"c", false}} {
		if got := u.begin(tt.org); got != tt.want {
			t.Errorf("%d: begin(%q) = %v", i, tt.org, got)
		}
	}
	u.end("a")
	if !u.begin("b") {
		t.Error("a place that was given back is not given out")
	}
	u.end("a")
	u.end("b")
	u.end("b")
	if u.running != 0 || len(u.each) != 0 {
		t.Errorf("at the end: %d running, %v", u.running, u.each)
	}
}

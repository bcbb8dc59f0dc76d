package blob

import (
	"context"
	"fmt"
	"io"
)

// Exactly reads r and fails unless it holds size bytes: with ErrSize when there are
// more, known before the last byte is handed on, with io.ErrUnexpectedEOF when it
// ends early. A size of UnknownSize is any. Reading stops with ctx. It is how the
// stores keep their promise on sizes.
func Exactly(ctx context.Context, r io.Reader, size int64) io.Reader {
	return &exact{ctx: ctx, r: r, size: size}
}

type exact struct {
	ctx  context.Context
	r    io.Reader
	size int64
	read int64
	err  error
}

func (e *exact) Read(p []byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	if err := e.ctx.Err(); err != nil {
		return 0, e.stop(context.Cause(e.ctx))
	}
	n, err := e.r.Read(p)
	e.read += int64(n)
	if e.size == UnknownSize {
		return n, e.stop(err)
	}
	switch {
	case e.read > e.size:
		return 0, e.stop(fmt.Errorf("%w: over %d", ErrSize, e.size))
	case err == io.EOF && e.read < e.size:
		return n, e.stop(fmt.Errorf("%d of %d bytes: %w", e.read, e.size, io.ErrUnexpectedEOF))
	case err == nil && e.read == e.size && n > 0:
		return e.last(n)
	}
	return n, e.stop(err)
}

// last hands on the last n bytes once it is known that none follow.
func (e *exact) last(n int) (int, error) {
	var one [1]byte
	switch _, err := io.ReadFull(e.r, one[:]); err {
	case nil:
		return 0, e.stop(fmt.Errorf("%w: over %d", ErrSize, e.size))
	default:
		return n, e.stop(err)
	}
}

func (e *exact) stop(err error) error {
	e.err = err
	return err
}

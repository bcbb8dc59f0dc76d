package s3

import (
	"errors"
	"io"
	"sync"
)

// A part is a buffer of bytes to send. It lies outside the garbage collector's
// heap: it costs what of it is used, once, and goes back to the system at once.
type part struct {
	bytes []byte
	n     int
	// readers are those given out; free waits for a read that is under way.
	mu    sync.Mutex
	freed bool
}

func newPart(size int) (*part, error) {
	if size == 0 {
		return &part{}, nil
	}
	memory, err := allocate(size)
	return &part{bytes: memory}, err
}

func (p *part) free() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.freed && len(p.bytes) > 0 {
		release(p.bytes)
	}
	p.bytes, p.n, p.freed = nil, 0, true
}

// fill reads the next part and says whether it is the last, with fewer bytes than
// fit. A part without room is the last if nothing follows.
func (p *part) fill(r io.Reader) (last bool, err error) {
	p.n = 0
	for p.n < len(p.bytes) {
		n, err := r.Read(p.bytes[p.n:])
		p.n += n
		switch {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, err
		}
	}
	if len(p.bytes) > 0 {
		return false, nil
	}
	if _, err := io.ReadFull(r, make([]byte, 1)); !errors.Is(err, io.EOF) {
		return false, err
	}
	return true, nil
}

// reader reads the part from its beginning. An HTTP client may go on reading a body
// after the request has failed; a closed reader gives it nothing.
func (p *part) reader() *partReader { return &partReader{part: p, left: p.bytes[:p.n]} }

type partReader struct {
	part *part
	left []byte
	done bool
}

var errBodyClosed = errors.New("request body is closed")

func (r *partReader) Read(b []byte) (int, error) {
	r.part.mu.Lock()
	defer r.part.mu.Unlock()
	switch {
	case r.done || r.part.freed:
		return 0, errBodyClosed
	case len(r.left) == 0:
		return 0, io.EOF
	}
	n := copy(b, r.left)
	r.left = r.left[n:]
	return n, nil
}

func (r *partReader) Close() error {
	r.part.mu.Lock()
	defer r.part.mu.Unlock()
	r.done = true
	return nil
}

package httpapi

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// pace is how fast a client must send.
type pace struct {
	rate   int64 // bytes a second
	window time.Duration
}

// requestBody is the body of every request: it lets go of a client that stalls and
// remembers how far it was read.
//
// Only the time spent waiting for the client counts: a slow store is not the
// client's fault. The deadline of the connection is moved at most once in a
// thirtieth of the window, since every move costs the runtime's timers.
type requestBody struct {
	io.ReadCloser
	control *http.ResponseController
	pace    pace
	stalled func()

	moved   time.Time // when the deadline was last moved
	waited  time.Duration
	arrived int64 // during waited

	total   int64
	touched bool // by the handler: a client that waits for 100 Continue got it
	ended   bool // read to its end
	slow    bool // the client stalled
	// interrupted: a deadline that comes now is not the client's fault.
	interrupted atomic.Bool
}

// Read reads what the client sends. A client that stalls is CodeUploadStalled.
func (b *requestBody) Read(p []byte) (int, error) {
	start := time.Now()
	b.touched = true
	if start.Sub(b.moved) >= b.pace.window/30 {
		b.deadline(start.Add(b.pace.window))
		b.moved = start
	}
	n, err := b.ReadCloser.Read(p)
	b.total += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		b.ended = true
		// What watches the connection from now on must not run into the deadline.
		b.deadline(time.Time{})
		return n, err
	case errors.Is(err, os.ErrDeadlineExceeded) && !b.interrupted.Load():
		return n, b.tooSlow(err)
	case err != nil:
		return n, err
	}
	b.arrived += int64(n)
	if b.waited += time.Since(start); b.waited < b.pace.window {
		return n, nil
	}
	if b.arrived < int64(b.pace.window.Seconds()*float64(b.pace.rate)) {
		return n, b.tooSlow(nil)
	}
	b.waited, b.arrived = 0, 0
	return n, nil
}

func (b *requestBody) tooSlow(cause error) error {
	b.slow = true
	b.stalled()
	return refuse(CodeUploadStalled, text{}, cause)
}

// deadline moves that of the connection. One that has none (a test's recorder) is
// left alone.
func (b *requestBody) deadline(t time.Time) { _ = b.control.SetReadDeadline(t) }

// linger reads and throws away what the client is still sending after its answer
// is out, so that the answer is not lost in a reset of the connection: the kernel
// resets one that is closed with bytes unread.
func (b *requestBody) linger(within time.Duration, limit int64) {
	const idle = 2 * time.Second
	end := time.Now().Add(within)
	buf := make([]byte, 64<<10)
	for limit > 0 {
		now := time.Now()
		if !now.Before(end) {
			return
		}
		b.deadline(earlier(now.Add(idle), end))
		n, err := b.ReadCloser.Read(buf)
		limit -= int64(n)
		if err != nil {
			return
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

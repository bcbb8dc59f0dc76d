package blob

import (
	"context"
	"crypto/md5" //nolint:gosec // what filings name packages by
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"sync"
	"sync/atomic"
)

// Digests are what a Digester saw: lower-case hex and the number of bytes.
type Digests struct {
	Size   int64
	MD5    string
	SHA256 string
}

// ErrDigesterClosed: a Digester was read or asked after it was closed.
var ErrDigesterClosed = errors.New("digester is closed")

const (
	chunkSize = 128 << 10
	// Chunks a digester has on the way to its hashes: enough that reading and
	// hashing overlap, and its whole memory.
	chunksInFlight = 4
)

// A chunk is a piece of the stream that both hashes read.
type chunk struct {
	bytes []byte
	refs  atomic.Int32
}

var chunks = sync.Pool{New: func() any { return &chunk{bytes: make([]byte, 0, chunkSize)} }}

// Digester is a reader that computes MD5 and SHA-256 of what is read through it,
// each on a goroutine of its own, so that a stream costs the slower of the two and
// not their sum. It holds at most half a MiB whatever passes through. The
// goroutines end when the stream ends or fails, with ctx, and with Close. A stream
// that fits into one chunk starts none.
//
// Read, Digests and Close are called from one goroutine at a time.
type Digester struct {
	ctx     context.Context
	r       io.Reader
	size    int64
	err     error // of reading, io.EOF included
	closed  bool
	pending *chunk
	slots   chan struct{} // one a chunk in flight
	hashes  [2]hash.Hash
	feeds   [2]chan *chunk // nil until the first chunk is full
	working sync.WaitGroup
	cut     atomic.Bool // a hash did not see everything
}

// NewDigester returns a Digester of r.
func NewDigester(ctx context.Context, r io.Reader) *Digester {
	return &Digester{
		ctx:    ctx,
		r:      r,
		hashes: [2]hash.Hash{md5.New(), sha256.New()}, //nolint:gosec // see above
		slots:  make(chan struct{}, chunksInFlight),
	}
}

// Read reads from the underlying reader.
func (d *Digester) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	if d.closed {
		return 0, ErrDigesterClosed
	}
	n, err := d.r.Read(p)
	if n > 0 {
		d.size += int64(n)
		if feedErr := d.feed(p[:n]); feedErr != nil {
			err = feedErr
		}
	}
	if err != nil {
		d.err = err
		d.finish()
	}
	return n, err
}

// Size is the number of bytes read so far.
func (d *Digester) Size() int64 { return d.size }

// Err is what ended reading, nil at the end of the stream and before: it tells a
// caller whose Put failed whether its own bytes were the reason.
func (d *Digester) Err() error {
	if d.ended() {
		return nil
	}
	return d.err
}

// ended reports that the stream was read to its end. An error that wraps io.EOF is
// none: a reader that was cut short may say so.
func (d *Digester) ended() bool { return d.err == io.EOF } //nolint:errorlint // see above

// Digests waits for the hashes of what was read and closes the digester. It fails
// unless the stream was read to its end.
func (d *Digester) Digests() (Digests, error) {
	ended := d.ended()
	switch {
	case !ended && d.err != nil:
		return Digests{}, d.err
	case !ended && d.closed:
		return Digests{}, ErrDigesterClosed
	case !ended:
		d.Close()
		return Digests{}, io.ErrUnexpectedEOF
	}
	d.Close()
	if d.cut.Load() {
		return Digests{}, context.Cause(d.ctx)
	}
	return Digests{
		Size:   d.size,
		MD5:    hex.EncodeToString(d.hashes[0].Sum(nil)),
		SHA256: hex.EncodeToString(d.hashes[1].Sum(nil)),
	}, nil
}

// Close ends the goroutines and waits for them. It does not close the reader.
func (d *Digester) Close() {
	d.finish()
	d.working.Wait()
}

// feed copies p into chunks and passes on those that are full.
func (d *Digester) feed(p []byte) error {
	for len(p) > 0 {
		if d.pending == nil {
			select {
			case d.slots <- struct{}{}:
			case <-d.ctx.Done():
				return context.Cause(d.ctx)
			}
			d.pending = chunks.Get().(*chunk)
		}
		c := d.pending
		room := min(cap(c.bytes)-len(c.bytes), len(p))
		c.bytes = append(c.bytes, p[:room]...)
		p = p[room:]
		if len(c.bytes) == cap(c.bytes) {
			d.send()
		}
	}
	return nil
}

// send passes the pending chunk to both hashes. Their channels hold every chunk
// there can be, so it never waits.
func (d *Digester) send() {
	if d.feeds[0] == nil {
		d.start()
	}
	c := d.pending
	d.pending = nil
	c.refs.Store(int32(len(d.feeds)))
	for _, feed := range d.feeds {
		feed <- c
	}
}

func (d *Digester) start() {
	for i := range d.feeds {
		feed, h := make(chan *chunk, chunksInFlight), d.hashes[i]
		d.feeds[i] = feed
		d.working.Go(func() { d.work(feed, h) })
	}
}

// work hashes what is fed until the stream is finished, or given up with ctx.
func (d *Digester) work(feed <-chan *chunk, h hash.Hash) {
	for {
		select {
		case c, more := <-feed:
			if !more {
				return
			}
			h.Write(c.bytes)
			d.release(c)
		case <-d.ctx.Done():
			d.cut.Store(true)
			return
		}
	}
}

// release gives a chunk back once both hashes have read it.
func (d *Digester) release(c *chunk) {
	if c.refs.Add(-1) > 0 {
		return
	}
	c.bytes = c.bytes[:0]
	chunks.Put(c)
	<-d.slots
}

// finish hashes what is pending and lets the goroutines end.
func (d *Digester) finish() {
	if d.closed {
		return
	}
	d.closed = true
	if d.pending != nil && d.feeds[0] != nil {
		d.send()
	} else if c := d.pending; c != nil {
		d.pending = nil
		c.refs.Store(1)
		for _, h := range d.hashes {
			h.Write(c.bytes)
		}
		d.release(c)
	}
	if d.feeds[0] != nil {
		for _, feed := range d.feeds {
			close(feed)
		}
	}
}

// Package queue is the contract of what wakes and spreads workers: a channel in
// this process (inproc) or Redis Streams (redis). Both pass one suite (queuetest).
//
// A queue is a hint. The records hold the truth: which jobs there are, who works
// on them, when they are due again. A queue may lose every message (a restart
// without its data) or deliver one twice; then a job starts later, or a worker
// finds that another has it. Nothing else happens. So a message is a job's id and
// no more, and retries, back-off, cancelling and dead letters are not here.
package queue

import (
	"context"
	"errors"
	"time"
)

// Lane is one of two ways to a worker, so that a thousand packages submitted at
// once do not stand before the one for which somebody waits.
type Lane string

// The lanes.
const (
	Interactive Lane = "interactive"
	Batch       Lane = "batch"
)

// Lanes are all lanes.
func Lanes() []Lane { return []Lane{Interactive, Batch} }

// Message is one delivery of a job's id.
type Message struct {
	Job  string
	Lane Lane
	// Receipt is the backend's own name for this delivery.
	Receipt string
}

// ErrClosed: the queue was closed.
var ErrClosed = errors.New("the queue is closed")

// Queue wakes workers. Methods may be called concurrently.
type Queue interface {
	// Publish makes the job known. A job that is published twice may be delivered
	// twice. It does not wait for a worker: an in-process queue that is full drops
	// the message, which the reconciler makes good.
	Publish(ctx context.Context, lane Lane, job string) error
	// Receive waits for a message, first from the first lane that has one: the
	// order says which lane this call prefers, and no lane outside it is served.
	// It returns ctx's error when ctx ends and ErrClosed after Close.
	Receive(ctx context.Context, lanes ...Lane) (Message, error)
	// Extend says that the message is still being worked on, so that it is not
	// given to another: call it more often than Visibility.
	Extend(ctx context.Context, m Message) error
	// Done forgets a message, whatever came of its job.
	Done(ctx context.Context, m Message) error
	// Depth returns how many messages wait or are being worked on, by lane.
	Depth(ctx context.Context) (map[Lane]int64, error)
	// Close lets every Receive return ErrClosed. It is idempotent.
	Close() error
}

// Visibility is how long a received message is left to its receiver without
// Extend before another may get it.
const Visibility = 15 * time.Second

// Checker is a queue that can say whether it is reached, and by what it is served.
type Checker interface {
	// Check reaches the server once and returns its name and version. A setting
	// that can lose messages under pressure (an eviction policy) is an error.
	Check(ctx context.Context) (string, error)
}

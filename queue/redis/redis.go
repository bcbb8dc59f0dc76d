// Package redis is the queue on Redis Streams, for workers in many processes.
//
// One stream a lane, one consumer group, a message is a job's id. A message that a
// receiver has is pending in the group. While it is extended (XCLAIM) its idle time
// stays small; idle for longer than the visibility time, the next receiver that
// looks gets it (XAUTOCLAIM). Done removes it (XACK, XDEL), so that a stream holds
// what waits or is being worked on and no more.
//
// Publish puts in a job once while it waits: a key of the job says so until the
// message is handed out. The key ends by itself after some visibility times, so
// that a hint lost in between is not refused for long.
//
// Receive waits through restarts of the server, with or without its data: it tries
// again with growing pauses, and makes a group anew that is gone. The other
// methods return the error; the records and the reconciler make good what was not
// said here. All consumers of the group have one name: who has a message matters
// to nobody, how long it has been idle does, and no dead names pile up.
//
// Redis 6.2 or newer is needed.
package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"heyan/queue"
)

// DefaultPrefix begins the names of all keys unless Config says otherwise.
const DefaultPrefix = "heyan"

// Config of a queue.
type Config struct {
	Addr       string // host:port
	Username   string
	Password   string
	DB         int
	TLS        *tls.Config   // nil: not encrypted
	Prefix     string        // of the keys; "": DefaultPrefix
	Visibility time.Duration // 0: queue.Visibility
	// Receivers is how many Receives may wait at once; 0: 256. Each has a
	// connection.
	Receivers int
	Log       *slog.Logger // nil: nothing is logged
}

// Queue implements queue.Queue and queue.Checker.
type Queue struct {
	client  *redis.Client
	visible time.Duration
	block   time.Duration // of one blocking read
	streams map[queue.Lane]string
	marks   string // prefix of the keys of waiting jobs
	log     *slog.Logger

	ctx    context.Context // ends at Close
	cancel context.CancelFunc
	wg     sync.WaitGroup // Receives under way
	mu     sync.Mutex
	closed bool
	sweep  time.Time // when idle messages are looked for next
	down   bool      // said in the log
}

const (
	group    = "workers"
	consumer = "worker"
	field    = "job"
)

// New makes a queue. It does not reach the server: a queue may be made while that
// is down. ctx ends the queue as Close does, but for its connections.
func New(ctx context.Context, c Config) (*Queue, error) {
	if c.Addr == "" {
		return nil, errors.New("redis queue: no address")
	}
	if c.Prefix == "" {
		c.Prefix = DefaultPrefix
	}
	if c.Visibility <= 0 {
		c.Visibility = queue.Visibility
	}
	if c.Receivers <= 0 {
		c.Receivers = 256
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	// The braces put all keys into one slot of a cluster, where alone commands and
	// scripts may name several.
	base := "{" + c.Prefix + "}:"
	q := &Queue{
		client: redis.NewClient(c.options()), visible: c.Visibility,
		block:   min(time.Second, c.Visibility/4),
		streams: map[queue.Lane]string{}, marks: base + "waiting:", log: c.Log,
	}
	q.ctx, q.cancel = context.WithCancel(ctx)
	for _, lane := range queue.Lanes() {
		q.streams[lane] = base + "jobs:" + string(lane)
	}
	return q, nil
}

func (c Config) options() *redis.Options {
	return &redis.Options{
		Addr: c.Addr, Username: c.Username, Password: c.Password, DB: c.DB, TLSConfig: c.TLS,
		ClientName: "heyan", DialTimeout: 2 * time.Second, DialerRetries: 1,
		ReadTimeout: 3 * time.Second, WriteTimeout: 3 * time.Second,
		// Receive has its own patience. A caller of Publish is not held up: the
		// reconciler will say it again.
		MaxRetries: 1, ContextTimeoutEnabled: true,
		PoolSize:                 c.Receivers + 32,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// publish puts in a message unless the job waits already.
var publish = redis.NewScript(`
if redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[2]) then
	redis.call('XADD', KEYS[1], '*', '` + field + `', ARGV[1])
end
return 1`)

// Publish implements queue.Queue.
func (q *Queue) Publish(ctx context.Context, lane queue.Lane, job string) error {
	if !slices.Contains(queue.Lanes(), lane) {
		return fmt.Errorf("publish: no such lane %q", lane)
	}
	if err := q.open(); err != nil {
		return err
	}
	err := publish.Run(ctx, q.client, []string{q.streams[lane], q.mark(lane, job)}, job, 8*q.visible.Milliseconds()).Err()
	return q.failed("publish", err)
}

func (q *Queue) mark(lane queue.Lane, job string) string {
	return q.marks + string(lane) + ":" + job
}

// Extend implements queue.Queue.
func (q *Queue) Extend(ctx context.Context, m queue.Message) error {
	if err := q.open(); err != nil {
		return err
	}
	err := q.client.XClaimJustID(ctx, &redis.XClaimArgs{
		Stream: q.streams[m.Lane], Group: group, Consumer: consumer, Messages: []string{m.Receipt},
	}).Err()
	if noGroup(err) {
		return nil // the message is gone with the data: the records know the job
	}
	return q.failed("extend", err)
}

// Done implements queue.Queue.
func (q *Queue) Done(ctx context.Context, m queue.Message) error {
	if err := q.open(); err != nil {
		return err
	}
	_, err := q.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.XAck(ctx, q.streams[m.Lane], group, m.Receipt)
		p.XDel(ctx, q.streams[m.Lane], m.Receipt)
		return nil
	})
	return q.failed("done", err)
}

// Depth implements queue.Queue.
func (q *Queue) Depth(ctx context.Context) (map[queue.Lane]int64, error) {
	if err := q.open(); err != nil {
		return nil, err
	}
	depth := map[queue.Lane]int64{}
	for lane, stream := range q.streams {
		n, err := q.client.XLen(ctx, stream).Result()
		if err != nil {
			return nil, q.failed("depth", err)
		}
		depth[lane] = n
	}
	return depth, nil
}

// Close implements queue.Queue. It waits for the Receives under way, at most a
// second, so that none leaves with a message in its hand.
func (q *Queue) Close() error {
	q.mu.Lock()
	before := q.closed
	q.closed = true
	q.mu.Unlock()
	q.cancel()
	q.wg.Wait()
	if before {
		return nil
	}
	return q.client.Close()
}

// open says whether the queue is open.
func (q *Queue) open() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.ctx.Err() != nil {
		return queue.ErrClosed
	}
	return nil
}

// failed gives an error its operation. A connection that Close took away is the
// close, not a fault.
func (q *Queue) failed(operation string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, redis.ErrClosed):
		return queue.ErrClosed
	}
	return fmt.Errorf("redis queue: %s: %w", operation, err)
}

func noGroup(err error) bool { return redis.HasErrorPrefix(err, "NOGROUP") }

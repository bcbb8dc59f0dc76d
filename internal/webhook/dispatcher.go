package webhook

import (
	"context"
	"crypto/x509"
	"log/slog"
	"sync"
	"time"

	"heyan/storage/record"
)

// Metrics is told what happens. Its methods must not block.
type Metrics interface {
	// DeliveryAttempted is called once an attempt. outcome is "delivered", "failed"
	// (to be tried again), "dead" or "blocked" (failed for the guard's sake).
	DeliveryAttempted(outcome string, took time.Duration)
	// DeliveriesPutBack counts those that a slow receiver had no room for.
	DeliveriesPutBack(n int)
}

type noMetrics struct{}

func (noMetrics) DeliveryAttempted(string, time.Duration) {}
func (noMetrics) DeliveriesPutBack(int)                   {}

// Config is what a Dispatcher is made of. Outbox must be given; the rest has defaults.
type Config struct {
	Outbox record.Outbox
	Guard  *Guard // default: public addresses over https alone
	// Timeout is how long an attempt may take in all; default 15 s.
	Timeout time.Duration
	// Poll is how often the outbox is looked at without being woken; default 1 s.
	Poll time.Duration
	// InFlight bounds the deliveries in memory, PerWebhook the requests to one
	// webhook at a time; default 256 and 4.
	InFlight, PerWebhook int
	// Roots are the certificate authorities; nil: the system's.
	Roots   *x509.CertPool
	Now     func() time.Time
	NewID   func(prefix string) string // of alarms; default record.NewID
	Metrics Metrics
	Log     *slog.Logger
}

func (c Config) withDefaults() Config {
	def(&c.Timeout, 15*time.Second)
	def(&c.Poll, time.Second)
	def(&c.InFlight, 256)
	def(&c.PerWebhook, 4)
	if c.Guard == nil {
		c.Guard = NewGuard(Policy{})
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = func(prefix string) string { return record.NewID(prefix, c.Now()) }
	}
	if c.Metrics == nil {
		c.Metrics = noMetrics{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Dispatcher sends what is due. Any number of them may run on one database.
type Dispatcher struct {
	Config
	sender *sender
	wake   chan struct{}

	mu    sync.Mutex
	held  int  // claimed and not ended
	full  bool // there was no room to claim more
	lanes map[string]*lane
	// gone are the webhooks whose receiver was found to be gone since the last claim
	// began: what that claim still brings for them is not sent.
	gone  map[string]bool
	group sync.WaitGroup
}

// NewDispatcher returns a Dispatcher; Run makes it work.
func NewDispatcher(c Config) *Dispatcher {
	c = c.withDefaults()
	return &Dispatcher{
		Config: c, sender: newSender(c.Guard, c.Timeout, c.Roots, c.Now),
		wake: make(chan struct{}, 1), lanes: map[string]*lane{}, gone: map[string]bool{},
	}
}

// Wake says that there may be something to send. It never blocks.
func (d *Dispatcher) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run sends what is due until ctx ends. Then it claims no more, lets the requests under
// way end, and puts back what waited.
func (d *Dispatcher) Run(ctx context.Context) error {
	defer d.sender.close()
	tick := time.NewTicker(d.Poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		if d.claim(ctx) {
			continue
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-d.wake:
		}
	}
	d.group.Wait()
	return nil
}

// batch is how many deliveries are claimed at a time.
const batch = 32

// lease is how long a claimed delivery is ours: one wait in the lane and its attempt.
func (d *Dispatcher) lease() time.Duration { return 3*d.Timeout + 10*time.Second }

// claim takes what is due and reports whether there may be more.
func (d *Dispatcher) claim(ctx context.Context) bool {
	d.mu.Lock()
	limit := min(batch, d.InFlight-d.held)
	d.full = limit <= 0
	clear(d.gone)
	d.mu.Unlock()
	if limit <= 0 {
		return false // the next one that ends wakes
	}
	now := d.Now()
	deliveries, webhooks, err := d.Outbox.ClaimDeliveries(ctx, now, d.lease(), limit)
	if err != nil {
		if ctx.Err() == nil {
			d.Log.WarnContext(ctx, "deliveries not claimed", "error", err)
		}
		return false
	}
	byID := make(map[string]record.Webhook, len(webhooks))
	for _, w := range webhooks {
		byID[w.ID] = w
	}
	putBack := 0
	for _, one := range deliveries {
		if !d.accept(ctx, parcel{delivery: one, webhook: byID[one.Webhook], claimed: now}, now) {
			putBack++
		}
	}
	if putBack > 0 {
		d.Metrics.DeliveriesPutBack(putBack)
	}
	return len(deliveries) == limit
}

package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"heyan/internal/inspect"
	"heyan/queue"
	"heyan/rules/policy"
	"heyan/storage/blob"
	"heyan/storage/record"
)

// Records is what a worker needs of the database.
type Records interface {
	record.Jobs
	record.FactsStore
	// Job, Due: see record.JobAdmin.
	Job(ctx context.Context, id string) (record.Job, error)
	Due(ctx context.Context, lane string, now time.Time, limit int) ([]record.Job, error)
	// Earlier, Elsewhere: see record.Judgements.
	Earlier(ctx context.Context, org, packageID, platform, submission string) (*record.Earlier, error)
	Elsewhere(ctx context.Context, org, packageID string) (bool, error)
	// RaiseAlarm: see record.Alarms.
	RaiseAlarm(ctx context.Context, a record.Alarm) error
}

// Config is what a Pool is made of. Records, Blobs, Queue and Analyze must be
// given; the rest has defaults.
type Config struct {
	Records Records
	Blobs   blob.Store
	Queue   queue.Queue
	// Analyze reads a package's facts: sandbox.Analyzer of the mode that is wanted.
	Analyze inspect.AnalyzeFunc
	// Policy judges besides the engine; nil is the default one.
	Policy *policy.Policy
	// Sign signs a report's bytes; nil leaves reports unsigned.
	Sign func(report []byte) (keyID string, signature []byte, err error)
	// Event makes a webhook's body of a judgement; nil sends none.
	Event func(s record.Submission, j record.Judgement) (event string, body []byte)
	// Notify is called when deliveries of an Event are committed, so that who sends
	// them need not look for them; nil: nobody is told. It must not block.
	Notify func()

	Now   func() time.Time           // default time.Now
	NewID func(prefix string) string // default record.NewID of Now

	// Name tells this worker from all others in the records; default host and pid.
	Name string
	// Slots is how many jobs are worked on at a time; default 2.
	Slots int
	// Scratch is the folder for packages of a store that has no files, made where
	// it is missing; default heyan-scratch in the system's folder for such.
	// ScratchBytes bounds what lies there; default 8 GiB.
	Scratch      string
	ScratchBytes int64

	Lease      time.Duration // how long a job outlives its worker; default 15 s
	Reconcile  time.Duration // how often due jobs are published anew; default 15 s
	Drain      time.Duration // how long Run lets jobs finish; default 30 s
	BackOff    time.Duration // before the first retry, doubled for each more; default 500 ms
	MaxBackOff time.Duration // default 30 s

	// MaxCrashes children may die on a package, and MaxLost workers, before it is
	// judged without being read; MaxDamaged times its bytes may be missing or
	// altered before its job is buried. Defaults 3, 5 and 5.
	MaxCrashes, MaxLost, MaxDamaged int

	Metrics Metrics      // default none
	Log     *slog.Logger // default none
}

// Defaults of Config.
const (
	defaultSlots        = 2
	defaultScratchBytes = 8 << 30
	defaultLease        = 15 * time.Second
	defaultReconcile    = 15 * time.Second
	defaultDrain        = 30 * time.Second
	defaultBackOff      = 500 * time.Millisecond
	defaultMaxBackOff   = 30 * time.Second
	defaultMaxCrashes   = 3
	defaultMaxLost      = 5
	defaultMaxDamaged   = 5
)

// complete checks c and fills in what was left to us.
func (c *Config) complete() error {
	if c.Records == nil || c.Blobs == nil || c.Queue == nil || c.Analyze == nil {
		return errors.New("worker: Records, Blobs, Queue and Analyze must be given")
	}
	orElse(&c.Slots, defaultSlots)
	orElse(&c.ScratchBytes, defaultScratchBytes)
	orElse(&c.Lease, defaultLease)
	orElse(&c.Reconcile, defaultReconcile)
	orElse(&c.Drain, defaultDrain)
	orElse(&c.BackOff, defaultBackOff)
	orElse(&c.MaxBackOff, defaultMaxBackOff)
	orElse(&c.MaxCrashes, defaultMaxCrashes)
	orElse(&c.MaxLost, defaultMaxLost)
	orElse(&c.MaxDamaged, defaultMaxDamaged)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = func(prefix string) string { return record.NewID(prefix, c.Now()) }
	}
	if c.Notify == nil {
		c.Notify = func() {}
	}
	if c.Metrics == nil {
		c.Metrics = NoMetrics{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Name == "" {
		host, err := os.Hostname()
		if err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		c.Name = fmt.Sprintf("%s-%d", host, os.Getpid())
	}
	return nil
}

// orElse sets what was left at 0 or below.
func orElse[T int | int64 | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

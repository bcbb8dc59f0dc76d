package submit

import (
	"context"
	"log/slog"
	"time"

	"heyan/queue"
	"heyan/storage/blob"
	"heyan/storage/record"
)

// Records is what the use cases need of the database.
type Records interface {
	record.Submissions
	record.Idempotencies
	record.Judgements
	record.Alarms
	record.Rejudges
	Facts(ctx context.Context, sha256, version string) (body []byte, ofVersion string, err error)
	LatestJob(ctx context.Context, org, submission string) (record.Job, error)
	Backlog(ctx context.Context, now time.Time) ([]record.Backlog, error)
	BlobBySHA256(ctx context.Context, sha256 string) (record.Blob, error)
	BlobAltered(ctx context.Context, b record.Blob) (bool, error)
}

// Limits of what callers may do. Zero fields are the defaults.
type Limits struct {
	MaxSize int64 // of a package, in bytes; default 4 GiB
	// MinFree is what uploads leave free in a store that knows its room; default 1 GiB,
	// negative: none.
	MinFree int64
	// MaxUploads run at once in this process, MaxUploadsPerOrganisation of one
	// organisation; defaults 64 and 16.
	MaxUploads, MaxUploadsPerOrganisation int
	// AwaitFor is how long a reserved submission waits for its package (default
	// 24 h), PrecheckFor how long a precheck is kept (7 days), IdempotencyFor how
	// long the answer to a key is remembered (48 h).
	AwaitFor, PrecheckFor, IdempotencyFor time.Duration
	// Grace is the sweeper's: see DefaultGrace. A package must be received and
	// committed within half of it.
	Grace time.Duration
}

// DefaultGrace is how old an object must be before the sweeper may take it for
// rubbish. See internal/sweep for why it is safe.
const DefaultGrace = 24 * time.Hour

// The defaults of Limits.
const (
	DefaultMaxSize                   = 4 << 30
	DefaultMinFree                   = 1 << 30
	DefaultMaxUploads                = 64
	DefaultMaxUploadsPerOrganisation = 16
	DefaultAwaitFor                  = 24 * time.Hour
	DefaultPrecheckFor               = 7 * 24 * time.Hour
	DefaultIdempotencyFor            = 48 * time.Hour
)

// Config of a Service. Records, Blobs and Queue are required.
type Config struct {
	Records Records
	Blobs   blob.Store
	Queue   queue.Queue
	Now     func() time.Time           // default time.Now
	NewID   func(prefix string) string // default record.NewID
	Limits  Limits
	Metrics Metrics      // default: none
	Log     *slog.Logger // default: slog.Default
}

// Service is the use cases. Its methods may be called concurrently.
type Service struct {
	records Records
	blobs   blob.Store
	queue   queue.Queue
	now     func() time.Time
	newID   func(prefix string) string
	limits  Limits
	metrics Metrics
	log     *slog.Logger
	uploads *uploads
}

// New makes a Service. It starts nothing.
func New(c Config) *Service {
	s := &Service{
		records: c.Records, blobs: c.Blobs, queue: c.Queue,
		now: c.Now, newID: c.NewID, limits: c.Limits.withDefaults(),
		metrics: c.Metrics, log: c.Log,
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.newID == nil {
		s.newID = func(prefix string) string { return record.NewID(prefix, s.now()) }
	}
	if s.metrics == nil {
		s.metrics = noMetrics{}
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.uploads = newUploads(s.limits.MaxUploads, s.limits.MaxUploadsPerOrganisation)
	return s
}

// stamp is the time as the records keep it.
func (s *Service) stamp() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Limits returns the limits in force.
func (s *Service) Limits() Limits { return s.limits }

func (l Limits) withDefaults() Limits {
	def(&l.MaxSize, DefaultMaxSize)
	def(&l.MinFree, DefaultMinFree)
	l.MinFree = max(l.MinFree, 0)
	def(&l.MaxUploads, DefaultMaxUploads)
	def(&l.MaxUploadsPerOrganisation, DefaultMaxUploadsPerOrganisation)
	def(&l.AwaitFor, DefaultAwaitFor)
	def(&l.PrecheckFor, DefaultPrecheckFor)
	def(&l.IdempotencyFor, DefaultIdempotencyFor)
	def(&l.Grace, DefaultGrace)
	return l
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

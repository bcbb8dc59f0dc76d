package httpapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"heyan/internal/access"
	"heyan/internal/submit"
	"heyan/storage/record"
)

// Submissions is the use cases that the API offers: *submit.Service.
type Submissions interface {
	Limits() submit.Limits
	Submit(ctx context.Context, c submit.Caller, r submit.Request, u submit.Upload) (submit.Accepted, error)
	Reserve(ctx context.Context, c submit.Caller, r submit.Request) (submit.Accepted, error)
	Attach(ctx context.Context, c submit.Caller, id string, u submit.Upload) (submit.Accepted, error)
	Get(ctx context.Context, c submit.Caller, id string) (record.Submission, error)
	List(ctx context.Context, c submit.Caller, f record.Filter) ([]record.Submission, error)
	Progress(ctx context.Context, c submit.Caller, id string) (submit.Progress, error)
	Judgements(ctx context.Context, c submit.Caller, id string) ([]record.Judgement, error)
	Report(ctx context.Context, c submit.Caller, id string, seq int) (record.Judgement, record.Report, error)
	Package(ctx context.Context, c submit.Caller, id string) (io.ReadCloser, record.Submission, error)
	Recheck(ctx context.Context, c submit.Caller, id string, filing []byte, idempotencyKey string) (record.Submission, error)
	Cancel(ctx context.Context, c submit.Caller, id string) (record.Submission, error)
	Facts(ctx context.Context, c submit.Caller, sha256 string) ([]byte, error)
	Rejudge(ctx context.Context, c submit.Caller, r submit.RejudgeRequest) (record.Rejudge, error)
	GetRejudge(ctx context.Context, c submit.Caller, id string) (record.Rejudge, error)
	ListRejudges(ctx context.Context, c submit.Caller, limit int) ([]record.Rejudge, error)
	CancelRejudge(ctx context.Context, c submit.Caller, id string) (record.Rejudge, error)
	Alarms(ctx context.Context, c submit.Caller, after string, limit int) ([]record.Alarm, error)
}

// Authenticator recognises bearer tokens: *access.Authenticator.
type Authenticator interface {
	// Authenticate returns access.ErrUnauthenticated for a token that lets nobody in.
	Authenticate(ctx context.Context, bearer string) (submit.Caller, error)
}

// Access manages organisations and tokens: *access.Service.
type Access interface {
	CreateOrganisation(ctx context.Context, c submit.Caller, name string) (record.Organisation, error)
	Organisation(ctx context.Context, c submit.Caller, id string) (record.Organisation, error)
	Organisations(ctx context.Context, c submit.Caller, after string, limit int) ([]record.Organisation, error)
	SetOrganisationDisabled(ctx context.Context, c submit.Caller, id string, disabled bool) error
	CreateToken(ctx context.Context, c submit.Caller, n access.NewToken) (access.Issued, error)
	Tokens(ctx context.Context, c submit.Caller, org string) ([]record.Token, error)
	RevokeToken(ctx context.Context, c submit.Caller, org, id string) error
}

// Reports is what signed reports need.
type Reports struct {
	// Attach is seal.Signed: a report's JSON with our signature as its last member.
	// nil: it goes out as it is.
	Attach func(record.Report) ([]byte, error)
	// Keys returns the public keys, those retired too; nil: no such route.
	Keys func(context.Context) ([]record.SigningKey, error)
}

// Part is something that the service cannot do without.
type Part struct {
	Name  string // "records", "blobs", "queue"
	Check func(context.Context) error
}

// Limits of what clients may do. Zero fields are the defaults.
type Limits struct {
	// MinRate is how many bytes a second a client must send, reckoned over
	// RateWindow of waiting for it: 16 KiB/s over 30 s. A client that sends nothing
	// at all for RateWindow is let go too.
	MinRate    int64
	RateWindow time.Duration
	// WriteTimeout is how long a client may not take any of an answer: 60 s.
	WriteTimeout time.Duration
	// LingerFor and LingerBytes bound what is read and thrown away after a refusal
	// while the client is still sending: 10 s, 256 MiB.
	LingerFor   time.Duration
	LingerBytes int64
	// RequestsPerSecond of one token, and how many at once: 50 and 100. A negative
	// rate is none.
	RequestsPerSecond float64
	Burst             int
	// EventStreams of one organisation at once (64), how long one lasts (15 min),
	// how often the state is looked at at first (200 ms) and how often a sign of
	// life is sent (15 s).
	EventStreams   int
	EventStreamFor time.Duration
	EventPoll      time.Duration
	EventHeartbeat time.Duration
	// ResumableUploads of one organisation that are staged at once: 64.
	ResumableUploads int
}

// Staging is where resumable uploads are kept until they are whole.
type Staging struct {
	// Dir is a folder of this process alone. Empty: no resumable uploads.
	Dir string
	// KeepFor is how long an upload that nobody continues stays: 24 h.
	KeepFor time.Duration
	// Free returns how many bytes are free in Dir; nil: not asked. Uploads leave
	// MinFree of the submissions' limits.
	Free func(context.Context) (int64, error)
}

// Metrics is told what happens. Its methods must not block.
type Metrics interface {
	// RequestEnded is called once a request; route is the pattern, as
	// "GET /v1/submissions/{id}", never the path.
	RequestEnded(route string, status int, took time.Duration, in, out int64)
	// EventStreams is called with 1 when a stream begins, -1 when it ends.
	EventStreams(delta int)
	// RateLimited, Stalled: a request was refused, a client let go.
	RateLimited()
	Stalled()
}

// Config of an API. Submissions, Auth and Access are required.
type Config struct {
	Submissions Submissions
	Auth        Authenticator
	Access      Access
	Webhooks    Webhooks // nil: no such routes
	Reports     Reports
	Parts       []Part       // what /readyz asks
	Metrics     http.Handler // at /metrics; nil: not there
	Root        http.Handler // everything that is no API: pages; nil: a signpost
	// PublicURL is how clients reach the service, "https://heyan.example", for the
	// addresses in answers. Empty: they are paths.
	PublicURL string
	Version   string
	Limits    Limits
	Staging   Staging
	Observer  Metrics
	Now       func() time.Time
	NewID     func(prefix string) string
	Log       *slog.Logger
}

func (c Config) withDefaults() Config {
	def(&c.Limits.MinRate, 16<<10)
	def(&c.Limits.RateWindow, 30*time.Second)
	def(&c.Limits.WriteTimeout, time.Minute)
	def(&c.Limits.LingerFor, 10*time.Second)
	def(&c.Limits.LingerBytes, 256<<20)
	def(&c.Limits.RequestsPerSecond, 50)
	def(&c.Limits.Burst, 100)
	def(&c.Limits.EventStreams, 64)
	def(&c.Limits.EventStreamFor, 15*time.Minute)
	def(&c.Limits.EventPoll, 200*time.Millisecond)
	def(&c.Limits.EventHeartbeat, 15*time.Second)
	def(&c.Limits.ResumableUploads, 64)
	def(&c.Staging.KeepFor, 24*time.Hour)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		now := c.Now
		c.NewID = func(prefix string) string { return record.NewID(prefix, now()) }
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Root == nil {
		c.Root = http.HandlerFunc(signpost)
	}
	if c.Observer == nil {
		c.Observer = noMetrics{}
	}
	return c
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

type noMetrics struct{}

func (noMetrics) RequestEnded(string, int, time.Duration, int64, int64) {}
func (noMetrics) EventStreams(int)                                      {}
func (noMetrics) RateLimited()                                          {}
func (noMetrics) Stalled()                                              {}

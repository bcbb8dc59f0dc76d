// Package trace makes spans and sends them to an OpenTelemetry collector as OTLP
// over HTTP in JSON. It is what little of OpenTelemetry heyan needs: the official
// exporter brings gRPC with it, which costs 2 ms at every start of the program, and
// heyan starts itself once a package.
//
// A nil *Tracer and a nil *Span do nothing, so nobody asks whether tracing is on.
// Ending a span never blocks: a span that finds the queue full is counted and
// thrown away. Methods may be called concurrently; a span belongs to one goroutine.
package trace

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Kind is the role of a span, with OTLP's numbers.
type Kind int

// The kinds that there are here.
const (
	Internal Kind = 1
	Server   Kind = 2
	Client   Kind = 3
)

// Config of a Tracer. Endpoint is required.
type Config struct {
	// Endpoint is the collector, "http://127.0.0.1:4318"; /v1/traces is added.
	Endpoint string
	// Service, Version and Instance name this process.
	Service, Version, Instance string
	// Sample is the share of traces kept where the caller brings none: 0 to 1.
	Sample float64
	Client *http.Client // default: one with a time limit of 10 s
	Now    func() time.Time
	Log    *slog.Logger
}

// Tracer makes spans. Close it.
type Tracer struct {
	config  Config
	queue   chan *Span
	dropped atomic.Int64
	quit    chan struct{}
	closing sync.Once
	ended   sync.WaitGroup
	cancel  context.CancelFunc
}

// New returns a Tracer and starts its sender.
func New(c Config) *Tracer {
	if c.Client == nil {
		c.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t := &Tracer{config: c, queue: make(chan *Span, queueSize), quit: make(chan struct{}), cancel: cancel}
	t.ended.Go(func() { t.send(ctx) })
	return t
}

// Dropped is how many spans were thrown away.
func (t *Tracer) Dropped() int64 {
	if t == nil {
		return 0
	}
	return t.dropped.Load()
}

// Close sends what is left, within ctx, and ends. It is idempotent.
func (t *Tracer) Close(ctx context.Context) {
	if t == nil {
		return
	}
	t.closing.Do(func() { close(t.quit) })
	stop := context.AfterFunc(ctx, t.cancel)
	defer stop()
	t.ended.Wait()
	t.cancel()
}

// Span is something that took a while.
type Span struct {
	tracer     *Tracer
	id         identity
	parent     [8]byte
	name       string
	kind       Kind
	start, end time.Time
	attrs      []slog.Attr
	failure    string
}

// identity is what a traceparent header says.
type identity struct {
	trace   [16]byte
	span    [8]byte
	sampled bool
}

func (i identity) valid() bool { return i.trace != [16]byte{} && i.span != [8]byte{} }

type contextKey struct{}

func fromContext(ctx context.Context) identity {
	id, _ := ctx.Value(contextKey{}).(identity)
	return id
}

// Start begins a span, a child of the one in ctx. End it.
func (t *Tracer) Start(ctx context.Context, name string, kind Kind, attrs ...slog.Attr) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	parent := fromContext(ctx)
	id := identity{trace: parent.trace, sampled: parent.sampled}
	if !parent.valid() {
		_, _ = rand.Read(id.trace[:]) // never fails
		// The last 56 bits of a trace id are random by W3C Trace Context level 2.
		id.sampled = float64(binary.BigEndian.Uint64(id.trace[8:])>>8)/math.Exp2(56) < t.config.Sample
	}
	_, _ = rand.Read(id.span[:])
	ctx = context.WithValue(ctx, contextKey{}, id)
	if !id.sampled {
		return ctx, nil
	}
	return ctx, &Span{tracer: t, id: id, parent: parent.span, name: name, kind: kind, start: t.config.Now(), attrs: attrs}
}

// Name renames the span, once it is known what it is.
func (s *Span) Name(name string) {
	if s != nil {
		s.name = name
	}
}

// Set adds attributes.
func (s *Span) Set(attrs ...slog.Attr) {
	if s != nil {
		s.attrs = append(s.attrs, attrs...)
	}
}

// Fail marks the span as failed. The reason must hold no secret.
func (s *Span) Fail(reason string) {
	if s != nil {
		s.failure = reason
	}
}

// End hands the span over. It is not touched after.
func (s *Span) End() {
	if s == nil {
		return
	}
	s.end = s.tracer.config.Now()
	select {
	case s.tracer.queue <- s:
	default:
		s.tracer.dropped.Add(1)
	}
}

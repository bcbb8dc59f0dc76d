// Package app puts the service together: it opens the components that the
// configuration names, starts what this process is to do and stops it in order. It
// decides nothing else.
//
// A process is an API (heyan serve), workers (heyan worker), or both: heyan serve
// alone is a whole service with everything in its data directory.
//
// Stopping: no new connection is taken, requests under way and jobs under way have
// config.Drain to end, then what goes on behind them stops (webhooks, sweeping), and
// the stores are closed last. What does not end in time is cut: nothing that was
// acknowledged is lost by that, a cut job is taken up by another worker.
package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"heyan/internal/access"
	"heyan/internal/config"
	"heyan/internal/inspect"
	"heyan/internal/obs"
	"heyan/internal/obs/trace"
	"heyan/internal/seal"
	"heyan/internal/submit"
	"heyan/internal/sweep"
	"heyan/internal/webhook"
	"heyan/internal/worker"
	"heyan/storage/record"
)

// Error is a fault told to an operator in both languages, with what to do.
type Error struct {
	ZH, EN string
	Cause  error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.EN + ": " + e.Cause.Error()
	}
	return e.EN
}

func (e *Error) Unwrap() error { return e.Cause }

// Options are what does not stand in the configuration. The zero Options are good.
type Options struct {
	Role   config.Role // RoleServe or RoleWorker
	Stderr io.Writer   // for what is shown once: the first administrator's token
	Log    *slog.Logger
	// Analyze reads packages; nil is the sandbox, as the configuration wants it.
	Analyze inspect.AnalyzeFunc
	Now     func() time.Time
}

func (o Options) withDefaults(c *config.Config) Options {
	if o.Stderr == nil {
		o.Stderr = os.Stderr
	}
	if o.Log == nil {
		o.Log = obs.NewLog(o.Stderr, c.Log.Level, c.Log.Format)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// App is one process of the service. Open makes it, Run runs it, Close ends it.
type App struct {
	Options
	config  *config.Config
	stores  *Stores
	metrics *obs.Metrics
	tracer  *trace.Tracer
	closers []func()

	keys       *seal.Keyring
	submit     *submit.Service
	pool       *worker.Pool // nil: no workers here
	auth       *access.Authenticator
	dispatcher *webhook.Dispatcher
	sweeper    *sweep.Sweeper

	api      *http.Server // nil: no API here
	apiAt    net.Listener
	endAPI   func() // ends what outlives requests by design
	health   *http.Server
	healthAt net.Listener
}

// newID makes ids by the App's clock.
func (a *App) newID(prefix string) string { return record.NewID(prefix, a.Now()) }

// Open opens everything that the process needs and does nothing with it yet. Its
// errors are *Error.
func Open(ctx context.Context, c *config.Config, o Options) (_ *App, err error) {
	a := &App{Options: o.withDefaults(c), config: c, metrics: obs.NewMetrics(inspect.EngineVersion)}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if err := a.prepareData(); err != nil {
		return nil, err
	}
	// Before anything is made: an address that is taken must not cost the one showing
	// of the first administrator's token.
	if err := a.listen(ctx); err != nil {
		return nil, err
	}
	a.startTracing()
	if a.stores, err = OpenStores(ctx, c, a.Log, a.Now); err != nil {
		return nil, err
	}
	if err := a.stores.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := a.takeOver(ctx); err != nil {
		return nil, err
	}
	if a.keys, err = seal.Open(ctx, a.stores.Records, a.Now); err != nil {
		return nil, &Error{ZH: "打不开签名密钥，请检查数据库", EN: "cannot open the signing key; look at the database", Cause: err}
	}
	if err := a.openWorkers(ctx); err != nil {
		return nil, err
	}
	if o.Role == config.RoleServe {
		if err := a.openService(ctx); err != nil {
			return nil, err
		}
	}
	a.watch()
	return a, nil
}

// onClose adds what Close does, last first.
func (a *App) onClose(f func()) { a.closers = append(a.closers, f) }

// Close gives everything back. It is idempotent.
func (a *App) Close() error {
	for _, l := range []net.Listener{a.apiAt, a.healthAt} {
		if l != nil {
			l.Close() // closed already where Run was
		}
	}
	if a.endAPI != nil {
		a.endAPI()
	}
	var err error
	if a.stores != nil {
		err = a.stores.Close()
		a.stores = nil
	}
	for len(a.closers) > 0 {
		last := len(a.closers) - 1
		a.closers[last]()
		a.closers = a.closers[:last]
	}
	return err
}

func (a *App) startTracing() {
	if a.config.Tracing.Endpoint == "" {
		return
	}
	host, _ := os.Hostname() // a name is no more than a help
	a.tracer = trace.New(trace.Config{
		Endpoint: a.config.Tracing.Endpoint, Sample: a.config.Tracing.Sample,
		Service: "heyan", Version: inspect.EngineVersion, Instance: host, Now: a.Now, Log: a.Log,
	})
	a.metrics.WatchDropped(a.tracer.Dropped)
	a.onClose(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		a.tracer.Close(ctx)
	})
}

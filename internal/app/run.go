package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"heyan/internal/config"
	"heyan/internal/httpapi"
	"heyan/internal/obs"
)

// listen takes the addresses. Who comes before Run waits.
func (a *App) listen(ctx context.Context) (err error) {
	if a.Role == config.RoleServe {
		if a.apiAt, err = listenAt(ctx, "listen", a.config.Listen); err != nil {
			return err
		}
	}
	if a.config.Metrics.Listen != "" {
		a.healthAt, err = listenAt(ctx, "metrics.listen", a.config.Metrics.Listen)
	}
	return err
}

func listenAt(ctx context.Context, key, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &Error{ZH: fmt.Sprintf("不能监听 %s（%s）：可能已被占用，请换一个地址或停掉占用者", address, key),
			EN: fmt.Sprintf("cannot listen at %s (%s): it may be taken; choose another address or stop what has it", address, key), Cause: err}
	}
	return l, nil
}

// watch makes the metrics that are asked for as Prometheus asks, and the server of
// those that have an address of their own.
func (a *App) watch() {
	stores := a.stores
	a.metrics.Watch(obs.Backlog{Jobs: stores.Records.Backlog, Messages: stores.Queue.Depth, Now: a.Now})
	if a.healthAt != nil {
		a.health = a.server(a.healthHandler())
	}
}

// URL is where the API is.
func (a *App) URL() string {
	if a.apiAt == nil {
		return ""
	}
	scheme := "http"
	if a.config.TLS.Cert != "" {
		scheme = "https"
	}
	return scheme + "://" + a.apiAt.Addr().String()
}

// Run does what the process is for until ctx ends or something that it cannot do
// without fails.
func (a *App) Run(ctx context.Context) error {
	a.announce()
	ctx, fail := context.WithCancel(ctx)
	defer fail()
	// What goes on behind the requests and jobs stops after them.
	behindCtx, stopBehind := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBehind()

	var front, behind errgroup.Group
	start := func(g *errgroup.Group, ctx context.Context, what string, run func(context.Context) error) {
		g.Go(func() error {
			err := run(ctx)
			if err != nil && ctx.Err() == nil {
				fail() // the others stop in order
				return fmt.Errorf("%s: %w", what, err)
			}
			return nil
		})
	}
	if a.api != nil {
		start(&front, ctx, "api", func(ctx context.Context) error { return a.serve(ctx, a.api, a.serveAPI) })
		start(&behind, behindCtx, "webhooks", a.dispatcher.Run)
		start(&behind, behindCtx, "sweeper", a.sweeper.Run)
		start(&behind, behindCtx, "tokens", a.auth.Run)
		start(&behind, behindCtx, "rejudging", a.advanceRejudges)
	}
	if a.health != nil {
		start(&behind, behindCtx, "health", func(ctx context.Context) error {
			return a.serve(ctx, a.health, func() error { return a.health.Serve(a.healthAt) })
		})
	}
	if a.pool != nil {
		start(&front, ctx, "workers", a.pool.Run)
	}
	start(&front, ctx, "", func(ctx context.Context) error { <-ctx.Done(); return nil })
	err := front.Wait()
	stopBehind()
	return errors.Join(err, behind.Wait())
}

func (a *App) serveAPI() error {
	if a.config.TLS.Cert != "" {
		return a.api.ServeTLS(a.apiAt, a.config.TLS.Cert, a.config.TLS.Key)
	}
	return a.api.Serve(a.apiAt)
}

// announce says in the log what runs, and where.
func (a *App) announce() {
	attrs := []any{"records", a.config.Records.Engine, "blobs", a.config.Blobs.Engine, "queue", a.config.Queue.Engine}
	if a.pool != nil {
		attrs = append(attrs, "slots", a.config.Worker.Slots.Count())
	}
	if url := a.URL(); url != "" {
		attrs = append(attrs, "url", url)
	}
	if a.config.Embedded() {
		attrs = append(attrs, "data", a.config.Data)
	}
	a.Log.Info("started", attrs...)
}

// rejudgeEvery is how often runs of re-judgements get more jobs.
const rejudgeEvery = 2 * time.Second

func (a *App) advanceRejudges(ctx context.Context) error {
	tick := time.NewTicker(rejudgeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := a.submit.AdvanceRejudges(ctx); err != nil && ctx.Err() == nil {
			a.Log.WarnContext(ctx, "rejudging stands still and will be tried again", "error", err)
		}
	}
}

// healthHandler answers Prometheus and probes where they have an address of their own.
func (a *App) healthHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.Handle("GET /readyz", ready(a.stores.Parts()))
	return mux
}

// ready asks every part and names those that do not answer.
func ready(parts []httpapi.Part) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		var away []string
		for _, p := range parts {
			if p.Check(ctx) != nil {
				away = append(away, p.Name)
			}
		}
		if len(away) > 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, "unavailable:", away)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}

// Run opens a process of the service and runs it until ctx ends.
func Run(ctx context.Context, c *config.Config, o Options) (err error) {
	a, err := Open(ctx, c, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	err = a.Run(ctx)
	a.Log.Info("stopped")
	return err
}

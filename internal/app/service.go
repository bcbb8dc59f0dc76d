package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"heyan/internal/access"
	"heyan/internal/config"
	"heyan/internal/httpapi"
	"heyan/internal/inspect"
	"heyan/internal/obs"
	"heyan/internal/seal"
	"heyan/internal/submit"
	"heyan/internal/sweep"
	"heyan/internal/webhook"
	"heyan/queue"
	"heyan/storage/blob"
)

// openService makes the API and what goes on behind it.
func (a *App) openService(ctx context.Context) error {
	records, log := a.stores.Records, a.Log
	if err := a.bootstrap(ctx); err != nil {
		return err
	}
	a.submit = submit.New(submit.Config{
		Records: records, Blobs: a.stores.Blobs, Queue: a.stores.Queue, Now: a.Now, NewID: a.newID,
		Limits: a.submitLimits(), Metrics: a.metrics.Submit(), Log: log,
	})
	a.auth = access.NewAuthenticator(records, a.Now, log)
	fence := guard(a.config.Webhooks)
	a.dispatcher = webhook.NewDispatcher(webhook.Config{
		Outbox: records, Guard: fence, Timeout: time.Duration(a.config.Webhooks.Timeout),
		Now: a.Now, NewID: a.newID, Metrics: a.metrics.Webhook(), Log: log,
	})
	a.sweeper = newSweeper(a.stores, a.config, log)
	a.sweeper.Metrics = a.metrics.Sweep()
	return a.openAPI(webhook.New(webhook.ServiceConfig{
		Records: records, Guard: fence, Now: a.Now, NewID: a.newID, Wake: a.dispatcher.Wake,
	}))
}

func (a *App) submitLimits() submit.Limits {
	l := a.config.Limits
	limits := submit.Limits{
		MaxSize: int64(l.MaxPackage), MinFree: int64(l.MinFree),
		MaxUploads: l.Uploads, MaxUploadsPerOrganisation: l.UploadsPerOrganisation,
		AwaitFor: time.Duration(l.Await), PrecheckFor: time.Duration(a.config.Retention.Precheck),
		IdempotencyFor: time.Duration(l.Idempotency), Grace: time.Duration(a.config.Retention.Orphans),
	}
	if limits.MinFree == 0 {
		limits.MinFree = -1 // none, where 0 would be the default
	}
	return limits
}

func (a *App) openAPI(webhooks *webhook.Service) error {
	records := a.stores.Records
	staging, err := a.staging()
	if err != nil {
		return &Error{ZH: "不能建立断点续传的暂存目录，请检查数据目录的权限", EN: "cannot make the folder of resumable uploads; check the permissions of the data directory", Cause: err}
	}
	c := httpapi.Config{
		Submissions: a.submit, Auth: a.auth, Webhooks: webhooks,
		Access:  access.New(access.Config{Records: records, Now: a.Now, NewID: a.newID}),
		Reports: httpapi.Reports{Attach: seal.Signed, Keys: records.PublicKeys},
		Parts:   a.stores.Parts(), PublicURL: a.config.PublicURL, Version: inspect.EngineVersion,
		Limits: httpapi.Limits{MinRate: int64(a.config.Limits.MinRate), RequestsPerSecond: rate(a.config.Limits.RequestsPerSecond)},
		Staging: httpapi.Staging{Dir: staging, Free: func(context.Context) (int64, error) {
			free, _, err := space(staging)
			return free, err
		}},
		Observer: a.metrics.HTTP(), Now: a.Now, NewID: a.newID, Log: a.Log,
	}
	if a.config.Metrics.Listen == "" {
		c.Metrics = a.metrics.Handler()
	}
	api, err := httpapi.New(c)
	if err != nil {
		return &Error{ZH: "接口不能启动", EN: "the API cannot start", Cause: err}
	}
	a.endAPI = api.Close
	a.api = a.server(obs.Requests(api, a.tracer, a.newID))
	a.api.RegisterOnShutdown(api.EndStreams)
	return nil
}

// rate is httpapi's, where 0 is the default and below it there is none.
func rate(perSecond int) float64 {
	if perSecond == 0 {
		return -1
	}
	return float64(perSecond)
}

// Parts are what the service cannot do without, as /readyz asks for them.
func (s *Stores) Parts() []httpapi.Part {
	parts := []httpapi.Part{{Name: "records", Check: func(ctx context.Context) error {
		_, _, err := s.Records.Check(ctx, s.now())
		return err
	}}}
	if c, ok := s.Blobs.(blob.Checker); ok {
		parts = append(parts, httpapi.Part{Name: "blobs", Check: checker(c.Check)})
	}
	if c, ok := s.Queue.(queue.Checker); ok {
		parts = append(parts, httpapi.Part{Name: "queue", Check: checker(c.Check)})
	}
	return parts
}

func checker(check func(context.Context) (string, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := check(ctx)
		return err
	}
}

// bootstrap makes the first administrator where the database has none, and shows the
// token, this once.
func (a *App) bootstrap(ctx context.Context) error {
	secret, won, err := access.Bootstrap(ctx, a.stores.Records, a.Now(), a.newID)
	switch {
	case err != nil:
		return unreachable(err)
	case !won:
		return nil
	}
	fmt.Fprintf(a.Stderr, `
  管理员令牌（只显示这一次，请妥善保存） / administrator's token, shown this once, keep it safe:

    %s

`, secret)
	if !a.config.Embedded() {
		return nil
	}
	name := AdminTokenFile(a.config.Data)
	if err := os.WriteFile(name, []byte(secret+"\n"), 0o600); err != nil {
		return &Error{ZH: "写不了管理员令牌文件", EN: "cannot write the administrator's token", Cause: err}
	}
	fmt.Fprintf(a.Stderr, "  也存在 / also in %s (0600)\n\n", name)
	return nil
}

// server is an http.Server with the limits that every listener has. Bodies have
// theirs in httpapi: a package may take as long as it moves.
func (a *App) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}
}

// serve runs a server until ctx ends, lets its requests end within the time to
// drain, and cuts what is left.
func (a *App) serve(ctx context.Context, s *http.Server, run func() error) error {
	failed := make(chan error, 1)
	go func() { failed <- run() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(a.config.Drain))
	defer cancel()
	if err := s.Shutdown(drain); err != nil {
		a.Log.Warn("requests were cut that did not end in time", "drain", a.config.Drain.String())
		s.Close()
	}
	if err := <-failed; err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// newSweeper is the sweeper as the configuration wants it.
func newSweeper(s *Stores, c *config.Config, log *slog.Logger) *sweep.Sweeper {
	return &sweep.Sweeper{
		Records: s.Records, Blobs: s.Blobs, Alarms: s.Records, Grace: time.Duration(c.Retention.Orphans),
		Interval: time.Duration(c.Retention.SweepEvery), WalkEvery: time.Duration(c.Retention.WalkEvery),
		Now: s.now, Log: log,
	}
}

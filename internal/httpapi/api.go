package httpapi

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"heyan/internal/submit"
)

// API is the HTTP interface. It may serve any number of requests concurrently.
type API struct {
	config   Config
	mux      *http.ServeMux
	huma     huma.API
	openapi  []byte
	docs     map[string][]byte // by language
	docsCSP  string
	meanings map[submit.Code]meaning
	rates    *rates
	streams  *counters
	patches  *counters
	staging  *staging // nil: no resumable uploads

	// life ends with Close: what outlives a request by design stops then.
	life   context.Context
	end    context.CancelFunc
	behind sync.WaitGroup
	// draining is closed when the server begins to stop: event streams end.
	draining  chan struct{}
	drainOnce sync.Once
}

// New makes an API. Where resumable uploads are configured their folder is made, and
// looked after until Close: what an earlier process left in it is taken up again.
func New(c Config) (*API, error) {
	c = c.withDefaults()
	life, end := context.WithCancel(context.Background())
	a := &API{
		config: c, mux: http.NewServeMux(), meanings: meanings(),
		rates:   newRates(c.Limits.RequestsPerSecond, c.Limits.Burst, c.Now),
		streams: newCounters(c.Limits.EventStreams, 0),
		patches: newCounters(c.Submissions.Limits().MaxUploadsPerOrganisation, c.Submissions.Limits().MaxUploads),
		life:    life, end: end, draining: make(chan struct{}),
	}
	if c.Staging.Dir != "" {
		s, err := newStaging(a)
		if err != nil {
			end()
			return nil, fmt.Errorf("resumable uploads: %w", err)
		}
		a.staging = s
	}
	a.routes()
	if err := a.describe(); err != nil {
		end()
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	if a.staging != nil {
		a.behind.Go(func() { a.staging.run(a.life) })
	}
	return a, nil
}

// EndStreams ends the event streams, for http.Server.RegisterOnShutdown: a server
// that stops waits for its requests, and these would go on.
func (a *API) EndStreams() { a.drainOnce.Do(func() { close(a.draining) }) }

// Close stops what goes on behind the requests and waits for it: call it after the
// server has stopped.
func (a *API) Close() {
	a.EndStreams()
	a.end()
	a.behind.Wait()
}

// ServeHTTP serves the API and, everywhere else, Config.Root.
func (a *API) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	start := time.Now()
	q := &request{id: a.requestID(r), lang: language(r.Header.Get("Accept-Language"))}
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
	w := a.watch(rw, r)
	w.Header().Set(RequestIDHeader, q.id)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	route := "(other)"
	defer func() {
		abort := false
		if v := recover(); v != nil {
			abort = a.panicked(w, r, v)
		}
		if !abort {
			w.finish(a.config.Limits.LingerFor, a.config.Limits.LingerBytes)
		}
		a.log(r, w, q, route, time.Since(start))
		if abort {
			panic(http.ErrAbortHandler)
		}
	}()
	_, pattern := a.mux.Handler(r)
	switch {
	case pattern != "":
		route = pattern
		a.mux.ServeHTTP(w, r)
	case a.ours(r.URL.Path):
		a.missing(w, r)
	default:
		a.config.Root.ServeHTTP(w, r)
	}
}

// watch wraps both ends of a request.
func (a *API) watch(rw http.ResponseWriter, r *http.Request) *response {
	w := &response{
		ResponseWriter: rw, request: r, timeout: a.config.Limits.WriteTimeout,
		control: http.NewResponseController(rw),
	}
	if r.Body != nil && r.Body != http.NoBody {
		w.body = &requestBody{
			ReadCloser: r.Body, control: w.control, stalled: a.config.Observer.Stalled,
			pace: pace{rate: a.config.Limits.MinRate, window: a.config.Limits.RateWindow},
		}
		r.Body = w.body
	}
	return w
}

// panicked answers a request whose handler panicked. It reports whether the
// connection is to be cut instead: on purpose, or since what was sent must not be
// taken for whole.
func (a *API) panicked(w *response, r *http.Request, v any) (abort bool) {
	if v == http.ErrAbortHandler { //nolint:errorlint // the very value, as net/http compares it
		return true
	}
	a.config.Log.ErrorContext(r.Context(), "handler panicked",
		"request_id", requestOf(r.Context()).id, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	if w.status != 0 {
		return true
	}
	a.fail(w, r, fmt.Errorf("panic: %v", v))
	return false
}

// ours reports whether a path belongs to the API, so that what is not there is said
// as a problem.
func (a *API) ours(path string) bool {
	if path == "/v1" || strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/.well-known/heyan") {
		return true
	}
	switch path {
	case "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs":
		return true
	}
	return false
}

// missing answers where no route is: 404, or 405 with the methods there are.
func (a *API) missing(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := a.mux.Handler(probe); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		a.fail(w, r, refuse(submit.CodeNotFound, text{}, nil))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	a.fail(w, r, refuse(CodeMethodNotAllowed, text{}, nil))
}

// signpost is what stands at / until there are pages.
func signpost(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	_, _ = w.Write([]byte(signpostPage))
}

const signpostPage = template.HTML(`<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>核验 heyan</title>` +
	`<h1>核验 heyan</h1><p>接口文档 / API: <a href="/docs">/docs</a> · <a href="/openapi.json">/openapi.json</a></p></html>`)

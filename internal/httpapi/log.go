package httpapi

import (
	"log/slog"
	"net/http"
	"time"
)

// log writes one line a request and tells the metrics. Probes are only seen where
// the log is at debug; what is our fault stands out.
func (a *API) log(r *http.Request, w *response, q *request, route string, took time.Duration) {
	var in int64
	if w.body != nil {
		in = w.body.total
	}
	status := w.status
	if status == 0 { // the handler wrote nothing: net/http answers 200
		status = http.StatusOK
	}
	a.config.Observer.RequestEnded(route, status, took, in, w.written)
	level := slog.LevelInfo
	switch {
	case status >= 500 && status != http.StatusInsufficientStorage:
		level = slog.LevelError
	case r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics":
		level = slog.LevelDebug
	}
	attrs := append([]slog.Attr{
		slog.String("method", r.Method), slog.String("route", route), slog.Int("status", status),
		slog.Duration("took", took), slog.Int64("in", in), slog.Int64("out", w.written),
		slog.String("remote", r.RemoteAddr),
	}, q.attrs()...)
	a.config.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

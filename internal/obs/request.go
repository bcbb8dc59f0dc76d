package obs

import (
	"log/slog"
	"net/http"
	"strings"

	"heyan/internal/httpapi"
	"heyan/internal/obs/trace"
)

// Requests gives every request that goes to next a span and, for the log, its id:
// the caller's own where it is a plain one (httpapi decides that again, alike).
func Requests(next http.Handler, t *trace.Tracer, newID func(prefix string) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(httpapi.RequestIDHeader)
		if !plain(id) {
			id = newID("req")
			r.Header.Set(httpapi.RequestIDHeader, id)
		}
		ctx := trace.Extract(r.Context(), r.Header)
		ctx, span := t.Start(ctx, r.Method+" "+Route(r.URL.Path), trace.Server,
			slog.String("http.request.method", r.Method), slog.String("url.path", r.URL.Path), slog.String("heyan.request_id", id))
		defer span.End()
		ctx = WithAttrs(ctx, slog.String("request_id", id))
		if span == nil {
			next.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		seen := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(seen, r.WithContext(ctx))
		span.Set(slog.Int("http.response.status_code", seen.status))
		if seen.status >= http.StatusInternalServerError {
			span.Fail(http.StatusText(seen.status))
		}
	})
}

// plain reports whether an id can stand in a log as it is.
func plain(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	return !strings.ContainsFunc(id, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && !strings.ContainsRune("-_.:", c)
	})
}

// Route is a path without the ids in it: spans of one kind have one name.
func Route(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		prefix, rest, ok := strings.Cut(p, "_")
		switch {
		case ok && len(rest) == 26 && len(prefix) <= 4, len(p) == 64, len(p) > 40:
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

// statusWriter sees the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

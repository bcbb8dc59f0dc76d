package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"heyan/internal/submit"
)

// request is what is known of a request on its way through: by the log, by the
// errors, by the handlers.
type request struct {
	id         string
	lang       string // "zh" or "en"
	caller     submit.Caller
	submission string // for the log
	code       string // of the error it ended in
	cause      error
}

type requestKey struct{}

// requestOf returns the request of a context; API.ServeHTTP made it.
func requestOf(ctx context.Context) *request {
	q, _ := ctx.Value(requestKey{}).(*request)
	if q == nil {
		return &request{lang: "zh"}
	}
	return q
}

// callerOf returns whose request it is.
func callerOf(ctx context.Context) submit.Caller { return requestOf(ctx).caller }

func (q *request) failed(code string, known *submit.Error) {
	q.code, q.cause = code, known.Cause
}

// attrs is what the log says of the request.
func (q *request) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("request_id", q.id)}
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	add("organisation", q.caller.Organisation)
	add("token", q.caller.Token)
	add("submission", q.submission)
	add("code", q.code)
	if q.cause != nil {
		attrs = append(attrs, slog.Any("error", q.cause))
	}
	return attrs
}

// RequestIDHeader carries a request's id both ways.
const RequestIDHeader = "X-Request-Id"

// requestID is the client's own id where it is a plain one, else a new one: ids go
// into logs.
func (a *API) requestID(r *http.Request) string {
	id := r.Header.Get(RequestIDHeader)
	if len(id) < 1 || len(id) > 128 {
		return a.config.NewID("req")
	}
	for _, c := range []byte(id) {
		plain := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("-_.:", c) >= 0
		if !plain {
			return a.config.NewID("req")
		}
	}
	return id
}

// language is the one of the two that the client likes better, "zh" where it does
// not say.
func language(header string) string {
	best, lang := 0.0, "zh"
	for item := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(item), ";")
		base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if base != "zh" && base != "en" {
			continue
		}
		if q := quality(params); q > best {
			best, lang = q, base
		}
	}
	return lang
}

// quality reads "q=0.8" among the parameters of an Accept header's item.
func quality(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || q < 0 || q > 1 {
			return 0
		}
		return q
	}
	return 1
}

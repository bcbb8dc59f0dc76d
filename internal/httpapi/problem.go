package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"heyan/internal/submit"
)

// Problem is an error as a client gets it: RFC 9457, application/problem+json.
type Problem struct {
	Type      string          `json:"type" format:"uri-reference" example:"/docs#package-too-large" doc:"此错误的说明 / Where this kind of error is explained"`
	Title     string          `json:"title" doc:"这一类错误 / The kind of error"`
	Status    int             `json:"status" doc:"HTTP 状态码 / HTTP status"`
	Detail    string          `json:"detail" doc:"这一次的原因和办法 / What happened and what to do"`
	Code      string          `json:"code" example:"package-too-large" doc:"稳定的错误代码 / Stable name of the error"`
	Errors    []ProblemDetail `json:"errors,omitempty" doc:"逐项说明 / What is wrong, item by item"`
	RequestID string          `json:"request_id" doc:"请求编号，联系管理员时请提供 / The request's id, for the operator"`
}

// ProblemDetail is one of several things that are wrong.
type ProblemDetail struct {
	Line   int    `json:"line,omitempty" doc:"备案文件的行号 / Line of the filing"`
	Path   string `json:"path,omitempty" example:"body.purpose" doc:"所在位置 / Where"`
	Detail string `json:"detail" doc:"问题和办法 / What is wrong and what to do"`
}

// ContentType makes huma send problems as such.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// failure is an error on its way to a client: what huma needs to know of one.
type failure struct {
	*Problem
	retry time.Duration
	cause error
}

func (f *failure) Error() string  { return f.Code }
func (f *failure) Unwrap() error  { return f.cause }
func (f *failure) GetStatus() int { return f.Status }

// GetHeaders says when to try again.
func (f *failure) GetHeaders() http.Header {
	h := http.Header{}
	if f.retry > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64(math.Ceil(f.retry.Seconds())), 10))
	}
	if f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="heyan"`)
	}
	return h
}

// MarshalJSON writes the problem alone.
func (f *failure) MarshalJSON() ([]byte, error) { return json.Marshal(f.Problem) }

// newFailure words an error for the client of a request. What is no *submit.Error is
// a fault of ours: it is logged, and the client is told no more than its request id.
func (a *API) newFailure(ctx context.Context, err error) *failure {
	q := requestOf(ctx)
	var known *submit.Error
	switch ok := errors.As(err, &known); {
	case ctx.Err() != nil && errors.Is(err, context.Canceled) && (!ok || known.Code == submit.CodeUnavailable):
		// The client is gone, and that is all that is wrong.
		known = &submit.Error{Code: submit.CodeUploadCut, Cause: err}
	case !ok:
		known = &submit.Error{Code: CodeInternal, Cause: err}
	}
	m, ok := a.meanings[known.Code]
	if !ok { // a code that the table does not have; a test sees to it
		m = a.meanings[CodeInternal]
	}
	f := &failure{cause: err, retry: known.RetryAfter, Problem: &Problem{
		Type:      "/docs#" + string(known.Code),
		Title:     m.Title.in(q.lang),
		Status:    m.Status,
		Detail:    text{known.ZH, known.EN}.in(q.lang),
		Code:      string(known.Code),
		RequestID: q.id,
	}}
	if f.Detail == "" {
		f.Detail = m.Detail.in(q.lang)
	}
	if f.retry == 0 {
		f.retry = defaultRetry(m.Status)
	}
	for _, p := range known.Problems {
		f.Errors = append(f.Errors, ProblemDetail{Line: p.Line, Path: p.Path, Detail: text{p.ZH, p.EN}.in(q.lang)})
	}
	q.failed(string(known.Code), known)
	return f
}

// defaultRetry is when to try again where the error does not say: these statuses
// never go out without Retry-After.
func defaultRetry(status int) time.Duration {
	switch status {
	case http.StatusTooManyRequests:
		return time.Second
	case http.StatusServiceUnavailable:
		return 10 * time.Second
	case http.StatusInsufficientStorage:
		return 5 * time.Minute
	}
	return 0
}

// fail writes an error. It is the way out of every handler that huma does not run.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := a.newFailure(r.Context(), err)
	for k, v := range f.GetHeaders() {
		w.Header()[k] = v
	}
	body, err := json.Marshal(f.Problem)
	if err != nil { // strings and numbers
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", problemType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(f.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// handler is a route that answers with an error or by itself.
type handler func(w http.ResponseWriter, r *http.Request) error

// serve runs one.
func (a *API) serve(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			a.fail(w, r, err)
		}
	}
}

// refuse makes an error of this package; the words are the table's where the given
// ones are empty.
func refuse(code submit.Code, words text, cause error) *submit.Error {
	return &submit.Error{Code: code, ZH: words.ZH, EN: words.EN, Cause: cause}
}

// writeJSON answers with a value.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
	return nil
}

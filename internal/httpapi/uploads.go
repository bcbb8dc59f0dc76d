package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	tus "github.com/tus/tusd/v2/pkg/handler"

	"heyan/internal/submit"
	"heyan/storage/record"
)

// uploads adds the routes of resumable uploads, tus 1.0 (https://tus.io): an upload
// is made for an awaiting submission, whose id is in its Upload-Metadata and, from
// then on, in its address. So every request finds the submission first, as its
// caller, and nobody reaches another's upload.
func (a *API) uploads() {
	if a.staging == nil {
		return
	}
	a.mux.Handle("OPTIONS /v1/uploads", http.HandlerFunc(a.staging.handler.Middleware(http.NotFoundHandler()).ServeHTTP))
	a.route("POST /v1/uploads", a.createUpload)
	a.route("HEAD /v1/uploads/{id}", a.headUpload)
	a.route("PATCH /v1/uploads/{id}", a.patchUpload)
	a.route("DELETE /v1/uploads/{id}", a.deleteUpload)
}

// createUpload makes an upload; staging.created looks at what it is for.
func (a *API) createUpload(w http.ResponseWriter, r *http.Request) error {
	if err := maySubmit(callerOf(r.Context())); err != nil {
		return err
	}
	if r.Header.Get("Content-Type") == tusChunk {
		return a.patching(w, r, a.staging.handler.PostFile)
	}
	return a.tus(w, r, a.staging.handler.PostFile)
}

// headUpload says how much is here. Of an upload that is whole that is all of it,
// and the submission has its package: where that was interrupted it is done now.
func (a *API) headUpload(w http.ResponseWriter, r *http.Request) error {
	if _, err := a.uploadFor(r); err != nil {
		return err
	}
	if caller := callerOf(r.Context()); maySubmit(caller) == nil {
		if err := a.staging.complete(r.Context(), caller, r.PathValue("id")); err != nil {
			return err
		}
	}
	if a.staging.has(r.PathValue("id")) {
		return a.tus(w, r, a.staging.handler.HeadFile)
	}
	s, err := a.uploadFor(r)
	if err != nil {
		return err
	}
	if s.State == record.StateAwaiting || s.Size == 0 {
		return errNoUpload()
	}
	size := strconv.FormatInt(s.Size, 10)
	h := w.Header()
	h.Set("Tus-Resumable", "1.0.0")
	h.Set("Cache-Control", "no-store")
	h.Set("Upload-Offset", size)
	h.Set("Upload-Length", size)
	w.WriteHeader(http.StatusOK)
	return nil
}

func (a *API) patchUpload(w http.ResponseWriter, r *http.Request) error {
	if err := maySubmit(callerOf(r.Context())); err != nil {
		return err
	}
	if _, err := a.uploadFor(r); err != nil {
		return err
	}
	if !a.staging.has(r.PathValue("id")) {
		return errNoUpload()
	}
	if err := a.staging.room(r.Context(), 0); err != nil {
		return err
	}
	return a.patching(w, r, a.staging.handler.PatchFile)
}

func (a *API) deleteUpload(w http.ResponseWriter, r *http.Request) error {
	if err := maySubmit(callerOf(r.Context())); err != nil {
		return err
	}
	if _, err := a.uploadFor(r); err != nil {
		return err
	}
	if !a.staging.has(r.PathValue("id")) {
		return errNoUpload()
	}
	err := a.tus(w, r, a.staging.handler.DelFile)
	if err == nil {
		a.staging.forget(r.PathValue("id"))
	}
	return err
}

// patching runs a request that brings bytes, within the number of uploads that an
// organisation may have at once.
func (a *API) patching(w http.ResponseWriter, r *http.Request, h http.HandlerFunc) error {
	org := callerOf(r.Context()).Organisation
	if !a.patches.enter(org) {
		e := refuse(submit.CodeTooManyUploads, text{}, nil)
		e.RetryAfter = 5 * time.Second
		return e
	}
	defer a.patches.leave(org)
	return a.tus(w, r, h)
}

// uploadFor returns the submission of the upload in the request's path, as its
// caller sees it.
func (a *API) uploadFor(r *http.Request) (record.Submission, error) {
	id, ok := submissionOf(r.PathValue("id"))
	if !ok {
		id = "-" // as any submission that is not there
	}
	requestOf(r.Context()).submission = id
	return a.config.Submissions.Get(r.Context(), callerOf(r.Context()), id)
}

func errNoUpload() error {
	return refuse(submit.CodeNotFound, text{
		"没有这个上传：已放弃、已过期，或在另一台服务器上，请重新开始",
		"there is no such upload: it was given up, it expired, or another server has it; begin again"}, nil)
}

// maySubmit refuses a token at the beginning of an upload that it could not end.
func maySubmit(c submit.Caller) error {
	if slices.Contains(c.Scopes, record.ScopeSubmit) || slices.Contains(c.Scopes, record.ScopeAdmin) {
		return nil
	}
	return refuse(submit.CodeForbidden, text{}, nil)
}

// tusChunk is the media type of an upload's bytes.
const tusChunk = "application/offset+octet-stream"

// outcome carries an error of ours past tusd, which knows its own alone.
type outcome struct{ err error }

type outcomeKey struct{}

// tus lets tusd answer, and words its errors as everywhere.
func (a *API) tus(w http.ResponseWriter, r *http.Request, h http.HandlerFunc) error {
	o := &outcome{}
	body, _ := r.Body.(*requestBody)
	tw := &tusWriter{ResponseWriter: w, api: a, body: body}
	ctx := context.WithValue(r.Context(), outcomeKey{}, o)
	http.StripPrefix("/v1/uploads", a.staging.handler.Middleware(h)).ServeHTTP(tw, r.WithContext(ctx))
	switch {
	case o.err != nil:
		return o.err
	case tw.failed == 0:
		return nil
	case body != nil && body.slow:
		return refuse(CodeUploadStalled, text{}, nil)
	}
	return tusError(string(tw.text))
}

// tusWriter holds back the errors of tusd. Its deadlines are not tusd's to move:
// requestBody and response do, and know of the time that a store takes.
type tusWriter struct {
	http.ResponseWriter
	api    *API
	body   *requestBody // nil: the request has none
	failed int
	text   []byte
}

// Unwrap is for http.ResponseController.
func (w *tusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// SetReadDeadline lets tusd interrupt a request that another one for the same upload
// takes the place of, and nothing else.
func (w *tusWriter) SetReadDeadline(t time.Time) error {
	if time.Until(t) > time.Second {
		return nil
	}
	if w.body != nil {
		w.body.interrupted.Store(true)
	}
	return http.NewResponseController(w.ResponseWriter).SetReadDeadline(t)
}

// SetWriteDeadline does nothing.
func (*tusWriter) SetWriteDeadline(time.Time) error { return nil }

func (w *tusWriter) WriteHeader(status int) {
	h := w.Header()
	if status >= 400 {
		w.failed = status
		h.Del("Content-Length")
		h.Del("Content-Type")
		return
	}
	if location := h.Get("Location"); location != "" {
		_, id, _ := strings.Cut(location, "/v1/uploads/")
		h.Set("Location", w.api.url("/v1/uploads/"+id))
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *tusWriter) Write(p []byte) (int, error) {
	if w.failed != 0 {
		w.text = append(w.text, p...)
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// tusError gives an error of tusd ("ERR_X: words") its code.
func tusError(message string) error {
	name, words, _ := strings.Cut(strings.TrimSpace(message), ": ")
	cause := tus.NewError(name, words, 0)
	switch name {
	case "ERR_UNSUPPORTED_VERSION":
		return refuse(CodeTusVersion, text{}, nil)
	case "ERR_MAX_SIZE_EXCEEDED":
		return refuse(submit.CodeTooLarge, text{}, nil)
	case "ERR_UPLOAD_SIZE_EXCEEDED":
		return refuse(submit.CodeSizeMismatch, text{}, nil)
	case "ERR_INVALID_CONTENT_TYPE":
		return refuse(CodeMediaType, text{"Content-Type 应为 " + tusChunk, "the Content-Type is " + tusChunk}, nil)
	case "ERR_INVALID_UPLOAD_LENGTH", "ERR_NOT_IMPLEMENTED", "ERR_AMBIGUOUS_UPLOAD_LENGTH", "ERR_INVALID_UPLOAD_LENGTH_DEFER":
		return errParameter("header.Upload-Length", "应为安装包的字节数；不支持 Upload-Defer-Length", "expected the package's bytes; Upload-Defer-Length is not supported")
	case "ERR_INVALID_OFFSET":
		return errParameter("header.Upload-Offset", "应为不小于 0 的整数", "expected an integer from 0")
	case "ERR_INVALID_CONCAT", "ERR_CONCATENATION_UNSUPPORTED":
		return errParameter("header.Upload-Concat", "不支持分段合并", "concatenation is not supported")
	case "ERR_UPLOAD_NOT_FOUND":
		return errNoUpload()
	case "ERR_UPLOAD_LOCKED", "ERR_LOCK_TIMEOUT", "ERR_UPLOAD_INTERRUPTED":
		e := refuse(CodeUploadLocked, text{}, cause)
		e.RetryAfter = time.Second
		return e
	case "ERR_MISMATCHED_OFFSET":
		return refuse(CodeUploadOffset, text{}, nil)
	case "ERR_UNEXPECTED_EOF", "ERR_READ_TIMEOUT", "ERR_CONNECTION_RESET":
		return refuse(submit.CodeUploadCut, text{
			"上传中断，已收到的部分仍在，请从 Upload-Offset 继续",
			"the upload was cut short; what arrived is kept: go on from the Upload-Offset"}, cause)
	case "ERR_SERVER_SHUTDOWN":
		return refuse(submit.CodeUnavailable, text{}, cause)
	}
	return cause // a fault of ours
}

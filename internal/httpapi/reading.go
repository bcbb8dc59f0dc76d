package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"heyan/internal/report"
	"heyan/internal/submit"
	"heyan/storage/record"
)

// getSubmission answers with one.
func (a *API) getSubmission(ctx context.Context, in *IDInput) (*body[Submission], error) {
	s, err := a.config.Submissions.Get(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &body[Submission]{viewSubmission(s)}, nil
}

// ListInput selects submissions.
type ListInput struct {
	State        []string  `query:"state" enum:"awaiting,queued,running,judged,canceled,expired,stuck" doc:"状态，逗号分隔 / States, comma-separated"`
	Verdict      []string  `query:"verdict" enum:"pass,return,review" doc:"结论，逗号分隔 / Verdicts, comma-separated"`
	Platform     string    `query:"platform" enum:"android,ios" doc:"所填平台 / Platform as filed"`
	Purpose      string    `query:"purpose" enum:"filing,precheck" doc:"用途 / Purpose"`
	PackageID    string    `query:"package_id" maxLength:"255" doc:"包名或 Bundle ID / Package name or bundle id"`
	SHA256       string    `query:"sha256" maxLength:"64" doc:"安装包的 SHA-256 / SHA-256 of the package"`
	MD5          string    `query:"md5" maxLength:"32" doc:"安装包的 MD5 / MD5 of the package"`
	Since        time.Time `query:"since" doc:"创建时间不早于 / Made at or after"`
	Before       time.Time `query:"before" doc:"创建时间早于 / Made before"`
	Organisation string    `query:"organisation" maxLength:"64" doc:"机构（仅管理员可选其他机构） / Organisation; for administrators"`
	PageInput
}

// PageInput is where a page of a list begins and how long it is.
type PageInput struct {
	Cursor string `query:"cursor" maxLength:"512" doc:"上一页给出的 next / The next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"每页件数 / How many"`
}

// Page is a page of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"下一页的 cursor；没有则为最后一页 / The next page's cursor; none: the last page"`
}

// listSubmissions answers with a page, the newest first.
func (a *API) listSubmissions(ctx context.Context, in *ListInput) (*body[Page[Submission]], error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	f := record.Filter{
		Organisation: in.Organisation, Verdicts: in.Verdict, Platform: in.Platform, PackageID: in.PackageID,
		SHA256: strings.ToLower(in.SHA256), MD5: strings.ToLower(in.MD5), Purpose: record.Purpose(in.Purpose),
		Since: in.Since, Before: in.Before, After: after, Limit: in.Limit + 1,
	}
	for _, s := range in.State {
		f.States = append(f.States, record.State(s))
	}
	list, err := a.config.Submissions.List(ctx, callerOf(ctx), f)
	if err != nil {
		return nil, err
	}
	return &body[Page[Submission]]{pageOf(list, in.Limit, func(s record.Submission) Submission {
		v := viewSubmission(s)
		v.Filing = nil
		return v
	}, func(s record.Submission) string { return s.ID })}, nil
}

// getJudgements answers with all of a submission, oldest first.
func (a *API) getJudgements(ctx context.Context, in *IDInput) (*body[List[Judgement]], error) {
	list, err := a.config.Submissions.Judgements(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &body[List[Judgement]]{List[Judgement]{views(list, viewJudgement)}}, nil
}

// RecheckInput is a corrected filing.
type RecheckInput struct {
	ID             string `path:"id"`
	IdempotencyKey string `header:"Idempotency-Key" doc:"幂等键 / Idempotency key"`
	Body           struct {
		Filing FilingBody `json:"filing"`
	}
}

// recheck judges a submission anew against a corrected filing.
func (a *API) recheck(ctx context.Context, in *RecheckInput) (*body[Submission], error) {
	s, err := a.config.Submissions.Recheck(ctx, callerOf(ctx), in.ID, in.Body.Filing.bytes(), in.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &body[Submission]{viewSubmission(s)}, nil
}

// cancel ends a submission that is not judged.
func (a *API) cancel(ctx context.Context, in *IDInput) (*body[Submission], error) {
	s, err := a.config.Submissions.Cancel(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &body[Submission]{viewSubmission(s)}, nil
}

// getFacts answers with what was seen of a package, heyan.facts/1 as it is kept.
func (a *API) getFacts(w http.ResponseWriter, r *http.Request) error {
	facts, err := a.config.Submissions.Facts(r.Context(), callerOf(r.Context()), r.PathValue("sha256"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Digest", digestHeader(facts))
	return send(w, "application/json", facts)
}

func send(w http.ResponseWriter, contentType string, content []byte) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(content)
	return nil
}

// The forms of a report.
const (
	formJSON  = "application/json"
	formHTML  = "text/html"
	formSARIF = "application/sarif+json"
)

// getReport answers with a judgement's report in the form that the client likes
// best.
func (a *API) getReport(w http.ResponseWriter, r *http.Request) error {
	id, seq := r.PathValue("id"), 0
	requestOf(r.Context()).submission = id
	if s := r.URL.Query().Get("judgement"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return errParameter("query.judgement", "应为从 1 起的整数", "expected an integer from 1")
		}
		seq = n
	}
	form := negotiate(r.Header.Get("Accept"), formJSON, formHTML, formSARIF)
	if form == "" {
		return refuse(CodeNotAcceptable, text{}, nil)
	}
	_, rep, err := a.config.Submissions.Report(r.Context(), callerOf(r.Context()), id, seq)
	if err != nil {
		return err
	}
	h := w.Header()
	tag := reportTag(rep.Digest, form, requestOf(r.Context()).lang)
	h.Set("ETag", tag)
	h.Set("Vary", "Accept, Accept-Language, Authorization")
	h.Set("Cache-Control", "private, no-cache")
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	content, err := a.render(r, rep, form)
	if err != nil {
		return err
	}
	h.Set("Content-Digest", digestHeader(content))
	if form == formHTML {
		// The page holds the policy for its own style; the sandbox is for what it shows.
		h.Set("Content-Security-Policy", "sandbox")
		form += "; charset=utf-8"
	}
	return send(w, form, content)
}

// reportTag is the report's digest, with the form where it is not the report itself.
func reportTag(digest, form, lang string) string {
	switch form {
	case formHTML:
		return `"` + digest + ";html;" + lang + `"`
	case formSARIF:
		return `"` + digest + `;sarif"`
	}
	return `"` + digest + `"`
}

// matches reads If-None-Match.
func matches(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		if c := strings.TrimPrefix(strings.TrimSpace(candidate), "W/"); c == tag || c == "*" {
			return true
		}
	}
	return false
}

// render writes a report in a form. JSON carries our signature.
func (a *API) render(r *http.Request, rep record.Report, form string) ([]byte, error) {
	if form == formJSON {
		if a.config.Reports.Attach == nil {
			return rep.Body, nil
		}
		return a.config.Reports.Attach(rep)
	}
	var parsed report.Report
	if err := json.Unmarshal(rep.Body, &parsed); err != nil {
		return nil, errors.Join(errors.New("a stored report does not parse"), err)
	}
	sub, err := a.config.Submissions.Get(r.Context(), callerOf(r.Context()), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if form == formHTML {
		err = report.HTML(&out, &parsed, report.HTMLOptions{Lang: requestOf(r.Context()).lang, Name: sub.FileName})
	} else {
		err = report.SARIF(&out, []*report.Named{{Name: sub.FileName, Report: &parsed}})
	}
	return out.Bytes(), err
}

// getPackage streams a package for saving, never for showing.
func (a *API) getPackage(w http.ResponseWriter, r *http.Request) error {
	requestOf(r.Context()).submission = r.PathValue("id")
	content, s, err := a.config.Submissions.Package(r.Context(), callerOf(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", attachment(s.FileName))
	h.Set("Content-Length", strconv.FormatInt(s.Size, 10))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Repr-Digest", hexDigestHeader(s.SHA256))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{w}, content, make([]byte, bodyBuffer))
	if err != nil || n != s.Size {
		a.config.Log.WarnContext(r.Context(), "package not sent whole", "request_id", requestOf(r.Context()).id,
			"submission", s.ID, "sent", n, "error", err)
		panic(http.ErrAbortHandler) // the client must not take it for whole
	}
	return nil
}

func errParameter(path, zh, en string) error {
	e := refuse(submit.CodeRequestInvalid, text{}, nil)
	e.Problems = []submit.Problem{{Path: path, ZH: zh, EN: en}}
	return e
}

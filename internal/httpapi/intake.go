package httpapi

import (
	"crypto/md5" //nolint:gosec // what the client announced, compared and no more
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"

	"heyan/internal/submit"
	"heyan/queue"
	"heyan/rules/filing"
	"heyan/storage/blob"
	"heyan/storage/record"
)

// IdempotencyHeader carries the caller's key, ReplayedHeader says that the answer is
// an earlier one.
const (
	IdempotencyHeader = "Idempotency-Key"
	ReplayedHeader    = "Idempotency-Replayed"
)

// postSubmission takes a package with its filing, or a filing alone.
func (a *API) postSubmission(w http.ResponseWriter, r *http.Request) error {
	if err := plainEncoding(r); err != nil {
		return err
	}
	switch kind, boundary := mediaType(r); {
	case kind == "multipart/form-data" && boundary != "":
		return a.submit(w, r, boundary)
	case kind == "application/json":
		return a.reserve(w, r)
	case kind == "multipart/form-data":
		return errMultipart("Content-Type 缺少 boundary", "the Content-Type has no boundary", nil)
	}
	return refuse(CodeMediaType, text{
		"请用 multipart/form-data（备案信息和安装包）或 application/json（只有备案信息）",
		"use multipart/form-data (filing and package) or application/json (the filing alone)"}, nil)
}

// submit streams a form into the use case.
func (a *API) submit(w http.ResponseWriter, r *http.Request, boundary string) error {
	limit := a.config.Submissions.Limits().MaxSize + maxPreface + maxField
	if r.ContentLength > limit {
		return a.tooLarge()
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	f, part, err := readForm(r, boundary)
	if err != nil {
		return err
	}
	f.request.IdempotencyKey = r.Header.Get(IdempotencyHeader)
	accepted, err := a.config.Submissions.Submit(r.Context(), callerOf(r.Context()), f.request, f.upload(part))
	if err != nil {
		return err
	}
	return a.accept(w, r, http.StatusCreated, accepted)
}

func (a *API) tooLarge() error {
	limit := strconv.FormatInt(a.config.Submissions.Limits().MaxSize, 10)
	return refuse(submit.CodeTooLarge, text{
		"安装包超过 " + limit + " 字节的上限，请提交更小的安装包",
		"the package is over the limit of " + limit + " bytes: submit a smaller one"}, nil)
}

// ReserveRequest is a submission whose package comes later.
type ReserveRequest struct {
	Filing     FilingBody `json:"filing"`
	Purpose    string     `json:"purpose,omitempty" enum:"filing,precheck" default:"filing" doc:"用途：备案或预检 / What for"`
	Lane       string     `json:"lane,omitempty" enum:"interactive,batch" default:"interactive" doc:"队列：即时或批量 / Queue lane"`
	Supersedes string     `json:"supersedes,omitempty" doc:"所更正或接续的提交 / The submission that this one corrects or follows"`
}

// reserve takes a filing whose package comes later.
func (a *API) reserve(w http.ResponseWriter, r *http.Request) error {
	var in ReserveRequest
	if err := a.readJSON(w, r, &in); err != nil {
		return err
	}
	accepted, err := a.config.Submissions.Reserve(r.Context(), callerOf(r.Context()), submit.Request{
		Filing: in.Filing.bytes(), Purpose: record.Purpose(in.Purpose), Lane: queue.Lane(in.Lane),
		Supersedes: in.Supersedes, IdempotencyKey: r.Header.Get(IdempotencyHeader),
	})
	if err != nil {
		return err
	}
	return a.accept(w, r, http.StatusCreated, accepted)
}

// accept answers with a submission that is safe, and where its package goes if it
// is still to come.
func (a *API) accept(w http.ResponseWriter, r *http.Request, status int, accepted submit.Accepted) error {
	s := accepted.Submission
	requestOf(r.Context()).submission = s.ID
	if status == http.StatusCreated {
		w.Header().Set("Location", a.url("/v1/submissions/"+s.ID))
	}
	if accepted.Replayed {
		w.Header().Set(ReplayedHeader, "true")
	}
	v := AcceptedSubmission{Submission: viewSubmission(s)}
	if s.State == record.StateAwaiting {
		v.UploadURL = a.url("/v1/submissions/" + s.ID + "/package")
		if a.staging != nil {
			v.ResumableUploadURL = a.url("/v1/uploads")
		}
	}
	return writeJSON(w, status, v)
}

// url is an address of ours as the client sees it.
func (a *API) url(path string) string { return strings.TrimSuffix(a.config.PublicURL, "/") + path }

// putPackage streams the package of an awaiting submission.
func (a *API) putPackage(w http.ResponseWriter, r *http.Request) error {
	if err := plainEncoding(r); err != nil {
		return err
	}
	id := r.PathValue("id")
	requestOf(r.Context()).submission = id
	limit := a.config.Submissions.Limits().MaxSize
	if r.ContentLength > limit {
		return a.tooLarge()
	}
	sums, err := announced(r.Header)
	if err != nil {
		return err
	}
	u := submit.Upload{
		Package: http.MaxBytesReader(w, r.Body, limit+1), Size: r.ContentLength, SHA256: sums.sha256,
		FileName: dispositionName(r.Header.Get("Content-Disposition")),
	}
	if u.Size < 0 {
		u.Size = blob.UnknownSize
	}
	if sums.md5 != "" {
		u.Package = &md5Reader{r: u.Package, sum: md5.New(), want: sums.md5} //nolint:gosec // see the import
	}
	accepted, err := a.config.Submissions.Attach(r.Context(), callerOf(r.Context()), id, u)
	if err != nil {
		return err
	}
	return a.accept(w, r, http.StatusOK, accepted)
}

// md5Reader fails at its end where the bytes are not those announced.
type md5Reader struct {
	r    io.Reader
	sum  hash.Hash
	want string
}

func (m *md5Reader) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.sum.Write(p[:n])
	if err == io.EOF { // readers return it bare
		if got := hex.EncodeToString(m.sum.Sum(nil)); got != m.want {
			return n, refuse(submit.CodeDigestMismatch, text{
				"收到的内容的 MD5 是 " + got + "，与声明的 " + m.want + " 不符，请重新上传",
				"the MD5 of what arrived is " + got + ", announced was " + m.want + ": upload it again"}, nil)
		}
	}
	return n, err
}

// plainEncoding refuses bodies that were compressed on the way: a package is judged
// as it is.
func plainEncoding(r *http.Request) error {
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return refuse(CodeMediaType, text{
			"不支持 Content-Encoding，请直接发送未压缩的内容",
			"Content-Encoding is not supported: send the bytes as they are"}, nil)
	}
	return nil
}

// FilingBody is a filing in JSON: an object, or a string that holds YAML or JSON.
type FilingBody json.RawMessage

// UnmarshalJSON keeps the bytes: what is in them is for rules/filing to read.
func (f *FilingBody) UnmarshalJSON(data []byte) error {
	*f = append((*f)[:0], data...)
	return nil
}

// MarshalJSON writes them back.
func (f FilingBody) MarshalJSON() ([]byte, error) { return json.RawMessage(f).MarshalJSON() }

func (f FilingBody) bytes() []byte {
	var inner string
	if json.Unmarshal(f, &inner) == nil {
		return []byte(inner)
	}
	return f
}

// maxJSON bounds every JSON body: the longest holds a filing, escaped.
const maxJSON = 4*filing.MaxSize + 64<<10

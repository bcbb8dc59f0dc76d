package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"heyan/internal/access"
	"heyan/internal/httpapi"
	"heyan/internal/inspect"
	"heyan/internal/seal"
	"heyan/internal/submit"
	"heyan/internal/webhook"
	"heyan/internal/worker"
	"heyan/queue/inproc"
	"heyan/storage/blob/disk"
	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

// world is a service as it runs, over SQLite, a folder and a queue in this process,
// behind a real server on loopback.
type world struct {
	t       testing.TB
	config  httpapi.Config
	api     *httpapi.API
	server  *httptest.Server
	records *sqlstore.Store
	blobs   *disk.Store
	queue   *inproc.Queue
	submit  *submit.Service
	access  *access.Service
	keys    *seal.Keyring
	log     *lockedBuffer
	seen    *counts

	admin, alice, bob string // tokens: administrator, all of organisation A, all of B
	orgA, orgB        string
}

// tuning is what a test changes of the defaults.
type tuning struct {
	submit submit.Limits
	api    func(*httpapi.Config)
}

func newWorld(t testing.TB, tune ...func(*tuning)) *world {
	t.Helper()
	var tu tuning
	tu.submit.MinFree = -1
	for _, f := range tune {
		f(&tu)
	}
	w := &world{t: t, queue: inproc.New(inproc.Config{}), log: &lockedBuffer{}, seen: &counts{}}
	dir := t.TempDir()
	w.open(dir)
	w.submit = submit.New(submit.Config{
		Records: w.records, Blobs: w.blobs, Queue: w.queue, Limits: tu.submit, Log: slog.New(slog.DiscardHandler),
	})
	w.access = access.New(access.Config{Records: w.records})
	w.populate()
	w.config = httpapi.Config{
		Submissions: w.submit, Access: w.access,
		Auth:     access.NewAuthenticator(w.records, nil, nil),
		Webhooks: webhook.New(webhook.ServiceConfig{Records: w.records, Guard: webhook.NewGuard(webhook.Policy{})}),
		Reports:  httpapi.Reports{Attach: seal.Signed, Keys: w.records.PublicKeys},
		Parts: []httpapi.Part{{Name: "records", Check: func(ctx context.Context) error {
			_, _, err := w.records.Check(ctx, time.Now())
			return err
		}}},
		Staging:  httpapi.Staging{Dir: filepath.Join(dir, "staging")},
		Limits:   httpapi.Limits{RequestsPerSecond: -1, EventPoll: 5 * time.Millisecond},
		Observer: w.seen, Version: "test",
		Log: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if tu.api != nil {
		tu.api(&w.config)
	}
	w.start()
	return w
}

func (w *world) open(dir string) {
	w.t.Helper()
	var err error
	if w.blobs, err = disk.Open(disk.Config{Dir: filepath.Join(dir, "blobs")}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.blobs.Close() })
	if w.records, err = sqlstore.Open(w.t.Context(), sqlstore.Config{Path: filepath.Join(dir, "heyan.db")}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.records.Close() })
	if err := w.records.Migrate(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if w.keys, err = seal.Open(w.t.Context(), w.records, nil); err != nil {
		w.t.Fatal(err)
	}
}

// populate makes an administrator and two organisations with a token each.
func (w *world) populate() {
	w.t.Helper()
	newID := func(prefix string) string { return record.NewID(prefix, time.Now()) }
	secret, _, err := access.Bootstrap(w.t.Context(), w.records, time.Now(), newID)
	if err != nil {
		w.t.Fatal(err)
	}
	w.admin = secret
	w.orgA, w.alice = w.organisation("A")
	w.orgB, w.bob = w.organisation("B")
}

func (w *world) organisation(name string) (id, token string) {
	w.t.Helper()
	root := submit.Caller{Organisation: "root", Token: "root", Scopes: access.Scopes()}
	o, err := w.access.CreateOrganisation(w.t.Context(), root, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return o.ID, w.token(o.ID, record.ScopeSubmit, record.ScopeRead, record.ScopeReview)
}

func (w *world) token(org string, scopes ...record.Scope) string {
	w.t.Helper()
	root := submit.Caller{Organisation: "root", Token: "root", Scopes: access.Scopes()}
	issued, err := w.access.CreateToken(w.t.Context(), root, access.NewToken{Organisation: org, Name: "test", Scopes: scopes})
	if err != nil {
		w.t.Fatal(err)
	}
	return issued.Secret
}

// start serves the API; restart does so again over the same data.
func (w *world) start() {
	w.t.Helper()
	api, err := httpapi.New(w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.api = api
	w.server = httptest.NewUnstartedServer(nil)
	w.server.Config = httpapi.NewServer(api, slog.New(slog.DiscardHandler))
	w.server.Start()
	server := w.server
	w.t.Cleanup(func() {
		api.EndStreams()
		server.CloseClientConnections()
		server.Close()
		api.Close()
	})
}

func (w *world) restart() {
	w.t.Helper()
	w.server.CloseClientConnections()
	w.server.Close()
	w.api.Close()
	w.start()
}

// work judges until the test ends.
func (w *world) work() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	pool, err := worker.New(worker.Config{
		Records: w.records, Blobs: w.blobs, Queue: w.queue, Analyze: inspect.Analyze, Name: "test",
		Sign: w.keys.Signer(ctx), Event: webhook.Event, Reconcile: 100 * time.Millisecond, Scratch: w.t.TempDir(),
	})
	if err != nil {
		cancel()
		w.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = pool.Run(ctx) }()
	w.t.Cleanup(func() { cancel(); <-done })
}

// answer is what came back, read whole.
type answer struct {
	*http.Response
	body []byte
}

// problem reads an error.
func (a answer) problem(t testing.TB) httpapi.Problem {
	t.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q of %d: %s", got, a.StatusCode, a.body)
	}
	var p httpapi.Problem
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return p
}

func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}

func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("status %d, want %d: %s", a.StatusCode, status, a.body)
	}
	return a
}

// refused checks an error's status and code.
func (a answer) refused(t testing.TB, status int, code string) httpapi.Problem {
	t.Helper()
	p := a.problem(t)
	if a.StatusCode != status || p.Status != status || p.Code != code {
		t.Fatalf("status %d code %q, want %d %q: %s", a.StatusCode, p.Code, status, code, a.body)
	}
	if p.Detail == "" || p.Title == "" || p.RequestID == "" || p.Type != "/docs#"+code {
		t.Errorf("incomplete: %s", a.body)
	}
	return p
}

// call asks with a token and headers given as "Name: value".
func (w *world) call(method, path, token string, body io.Reader, headers ...string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return w.do(r)
}

func (w *world) do(r *http.Request) answer {
	w.t.Helper()
	resp, err := w.server.Client().Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{resp, content}
}

func (w *world) get(path, token string, headers ...string) answer {
	w.t.Helper()
	return w.call("GET", path, token, nil, headers...)
}

func (w *world) post(path, token, body string, headers ...string) answer {
	w.t.Helper()
	return w.call("POST", path, token, strings.NewReader(body), append([]string{"Content-Type: application/json"}, headers...)...)
}

// part is one of a form.
type part struct{ name, file, content string }

// encode makes a multipart body.
func encode(parts ...part) (body, contentType string) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		d := `form-data; name="` + p.name + `"`
		if p.file != "" {
			d += `; filename="` + p.file + `"`
		}
		h.Set("Content-Disposition", d)
		pw, err := m.CreatePart(h)
		if err != nil {
			panic(err)
		}
		if _, err := io.WriteString(pw, p.content); err != nil {
			panic(err)
		}
	}
	if err := m.Close(); err != nil {
		panic(err)
	}
	return b.String(), m.FormDataContentType()
}

func (w *world) form(token string, parts []part, headers ...string) answer {
	w.t.Helper()
	body, contentType := encode(parts...)
	return w.call("POST", "/v1/submissions", token, strings.NewReader(body), append([]string{"Content-Type: " + contentType}, headers...)...)
}

const smallFiling = `{"platform":"android","version":"1.0","md5":"d41d8cd98f00b204e9800998ecf8427e","permissions":[],"app_name":"示例"}`

// submitted makes a submission of some bytes.
func (w *world) submitted(token, content string) httpapi.AcceptedSubmission {
	w.t.Helper()
	var s httpapi.AcceptedSubmission
	w.form(token, []part{{"filing", "", smallFiling}, {"package", "a.apk", content}}).want(w.t, 201).into(w.t, &s)
	return s
}

// reserved makes a submission whose package is still to come.
func (w *world) reserved(token string) httpapi.AcceptedSubmission {
	w.t.Helper()
	var s httpapi.AcceptedSubmission
	w.post("/v1/submissions", token, `{"filing":`+smallFiling+`}`).want(w.t, 201).into(w.t, &s)
	return s
}

// judged submits the school's package and waits for its judgement.
func (w *world) judged(token string) httpapi.Submission {
	w.t.Helper()
	filing, pkg := sample(w.t)
	var s httpapi.AcceptedSubmission
	w.form(token, []part{{"filing", "", filing}, {"package", "晨光 school.apk", pkg}}).want(w.t, 201).into(w.t, &s)
	return w.await(token, s.ID, "judged")
}

func (w *world) await(token, id, state string) httpapi.Submission {
	w.t.Helper()
	for {
		var s httpapi.Submission
		w.get("/v1/submissions/"+id, token).want(w.t, 200).into(w.t, &s)
		if s.State == state {
			return s
		}
		select {
		case <-w.t.Context().Done():
			w.t.Fatalf("submission is %s, want %s", s.State, state)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func sample(t testing.TB) (filing, pkg string) {
	t.Helper()
	read := func(path string) string {
		data, err := os.ReadFile(filepath.Join("../../testdata", path))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	return read("filing/school.yaml"), read("apk/school.apk")
}

// objects counts what is in the blob store, whole or not.
func (w *world) objects() int {
	w.t.Helper()
	list, err := w.blobs.List(w.t.Context(), "", 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// counts is httpapi.Metrics.
type counts struct {
	mu                    sync.Mutex
	requests              map[string]int // by route and status
	streams, rate, stalls int
}

func (c *counts) RequestEnded(route string, _ int, _ time.Duration, _, _ int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.requests == nil {
		c.requests = map[string]int{}
	}
	c.requests[route]++
}

func (c *counts) EventStreams(delta int) { c.mu.Lock(); c.streams += delta; c.mu.Unlock() }
func (c *counts) RateLimited()           { c.mu.Lock(); c.rate++; c.mu.Unlock() }
func (c *counts) Stalled()               { c.mu.Lock(); c.stalls++; c.mu.Unlock() }

func (c *counts) read(f func(*counts) int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return f(c)
}

package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"heyan/internal/app"
	"heyan/internal/client"
	"heyan/internal/config"
	"heyan/internal/inspect"
	"heyan/internal/sandbox"
	"heyan/internal/servertest"
)

func TestMain(m *testing.M) {
	if sandbox.IsChild() {
		os.Exit(sandbox.Child(inspect.Analyze))
	}
	os.Exit(m.Run())
}

// output is a standard error that can be read while it is written.
type output struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.lock.Lock()
	defer o.lock.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.lock.Lock()
	defer o.lock.Unlock()
	return o.text.String()
}

// process is one process of a service, within the test's.
type process struct {
	*app.App
	out   *output
	stop  context.CancelFunc
	ended chan error
}

// start runs a process until the test ends, or stopped is called.
func start(t *testing.T, role config.Role, set map[string]string) *process {
	t.Helper()
	c := load(t, role, set)
	p := &process{out: &output{}, ended: make(chan error, 1)}
	var err error
	if p.App, err = app.Open(t.Context(), c, app.Options{Role: role, Stderr: p.out}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	p.stop = stop
	go func() { p.ended <- p.Run(ctx) }()
	t.Cleanup(func() { p.stopped(t) })
	return p
}

// stopped stops the process, once, and waits for its end.
func (p *process) stopped(t *testing.T) {
	t.Helper()
	p.stop()
	if p.ended == nil {
		return
	}
	if err := <-p.ended; err != nil {
		t.Errorf("run: %v", err)
	}
	p.ended = nil
	if err := p.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func load(t *testing.T, role config.Role, set map[string]string) *config.Config {
	t.Helper()
	all := map[string]string{"data": t.TempDir(), "listen": "127.0.0.1:0", "worker.slots": "1", "limits.min_free": "0", "log.level": "debug"}
	for k, v := range set {
		all[k] = v
	}
	c, _, err := config.Load(config.Source{Set: all, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// token is the administrator's, as it was shown.
func (p *process) token(t *testing.T) string {
	t.Helper()
	for line := range strings.Lines(p.out.String()) {
		if token := strings.TrimSpace(line); strings.HasPrefix(token, "heyan_") {
			return token
		}
	}
	t.Fatalf("no token was shown in:\n%s", p.out)
	return ""
}

func (p *process) client(t *testing.T, token string) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{Server: p.URL(), Token: token, Lang: "en"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// hand submits the school's package and returns its id.
func hand(t *testing.T, c *client.Client) string {
	t.Helper()
	data := fixture(t, "apk/school.apk")
	s, err := c.Submit(t.Context(), client.Upload{Package: bytes.NewReader(data), Size: int64(len(data)), Name: "school.apk", Filing: fixture(t, "filing/school.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	return s.ID
}

func judged(t *testing.T, c *client.Client, id string) {
	t.Helper()
	s, err := c.Wait(t.Context(), id, func(client.Progress) {})
	if err != nil || s.Verdict != "pass" {
		t.Fatalf("%+v, %v", s, err)
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url) //nolint:noctx // a test's
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// freePort is an address that was free a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// distributed is the configuration of a service in several processes.
func distributed(t *testing.T) map[string]string {
	postgres, redis, s3 := servertest.Postgres(t), servertest.NewRedis(t, servertest.RedisOptions{Password: "sesame"}), servertest.S3(t)
	return map[string]string{
		"records.engine": "postgres", "records.dsn": postgres.DSN(),
		"queue.engine": "redis", "queue.addr": redis.Addr, "queue.password": "sesame",
		"blobs.engine": "s3", "blobs.endpoint": "http://" + s3.Endpoint, "blobs.bucket": s3.Bucket, "blobs.region": s3.Region,
		"blobs.access_key": s3.AccessKey, "blobs.secret_key": s3.SecretKey, "blobs.prefix": "heyan/",
	}
}

// with adds to a configuration.
func with(set map[string]string, more ...string) map[string]string {
	all := map[string]string{}
	for k, v := range set {
		all[k] = v
	}
	for i := 0; i+1 < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// TestDistributed: APIs without workers, a worker without an API, PostgreSQL, Redis
// and S3 between them.
func TestDistributed(t *testing.T) {
	t.Parallel()
	set := distributed(t)
	one := start(t, config.RoleServe, with(set, "worker.slots", "0"))
	two := start(t, config.RoleServe, with(set, "worker.slots", "0"))
	health := freePort(t)
	worker := start(t, config.RoleWorker, with(set, "metrics.listen", health))
	token := one.token(t)
	if strings.Contains(two.out.String(), "heyan_") {
		t.Error("the second API showed a token too")
	}
	if _, err := os.Stat(app.AdminTokenFile(load(t, config.RoleServe, set).Data)); err == nil {
		t.Error("the token was left in a file")
	}
	id := hand(t, one.client(t, token))
	judged(t, two.client(t, token), id)
	if status, body := get(t, "http://"+health+"/readyz"); status != http.StatusOK {
		t.Errorf("readyz: %d %s", status, body)
	}
	_, metrics := get(t, "http://"+health+"/metrics")
	for _, want := range []string{`heyan_verdicts_total{verdict="pass"} 1`, `heyan_jobs{lane="interactive",state="queued"} 0`, `heyan_backlog_unreachable{part="queue"} 0`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	_, metrics = get(t, one.URL()+"/metrics")
	if !strings.Contains(metrics, `heyan_uploads_total{outcome="ok"} 1`) {
		t.Error("the API's metrics lack the upload")
	}
	worker.stopped(t)
	id = hand(t, two.client(t, token))
	one.stopped(t)
	if s, err := two.client(t, token).Get(t.Context(), id); err != nil || s.State != "queued" {
		t.Errorf("without a worker: %+v, %v", s, err)
	}
	start(t, config.RoleWorker, set)
	judged(t, two.client(t, token), id)
	healthy(t, app.Examine(t.Context(), load(t, config.RoleServe, set), time.Now))
}

func healthy(t *testing.T, findings []app.Finding) {
	t.Helper()
	for _, f := range findings {
		if f.Health == app.Broken {
			t.Errorf("%s: %s", f.What, f.EN)
		}
	}
}

// TestManualMigration: a service that may not migrate says so and does not start.
func TestManualMigration(t *testing.T) {
	t.Parallel()
	set := with(distributed(t), "records.migrate", "manual")
	c := load(t, config.RoleServe, set)
	_, err := app.Open(t.Context(), c, app.Options{Role: config.RoleServe, Stderr: &output{}})
	var told *app.Error
	if !errors.As(err, &told) || !strings.Contains(told.EN, "run heyan migrate first") {
		t.Fatal(err)
	}
	before, after, err := app.Migrate(t.Context(), c, time.Now)
	if err != nil || before != 0 || after == 0 {
		t.Fatal(before, after, err)
	}
	start(t, config.RoleServe, set)
}

// TestUnreachable: each component that is away is told by name, by serve and doctor.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	nobody := freePort(t)
	for name, set := range map[string]map[string]string{
		"records": {"records.engine": "postgres", "records.dsn": "postgres://heyan:swordfish@" + nobody + "/heyan"},
		"blobs":   {"blobs.engine": "s3", "blobs.endpoint": "http://" + nobody, "blobs.bucket": "b", "blobs.access_key": "a", "blobs.secret_key": "swordfish"},
		"queue":   {"queue.engine": "redis", "queue.addr": nobody, "queue.password": "swordfish"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := load(t, config.RoleServe, set)
			broken := ""
			for _, f := range app.Examine(t.Context(), c, time.Now) {
				if f.Health == app.Broken {
					broken += f.What + " " + f.EN
					if f.AdviceZH == "" || f.AdviceEN == "" {
						t.Errorf("%s: no advice", f.What)
					}
				}
			}
			if !strings.HasPrefix(broken, name) || strings.Contains(broken, "swordfish") {
				t.Errorf("doctor: %q", broken)
			}
			if name == "queue" {
				return // a hint: the service starts without it
			}
			_, err := app.Open(t.Context(), c, app.Options{Role: config.RoleServe, Stderr: &output{}})
			if err == nil || strings.Contains(err.Error(), "swordfish") {
				t.Errorf("open: %v", err)
			}
		})
	}
}

// TestBucket: one that is not there is told with what to do; it is made only where
// that is asked for, and not by a look.
func TestBucket(t *testing.T) {
	t.Parallel()
	s3 := servertest.S3(t)
	set := map[string]string{
		"blobs.engine": "s3", "blobs.endpoint": "http://" + s3.Endpoint, "blobs.bucket": s3.Bucket + "-typo", "blobs.region": s3.Region,
		"blobs.access_key": s3.AccessKey, "blobs.secret_key": s3.SecretKey,
	}
	blobs := func(c *config.Config) app.Finding {
		t.Helper()
		list := app.Examine(t.Context(), c, time.Now)
		return list[slices.IndexFunc(list, func(f app.Finding) bool { return f.What == "blobs" })]
	}
	opened := func(c *config.Config) error {
		s, err := app.OpenStores(t.Context(), c, slog.New(slog.DiscardHandler), time.Now)
		if err == nil {
			err = s.Close()
		}
		return err
	}
	c := load(t, config.RoleServe, with(set, "data", t.TempDir()))
	f := blobs(c)
	if f.Health != app.Broken || !strings.Contains(f.EN, s3.Bucket+"-typo") || !strings.Contains(f.AdviceZH, "create_bucket") || !strings.Contains(f.AdviceEN, "create_bucket") {
		t.Errorf("doctor: %+v", f)
	}
	var told *app.Error
	if err := opened(c); !errors.As(err, &told) || !strings.Contains(told.EN, "create_bucket") || !strings.Contains(told.ZH, "create_bucket") {
		t.Errorf("open: %v", err)
	}
	asked := load(t, config.RoleServe, with(set, "data", t.TempDir(), "blobs.create_bucket", "true"))
	if f := blobs(asked); f.Health != app.Fine {
		t.Errorf("doctor: %+v", f)
	}
	if f := blobs(c); f.Health != app.Broken {
		t.Errorf("a look made the bucket: %+v", f)
	}
	if err := opened(asked); err != nil {
		t.Fatal(err)
	}
	if f := blobs(c); f.Health != app.Fine {
		t.Errorf("doctor: %+v", f)
	}
	if err := opened(asked); err != nil { // it is there
		t.Error(err)
	}
}

// slowly gives a package in two halves, the second when it is let.
type slowly struct {
	first, second io.Reader
	begun, let    chan struct{}
	once          sync.Once
}

func (s *slowly) Read(p []byte) (int, error) {
	if n, err := s.first.Read(p); n > 0 || err == nil {
		return n, nil
	}
	s.once.Do(func() { close(s.begun) })
	<-s.let
	return s.second.Read(p)
}

// upload begins an upload whose second half waits; the answer comes on the channel.
func (p *process) upload(t *testing.T, token string) (s *slowly, answered chan string) {
	t.Helper()
	data := fixture(t, "apk/school.apk")
	var head bytes.Buffer
	fmt.Fprintf(&head, "--x\r\nContent-Disposition: form-data; name=\"filing\"\r\n\r\n%s\r\n--x\r\nContent-Disposition: form-data; name=\"package\"; filename=\"a.apk\"\r\n\r\n", fixture(t, "filing/school.yaml"))
	half := len(data) / 2
	s = &slowly{
		first:  io.MultiReader(&head, bytes.NewReader(data[:half])),
		second: io.MultiReader(bytes.NewReader(data[half:]), strings.NewReader("\r\n--x--\r\n")),
		begun:  make(chan struct{}), let: make(chan struct{}),
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL()+"/v1/submissions", s)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	req.Header.Set("Authorization", "Bearer "+token)
	answered = make(chan string, 1)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			answered <- err.Error()
			return
		}
		resp.Body.Close()
		answered <- resp.Status
	}()
	<-s.begun
	p.await(t, "heyan_uploads_running 1")
	return s, answered
}

// await waits until the metrics have a line.
func (p *process) await(t *testing.T, line string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, metrics := get(t, p.URL()+"/metrics"); strings.Contains(metrics, "\n"+line+"\n") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the metrics never had %s", line)
		}
	}
}

// TestStopLetsUploadsEnd: a stop takes no new connection, and an upload under way ends
// with its acknowledgement.
func TestStopLetsUploadsEnd(t *testing.T) {
	t.Parallel()
	p := start(t, config.RoleServe, nil)
	s, answered := p.upload(t, p.token(t))
	p.stop()
	for deadline := time.Now().Add(10 * time.Second); ; {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.URL(), "http://")) //nolint:noctx // a test's
		if err != nil {
			break
		}
		conn.Close()
		if time.Now().After(deadline) {
			t.Fatal("it still takes connections")
		}
		time.Sleep(5 * time.Millisecond)
	}
	close(s.let)
	if got := <-answered; got != "201 Created" {
		t.Errorf("the upload ended with %s:\n%s", got, p.out)
	}
	p.stopped(t)
}

// TestStopCutsWhatDoesNotEnd within the time to drain.
func TestStopCutsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	p := start(t, config.RoleServe, map[string]string{"drain": "100ms"})
	s, answered := p.upload(t, p.token(t))
	p.stopped(t)
	close(s.let)
	if got := <-answered; strings.HasPrefix(got, "2") {
		t.Errorf("the upload was acknowledged: %s", got)
	}
	if !strings.Contains(p.out.String(), "requests were cut") {
		t.Error("it was not said")
	}
}

// TestTracing: a request's spans reach the collector, within the caller's trace.
func TestTracing(t *testing.T) {
	t.Parallel()
	got := make(chan string, 100)
	collector := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- string(body)
	})}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's
	if err != nil {
		t.Fatal(err)
	}
	go collector.Serve(l) //nolint:errcheck // closed below
	defer collector.Close()
	p := start(t, config.RoleServe, map[string]string{"tracing.endpoint": "http://" + l.Addr().String()})
	c := p.client(t, p.token(t))
	judged(t, c, hand(t, c))
	p.stopped(t)
	close(got)
	var all string
	for body := range got {
		all += body
	}
	for _, want := range []string{`"POST /v1/submissions"`, `"GET /v1/submissions/{id}/events"`, `"analyze"`, `"heyan.package.format"`, `"heyan.request_id"`} {
		if !strings.Contains(all, want) {
			t.Errorf("no span has %s", want)
		}
	}
	if !strings.Contains(p.out.String(), "trace_id=") {
		t.Error("the log does not name the trace")
	}
}

// TestWrongPolicy: what cannot be used is told before anything runs.
func TestWrongPolicy(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(name, []byte("severity: {nothing: block}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := app.Open(t.Context(), load(t, config.RoleServe, map[string]string{"policy": name}), app.Options{Role: config.RoleServe, Stderr: &output{}})
	var told *app.Error
	if !errors.As(err, &told) || !strings.Contains(told.EN, "heyan policy check") {
		t.Error(err)
	}
}

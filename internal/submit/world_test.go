package submit_test

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // what filings name packages by
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"heyan/internal/servertest"
	"heyan/internal/submit"
	"heyan/queue"
	"heyan/queue/inproc"
	"heyan/queue/redis"
	"heyan/storage/blob"
	"heyan/storage/blob/disk"
	"heyan/storage/blob/s3"
	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

// world is a service over real parts: SQLite, a folder, a queue in this process.
type world struct {
	*submit.Service
	records *sqlstore.Store
	blobs   blob.Store
	queue   queue.Queue
	clock   *clock
	metrics *counts
}

// newWorld makes a world with the organisations a and b. change may put wrappers
// around the parts and set limits.
func newWorld(t testing.TB, change ...func(*submit.Config)) *world {
	t.Helper()
	blobs, err := disk.Open(disk.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	return worldOver(t, openRecords(t, sqlstore.Config{Path: filepath.Join(t.TempDir(), "heyan.db")}), blobs, change...)
}

// newServersWorld is one over PostgreSQL, an S3 server and Redis.
func newServersWorld(t testing.TB) *world {
	t.Helper()
	server := servertest.S3(t)
	blobs, err := s3.Open(t.Context(), s3.Config{
		Endpoint: "http://" + server.Endpoint, Bucket: server.Bucket, Region: server.Region,
		AccessKey: server.AccessKey, SecretKey: server.SecretKey,
	})
	if err != nil {
		t.Fatal(err)
	}
	q, err := redis.New(t.Context(), redis.Config{Addr: servertest.Redis(t).Addr})
	if err != nil {
		t.Fatal(err)
	}
	records := openRecords(t, sqlstore.Config{DSN: servertest.Postgres(t).DSN()})
	return worldOver(t, records, blobs, func(c *submit.Config) { c.Queue = q })
}

func openRecords(t testing.TB, c sqlstore.Config) *sqlstore.Store {
	t.Helper()
	records, err := sqlstore.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = records.Close() })
	if err := records.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return records
}

func worldOver(t testing.TB, records *sqlstore.Store, blobs blob.Store, change ...func(*submit.Config)) *world {
	t.Helper()
	w := &world{records: records, blobs: blobs, clock: newClock(), metrics: &counts{}}
	for _, id := range []string{"a", "b"} {
		if err := records.CreateOrganisation(t.Context(), record.Organisation{ID: id, Name: id, Created: w.clock.now()}); err != nil {
			t.Fatal(err)
		}
	}
	c := submit.Config{
		Records: records, Blobs: blobs, Queue: inproc.New(inproc.Config{}), Now: w.clock.now,
		Limits: submit.Limits{MinFree: -1}, Metrics: w.metrics, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&c)
	}
	w.queue = c.Queue
	t.Cleanup(func() { _ = w.queue.Close() })
	w.Service = submit.New(c)
	return w
}

// clock is a clock that stands until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Now().UTC().Truncate(time.Microsecond)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// counts are the metrics.
type counts struct {
	mu                                              sync.Mutex
	running, twins, left, submitted, replayed, lost int
	outcomes                                        map[string]int
}

func (c *counts) add(n *int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*n++
}

func (c *counts) get(n *int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *n
}

func (c *counts) UploadStarted() { c.add(&c.running) }
func (c *counts) UploadEnded(outcome string, _ int64, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	if c.outcomes == nil {
		c.outcomes = map[string]int{}
	}
	c.outcomes[outcome]++
}

func (c *counts) Submitted(_ record.Purpose, _ queue.Lane, replayed bool) {
	if replayed {
		c.add(&c.replayed)
		return
	}
	c.add(&c.submitted)
}
func (c *counts) PublishFailed(queue.Lane) { c.add(&c.lost) }
func (c *counts) MD5Twin()                 { c.add(&c.twins) }
func (c *counts) LeftBehind()              { c.add(&c.left) }

// caller of an organisation with scopes; without any it has submit and review.
func caller(org string, scopes ...record.Scope) submit.Caller {
	if len(scopes) == 0 {
		scopes = []record.Scope{record.ScopeSubmit, record.ScopeReview}
	}
	return submit.Caller{Organisation: org, Token: "tok_" + org, Scopes: scopes}
}

// filed is a filing of the version.
func filed(version string) []byte {
	return fmt.Appendf(nil, "应用平台: 安卓\n应用名称: 校园通\n版本号: %q\n应用权限: []\n", version)
}

func request(key string) submit.Request {
	return submit.Request{Filing: filed("1.0"), IdempotencyKey: key}
}

func upload(content string) submit.Upload {
	return submit.Upload{Package: bytes.NewReader([]byte(content)), Size: int64(len(content)), FileName: "a.apk"}
}

// mustSubmit submits content for the organisation.
func (w *world) mustSubmit(t testing.TB, org, content string, change ...func(*submit.Request)) record.Submission {
	t.Helper()
	r := request("")
	for _, f := range change {
		f(&r)
	}
	got, err := w.Submit(t.Context(), caller(org), r, upload(content))
	if err != nil {
		t.Fatalf("submit: %v", err)
	}
	return got.Submission
}

// judge finishes the submission's job as a worker would.
func (w *world) judge(t testing.TB, sub record.Submission, verdict string) {
	t.Helper()
	job, err := w.records.LatestJob(t.Context(), sub.Organisation, sub.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.finish(t, job.ID, verdict)
}

func (w *world) finish(t testing.TB, id, verdict string) {
	t.Helper()
	now := w.clock.now()
	job, err := w.records.Claim(t.Context(), id, "worker", now, time.Minute)
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	body := fmt.Appendf(nil, `{"job":%q,"verdict":%q}`, id, verdict)
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(body))
	_, err = w.records.Finish(t.Context(), record.Outcome{
		Job: id, Epoch: job.Epoch,
		Judgement: record.Judgement{Verdict: verdict, ReportDigest: digest, AsOf: "2026-11-21", Created: now},
		Report:    record.Report{Digest: digest, Body: body, KeyID: "k", Signature: []byte("s"), Created: now},
		PackageID: "cn.example.school", Version: "1.0", Platform: "android",
		NewID: func() string { return record.NewID("dlv", now) }, Now: now,
	})
	if err != nil {
		t.Fatalf("finish: %v", err)
	}
}

// objects returns how many objects there are.
func (w *world) objects(t testing.TB) int {
	t.Helper()
	list, err := w.blobs.List(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// intact fails unless the submission's row, job and bytes are there.
func (w *world) intact(t testing.TB, sub record.Submission, content string) {
	t.Helper()
	got, err := w.records.Submission(t.Context(), sub.Organisation, sub.ID)
	if err != nil {
		t.Fatalf("the row of an acknowledged submission: %v", err)
	}
	if got.State != record.StateQueued || got.SHA256 != sumSHA256(content) || got.MD5 != sumMD5(content) || got.Size != int64(len(content)) {
		t.Errorf("row: state %s, sha256 %s, md5 %s, size %d", got.State, got.SHA256, got.MD5, got.Size)
	}
	job, err := w.records.LatestJob(t.Context(), sub.Organisation, sub.ID)
	if err != nil || job.State != record.JobQueued {
		t.Fatalf("the job of an acknowledged submission: %v, %v", job.State, err)
	}
	if read := w.object(t, job.BlobKey); read != content {
		t.Errorf("object %q holds %d bytes, want %d", job.BlobKey, len(read), len(content))
	}
}

func (w *world) object(t testing.TB, key string) string {
	t.Helper()
	r, err := w.blobs.Open(t.Context(), key)
	if err != nil {
		t.Fatalf("the bytes of an acknowledged submission: %v", err)
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// received is the job that the queue was told of, "" where it was told of none.
func (w *world) received(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	m, err := w.queue.Receive(ctx, queue.Lanes()...)
	if err != nil {
		return ""
	}
	if err := w.queue.Done(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return m.Job
}

func sumSHA256(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
func sumMD5(s string) string    { return fmt.Sprintf("%x", md5.Sum([]byte(s))) } //nolint:gosec // see above

// wantCode fails unless the error is told with the code.
func wantCode(t testing.TB, err error, want submit.Code) {
	t.Helper()
	_ = wantTold(t, err, want)
}

// wantTold is wantCode and returns what is told.
func wantTold(t testing.TB, err error, want submit.Code) *submit.Error {
	t.Helper()
	var told *submit.Error
	if !errors.As(err, &told) || told.Code != want {
		t.Fatalf("got error %v, want %s", err, want)
	}
	if told.ZH == "" || told.EN == "" {
		t.Errorf("%s says nothing", told.Code)
	}
	return told
}

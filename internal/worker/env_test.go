package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"heyan/analyzer/apk/apktest"
	"heyan/internal/inspect"
	"heyan/internal/sandbox"
	"heyan/internal/worker"
	"heyan/queue"
	"heyan/queue/inproc"
	"heyan/storage/blob"
	"heyan/storage/blob/disk"
	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

// TestMain makes the test binary the child where a test reads in one.
func TestMain(m *testing.M) {
	if sandbox.IsChild() {
		os.Exit(sandbox.Child(inspect.Analyze))
	}
	os.Exit(m.Run())
}

// env is a service without its API: SQLite, objects in a folder, a queue in this
// process.
type env struct {
	t       testing.TB
	records *sqlstore.Store
	blobs   *disk.Store
	folder  string // of the objects
	queue   *inproc.Queue
}

const (
	org   = "org_one"
	other = "org_two"
)

// emptyRecords is a database with two organisations, made once: under the race
// detector the migrations take long.
var emptyRecords = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "heyan-worker-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, path := context.Background(), filepath.Join(dir, "records.db")
	s, err := sqlstore.Open(ctx, sqlstore.Config{Path: path})
	if err != nil {
		return nil, err
	}
	err = s.Migrate(ctx)
	for _, id := range []string{org, other} {
		if err == nil {
			err = s.CreateOrganisation(ctx, record.Organisation{ID: id, Name: id, Created: time.Now()})
		}
	}
	if err := errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func newEnv(t testing.TB) *env {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "records.db")
	empty, err := emptyRecords()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, empty, 0o600); err != nil {
		t.Fatal(err)
	}
	records, err := sqlstore.Open(t.Context(), sqlstore.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { records.Close() })
	folder := filepath.Join(dir, "blobs")
	blobs, err := disk.Open(disk.Config{Dir: folder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	q := inproc.New(inproc.Config{})
	t.Cleanup(func() { q.Close() })
	return &env{t: t, records: records, blobs: blobs, folder: folder, queue: q}
}

// config is a worker's with times fit for tests.
func (e *env) config() worker.Config {
	return worker.Config{
		Records: e.records, Blobs: e.blobs, Queue: e.queue, Analyze: inspect.Analyze,
		Name: "tested", Scratch: e.t.TempDir(),
		Lease: time.Minute, Reconcile: time.Minute, Drain: time.Minute,
		BackOff: 2 * time.Millisecond, MaxBackOff: 20 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(e.t.Output(), nil)),
	}
}

// start runs a pool until the test ends, or until stop is called.
func (e *env) start(c worker.Config) (stop func()) {
	e.t.Helper()
	p, err := worker.New(c)
	if err != nil {
		e.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			e.t.Errorf("Run: %v", err)
		}
	})
	e.t.Cleanup(stop)
	return stop
}

// sent is one submission and its job.
type sent struct {
	id, job, org, key string
	blob.Digests
}

// submission is what a test submits.
type submission struct {
	org, filing string
	data        []byte
	lane        queue.Lane
	unpublished bool
	created     time.Time // now where it is zero
}

// submit does what internal/submit does.
func (e *env) submit(s submission) sent {
	e.t.Helper()
	ctx := e.t.Context()
	if s.org == "" {
		s.org = org
	}
	if s.lane == "" {
		s.lane = queue.Interactive
	}
	key := blob.NewKey()
	d := blob.NewDigester(ctx, bytes.NewReader(s.data))
	defer d.Close()
	if _, err := e.blobs.Put(ctx, key, d, int64(len(s.data))); err != nil {
		e.t.Fatal(err)
	}
	digests, err := d.Digests()
	if err != nil {
		e.t.Fatal(err)
	}
	now := s.created
	if now.IsZero() {
		now = time.Now()
	}
	if s.filing == "" {
		s.filing = filing(digests.MD5)
	}
	b := record.Blob{Key: key, SHA256: digests.SHA256, MD5: digests.MD5, Size: digests.Size, Created: now}
	got, err := e.records.CreateSubmission(ctx, record.NewSubmission{
		Submission: record.Submission{
			ID: record.NewID("sub", now), Organisation: s.org, Purpose: record.PurposeFiling, State: record.StateQueued,
			Lane: string(s.lane), Filing: []byte(s.filing), FilingDigest: "sha256:0", Platform: "android", FileName: "app.apk",
			SHA256: b.SHA256, MD5: b.MD5, Size: b.Size, Created: now, Updated: now, Acknowledged: now,
		},
		Blob: &b, JobID: record.NewID("job", now),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	if !s.unpublished {
		e.publish(s.lane, got.Job)
	}
	return sent{id: got.Submission.ID, job: got.Job, org: s.org, key: got.BlobKey, Digests: digests}
}

func (e *env) publish(lane queue.Lane, job string) {
	e.t.Helper()
	if err := e.queue.Publish(e.t.Context(), lane, job); err != nil {
		e.t.Fatal(err)
	}
}

// filing is one that the packages of apk agree with.
func filing(md5 string) string {
	return fmt.Sprintf(`{"platform":"android","version":"1.2.3","md5":%q,"permissions":[]}`, md5)
}

// apk is a small package, unsigned; each n gives other bytes.
func apk(n int) []byte { return apkOf("com.example.app", n) }

func apkOf(id string, n int) []byte {
	m := apktest.Doc(apktest.E("manifest", apktest.P("package", id), apktest.A("versionCode", 7), apktest.A("versionName", "1.2.3"),
		apktest.E("uses-sdk", apktest.A("minSdkVersion", 24), apktest.A("targetSdkVersion", 34)), apktest.E("application")))
	return apktest.APK(apktest.File{Name: "AndroidManifest.xml", Data: m}, apktest.File{Name: "assets/n", Data: fmt.Appendf(nil, "%d", n)})
}

// wait waits until done says yes.
func (e *env) wait(what string, done func() bool) {
	e.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			e.t.Fatalf("timed out: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// ended waits for a submission's state.
func (e *env) ended(s sent, state record.State) record.Submission {
	e.t.Helper()
	var got record.Submission
	e.wait(string(state), func() bool {
		var err error
		if got, err = e.records.Submission(e.t.Context(), "", s.id); err != nil {
			e.t.Fatal(err)
		}
		return got.State == state
	})
	return got
}

func (e *env) job(s sent) record.Job {
	e.t.Helper()
	j, err := e.records.Job(e.t.Context(), s.job)
	if err != nil {
		e.t.Fatal(err)
	}
	return j
}

func (e *env) judgements(s sent) []record.Judgement {
	e.t.Helper()
	list, err := e.records.Judgements(e.t.Context(), s.org, s.id)
	if err != nil {
		e.t.Fatal(err)
	}
	return list
}

func (e *env) report(s sent) string {
	e.t.Helper()
	_, r, err := e.records.Report(e.t.Context(), s.org, s.id, 0)
	if err != nil {
		e.t.Fatal(err)
	}
	return string(r.Body)
}

func (e *env) alarms(kind string) int {
	e.t.Helper()
	list, err := e.records.Alarms(e.t.Context(), "", 1000)
	if err != nil {
		e.t.Fatal(err)
	}
	n := 0
	for _, a := range list {
		if a.Kind == kind {
			n++
		}
	}
	return n
}

// object is the file of an object.
func (e *env) object(s sent) string {
	e.t.Helper()
	var found string
	name := s.key[strings.LastIndex(s.key, "/")+1:]
	err := filepath.WalkDir(e.folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasPrefix(d.Name(), name) {
			found = path
		}
		return err
	})
	if err != nil || found == "" {
		e.t.Fatalf("no file of object %q (%v)", s.key, err)
	}
	return found
}

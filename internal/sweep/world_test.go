package sweep

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heyan/internal/servertest"
	"heyan/internal/submit"
	"heyan/queue/inproc"
	"heyan/storage/blob"
	"heyan/storage/blob/disk"
	"heyan/storage/blob/s3"
	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

// world is submissions over real parts, to be swept.
type world struct {
	*submit.Service
	records *sqlstore.Store
	blobs   blob.Store
	dir     string // of the objects, where they are on disk
}

func onDisk(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	blobs, err := disk.Open(disk.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	w := newWorld(t, sqlstore.Config{Path: filepath.Join(t.TempDir(), "heyan.db")}, blobs)
	w.dir = dir
	return w
}

func onServers(t testing.TB) *world {
	t.Helper()
	server := servertest.S3(t)
	blobs, err := s3.Open(t.Context(), s3.Config{
		Endpoint: "http://" + server.Endpoint, Bucket: server.Bucket, Region: server.Region,
		AccessKey: server.AccessKey, SecretKey: server.SecretKey,
	})
	if err != nil {
		t.Fatal(err)
	}
	return newWorld(t, sqlstore.Config{DSN: servertest.Postgres(t).DSN()}, blobs)
}

func newWorld(t testing.TB, c sqlstore.Config, blobs blob.Store) *world {
	t.Helper()
	records, err := sqlstore.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = records.Close() })
	if err := records.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b"} {
		if err := records.CreateOrganisation(t.Context(), record.Organisation{ID: id, Name: id, Created: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	q := inproc.New(inproc.Config{})
	t.Cleanup(func() { _ = q.Close() })
	return &world{
		Service: submit.New(submit.Config{
			Records: records, Blobs: blobs, Queue: q, Limits: submit.Limits{MinFree: -1}, Log: quiet(),
		}),
		records: records, blobs: blobs,
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// sweeper is one whose clock is ahead by d.
func (w *world) sweeper(d time.Duration) *Sweeper {
	return &Sweeper{
		Records: w.records, Blobs: w.blobs, Alarms: w.records, Log: quiet(),
		Now: func() time.Time { return time.Now().Add(d) },
	}
}

func (w *world) submit(ctx context.Context, org, content string, purpose record.Purpose) (record.Submission, error) {
	got, err := w.Submit(ctx, caller(org), submit.Request{
		Filing: []byte("应用平台: 安卓\n"), Purpose: purpose,
	}, submit.Upload{Package: strings.NewReader(content), Size: int64(len(content))})
	return got.Submission, err
}

func caller(org string) submit.Caller {
	return submit.Caller{Organisation: org, Scopes: []record.Scope{record.ScopeSubmit}}
}

func (w *world) mustSubmit(t testing.TB, org, content string, purpose record.Purpose) record.Submission {
	t.Helper()
	sub, err := w.submit(t.Context(), org, content, purpose)
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

// mustEnd submits and cancels a precheck of b, so that it may expire.
func (w *world) mustEnd(t testing.TB, content string) {
	t.Helper()
	sub := w.mustSubmit(t, "b", content, record.PurposePrecheck)
	if _, err := w.Cancel(t.Context(), caller("b"), sub.ID); err != nil {
		t.Fatal(err)
	}
}

// orphan puts an object that no row names.
func (w *world) orphan(t testing.TB) string {
	t.Helper()
	const content = "orphan"
	key := blob.NewKey()
	if _, err := w.blobs.Put(t.Context(), key, strings.NewReader(content), int64(len(content))); err != nil {
		t.Fatal(err)
	}
	return key
}

// readable fails unless the bytes of the submission can be read.
func (w *world) readable(t testing.TB, sub record.Submission, content string) {
	t.Helper()
	r, _, err := w.Package(t.Context(), caller(sub.Organisation), sub.ID)
	if err != nil {
		t.Errorf("package of %s (%s): %v", sub.ID, sub.State, err)
		return
	}
	defer r.Close()
	if body, err := io.ReadAll(r); err != nil || string(body) != content {
		t.Errorf("package of %s: %q, %v; want %q", sub.ID, body, err, content)
	}
}

func (w *world) keys(t testing.TB) map[string]bool {
	t.Helper()
	list, err := w.blobs.List(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, o := range list {
		keys[o.Key] = true
	}
	return keys
}

func content(i int) string { return fmt.Sprintf("package %d", i) }

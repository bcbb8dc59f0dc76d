package submit_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"heyan/internal/submit"
	"heyan/queue"
	"heyan/rules/filing"
	"heyan/storage/blob"
	"heyan/storage/record"
)

func TestSubmit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.Submit(t.Context(), caller("a"), request(""), upload("package one"))
	if err != nil {
		t.Fatal(err)
	}
	sub := got.Submission
	w.intact(t, sub, "package one")
	if job := w.received(t); job == "" {
		t.Error("the queue was not told")
	}
	parsed, err := filing.Parse(sub.Filing)
	if err != nil {
		t.Fatalf("the filing as kept: %v", err)
	}
	now := w.clock.now()
	want := record.Submission{
		ID: sub.ID, Organisation: "a", Purpose: record.PurposeFiling, State: record.StateQueued, Lane: string(queue.Interactive),
		Filing: sub.Filing, FilingDigest: parsed.Digest(), Platform: "android", AppName: "校园通", FileName: "a.apk",
		SHA256: sumSHA256("package one"), MD5: sumMD5("package one"), Size: 11,
		Created: now, Updated: now, Acknowledged: now, CreatedBy: "tok_a",
	}
	if diff := cmp.Diff(want, sub); diff != "" {
		t.Errorf("submission (-want +got):\n%s", diff)
	}
	if got := w.metrics.get(&w.metrics.submitted); got != 1 {
		t.Errorf("%d submitted were counted", got)
	}
}

// The same bytes are stored once, whoever sends them.
func TestSameBytesOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, org := range []string{"a", "a", "b"} {
		w.intact(t, w.mustSubmit(t, org, "the same"), "the same")
	}
	if n := w.objects(t); n != 1 {
		t.Errorf("%d objects, want 1", n)
	}
}

func TestPrecheckExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *submit.Config) { c.Limits.PrecheckFor = time.Hour })
	sub := w.mustSubmit(t, "a", "pre", func(r *submit.Request) { r.Purpose = record.PurposePrecheck; r.Lane = queue.Batch })
	if want := w.clock.now().Add(time.Hour); !sub.Expires.Equal(want) || sub.Lane != string(queue.Batch) {
		t.Errorf("expires %v, want %v; lane %s", sub.Expires, want, sub.Lane)
	}
}

// cut is a reader that fails after some bytes.
func cut(content string, err error) io.Reader {
	return io.MultiReader(strings.NewReader(content), iotest.ErrReader(err))
}

// Whatever is refused leaves no object and no row behind.
func TestSubmitRefused(t *testing.T) {
	t.Parallel()
	reset := errors.New("connection reset by peer")
	for _, tt := range []struct {
		name    string
		request submit.Request
		upload  submit.Upload
		want    submit.Code
		unread  bool // refused before a byte is read
	}{
		{"filing with an unknown key", submit.Request{Filing: []byte("颜色: 红\n")}, upload("x"), submit.CodeFilingInvalid, true},
		{"purpose", submit.Request{Filing: filed("1"), Purpose: "fun"}, upload("x"), submit.CodeRequestInvalid, true},
		{"lane", submit.Request{Filing: filed("1"), Lane: "fast"}, upload("x"), submit.CodeRequestInvalid, true},
		{"supersedes nothing", submit.Request{Filing: filed("1"), Supersedes: "sub_none"}, upload("x"), submit.CodeRequestInvalid, true},
		{"bad key", request("two words"), upload("x"), submit.CodeIdempotencyInvalid, true},
		{"announced too large", request(""), submit.Upload{Package: zeros(2000), Size: 2000}, submit.CodeTooLarge, true},
		{"announced empty", request(""), submit.Upload{Package: zeros(0), Size: 0}, submit.CodeEmpty, true},
		{"bad digest", request(""), submit.Upload{Package: zeros(5), Size: 5, SHA256: "beef"}, submit.CodeRequestInvalid, true},
		{"too large as it streams", request(""), submit.Upload{Package: zeros(2000), Size: blob.UnknownSize}, submit.CodeTooLarge, false},
		{"empty", request(""), submit.Upload{Package: zeros(0), Size: blob.UnknownSize}, submit.CodeEmpty, false},
		{"fewer bytes", request(""), submit.Upload{Package: zeros(9), Size: 10}, submit.CodeSizeMismatch, false},
		{"more bytes", request(""), submit.Upload{Package: zeros(11), Size: 10}, submit.CodeSizeMismatch, false},
		{"other bytes", request(""), submit.Upload{Package: zeros(5), Size: 5, SHA256: sumSHA256("other")}, submit.CodeDigestMismatch, false},
		{"cut", request(""), submit.Upload{Package: cut("some", reset), Size: 10}, submit.CodeUploadCut, false},
		{"cut, size unknown", request(""), submit.Upload{Package: cut("some", io.ErrUnexpectedEOF), Size: blob.UnknownSize}, submit.CodeUploadCut, false},
		{"other bytes, key", request("k"), submit.Upload{Package: zeros(5), Size: 5, SHA256: sumSHA256("other")}, submit.CodeDigestMismatch, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *submit.Config) { c.Limits.MaxSize = 1000 })
			read := &counting{r: tt.upload.Package}
			tt.upload.Package = read
			_, err := w.Submit(t.Context(), caller("a"), tt.request, tt.upload)
			wantCode(t, err, tt.want)
			if tt.unread && read.n > 0 {
				t.Errorf("%d bytes were read", read.n)
			}
			if n := w.objects(t); n != 0 {
				t.Errorf("%d objects are left", n)
			}
			if list, err := w.List(t.Context(), caller("a"), record.Filter{}); err != nil || len(list) != 0 {
				t.Errorf("%d rows, %v", len(list), err)
			}
			if n := w.metrics.get(&w.metrics.running); n != 0 {
				t.Errorf("%d uploads are said to run", n)
			}
		})
	}
}

func zeros(n int) io.Reader { return bytes.NewReader(make([]byte, n)) }

type counting struct {
	r io.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

func TestFilingProblemsHaveLines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Submit(t.Context(), caller("a"), submit.Request{Filing: []byte("应用平台: 安卓\n颜色: 红\n")}, upload("x"))
	told := wantTold(t, err, submit.CodeFilingInvalid)
	if len(told.Problems) != 1 || told.Problems[0].Line != 2 || told.Problems[0].ZH == "" || told.Problems[0].EN == "" {
		t.Errorf("problems: %+v", told.Problems)
	}
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	puts := &putCounter{}
	w := newWorld(t, func(c *submit.Config) { puts.Store = c.Blobs; c.Blobs = puts })
	first, err := w.Submit(t.Context(), caller("a"), request("key"), upload("bytes"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.Submit(t.Context(), caller("a"), request("key"), upload("bytes"))
	if err != nil || !again.Replayed || again.Submission.ID != first.Submission.ID {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	// Nothing is stored to be compared.
	if puts.n != 1 {
		t.Errorf("%d objects were put, want 1", puts.n)
	}
	_, err = w.Submit(t.Context(), caller("a"), request("key"), upload("other"))
	wantCode(t, err, submit.CodeIdempotencyReused)
	_, err = w.Submit(t.Context(), caller("a"), submit.Request{Filing: filed("2"), IdempotencyKey: "key"}, upload("bytes"))
	wantCode(t, err, submit.CodeIdempotencyReused)
	_, err = w.Reserve(t.Context(), caller("a"), request("key"))
	wantCode(t, err, submit.CodeIdempotencyReused)
	// Another organisation's key is another key.
	other, err := w.Submit(t.Context(), caller("b"), request("key"), upload("bytes"))
	if err != nil || other.Replayed {
		t.Errorf("another organisation: %+v, %v", other, err)
	}
	w.clock.move(submit.DefaultIdempotencyFor + time.Second)
	late, err := w.Submit(t.Context(), caller("a"), request("key"), upload("bytes"))
	if err != nil || late.Replayed {
		t.Errorf("a key that is forgotten: %+v, %v", late, err)
	}
	if n := w.objects(t); n != 1 {
		t.Errorf("%d objects, want 1", n)
	}
}

type putCounter struct {
	blob.Store
	n int
}

func (p *putCounter) Put(ctx context.Context, key string, r io.Reader, size int64) (blob.Object, error) {
	p.n++
	return p.Store.Put(ctx, key, r, size)
}

func TestTooManyUploads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *submit.Config) { c.Limits.MaxUploads = 3; c.Limits.MaxUploadsPerOrganisation = 2 })
	begin := func(org string) (finish func()) {
		r, pipe := io.Pipe()
		done := make(chan error)
		go func() {
			_, err := w.Submit(context.Background(), caller(org), request(""), submit.Upload{Package: r, Size: blob.UnknownSize})
			done <- err
		}()
		if _, err := pipe.Write([]byte("begun")); err != nil {
			t.Error(err)
		}
		return func() {
			_ = pipe.Close()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	refused := func(org string) {
		t.Helper()
		_, err := w.Submit(t.Context(), caller(org), request(""), upload("x"))
		if told := wantTold(t, err, submit.CodeTooManyUploads); told.RetryAfter <= 0 {
			t.Error("nothing says when to come again")
		}
	}
	one, two := begin("a"), begin("a")
	refused("a")
	three := begin("b")
	refused("b")
	one()
	w.mustSubmit(t, "b", "now there is room")
	two()
	three()
}

// The queue is a hint: a submission is acknowledged without it.
func TestQueueDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.queue.Close(); err != nil {
		t.Fatal(err)
	}
	w.intact(t, w.mustSubmit(t, "a", "bytes"), "bytes")
	if n := w.metrics.get(&w.metrics.lost); n != 1 {
		t.Errorf("%d failures were counted, want 1", n)
	}
}

func TestSupersedes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.mustSubmit(t, "a", "one")
	second := w.mustSubmit(t, "a", "two", func(r *submit.Request) { r.Supersedes = first.ID })
	if second.Supersedes != first.ID {
		t.Errorf("supersedes %q", second.Supersedes)
	}
	foreign := request("")
	foreign.Supersedes = first.ID
	for _, scopes := range [][]record.Scope{nil, {record.ScopeAdmin}} {
		_, err := w.Submit(t.Context(), caller("b", scopes...), foreign, upload("three"))
		wantCode(t, err, submit.CodeRequestInvalid)
	}
}

package httpapi_test

import (
	"context"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"heyan/internal/httpapi"
)

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

const tusVersion = "Tus-Resumable: 1.0.0"

// createUpload makes a tus upload and returns its id.
func (w *world) createUpload(token, submission string, size int) string {
	w.t.Helper()
	a := w.call("POST", "/v1/uploads", token, nil, tusVersion, "Upload-Length: "+strconv.Itoa(size),
		"Upload-Metadata: submission "+base64Of(submission)+",filename "+base64Of("晨光.apk"))
	a.want(w.t, 201)
	id, ok := strings.CutPrefix(a.Header.Get("Location"), "/v1/uploads/")
	if !ok || id == "" {
		w.t.Fatalf("Location %q", a.Header.Get("Location"))
	}
	return id
}

func (w *world) patch(token, id string, offset int, content io.Reader) answer {
	w.t.Helper()
	return w.call("PATCH", "/v1/uploads/"+id, token, content, tusVersion, "Upload-Offset: "+strconv.Itoa(offset), "Content-Type: application/offset+octet-stream")
}

// offset asks how much is here, "" where nothing is known.
func (w *world) offset(token, id string) string {
	w.t.Helper()
	return w.call("HEAD", "/v1/uploads/"+id, token, nil, tusVersion).Header.Get("Upload-Offset")
}

func (w *world) staged() int {
	w.t.Helper()
	entries, err := os.ReadDir(w.config.Staging.Dir)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(entries)
}

// An upload in pieces, across a restart of the service, is one submission.
func TestResumableUpload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, pkg := sample(t)
	s := w.reserved(w.alice)
	id := w.createUpload(w.alice, s.ID, len(pkg))
	w.patch(w.alice, id, 0, strings.NewReader(pkg[:1000])).want(t, 204)
	w.patch(w.alice, id, 500, strings.NewReader(pkg[500:])).refused(t, 409, "upload-offset-mismatch")
	w.restart()
	if got := w.offset(w.alice, id); got != "1000" {
		t.Fatalf("offset %q after a restart", got)
	}
	// Chunked, without a length.
	w.patch(w.alice, id, 1000, io.MultiReader(strings.NewReader(pkg[1000:2000]))).want(t, 204)
	if got := w.await(w.alice, s.ID, "awaiting"); got.Package != nil {
		t.Error("half a package was attached")
	}
	if got := w.patch(w.alice, id, 2000, strings.NewReader(pkg[2000:])).want(t, 204).Header.Get("Upload-Offset"); got != strconv.Itoa(len(pkg)) {
		t.Errorf("offset %q at the end", got)
	}
	if got := w.await(w.alice, s.ID, "queued"); got.Package.Size != int64(len(pkg)) || got.FileName != "晨光.apk" {
		t.Errorf("%+v", got)
	}
	if got := w.get("/v1/submissions/"+s.ID+"/package", w.alice).want(t, 200); string(got.body) != pkg {
		t.Error("other bytes were attached")
	}
	if n := w.staged(); n != 0 {
		t.Errorf("%d files are left in the staging folder", n)
	}
	// The client missed the last answer and asks.
	if got := w.offset(w.alice, id); got != strconv.Itoa(len(pkg)) {
		t.Errorf("offset %q of a finished upload", got)
	}
	w.patch(w.alice, id, len(pkg), strings.NewReader("")).refused(t, 404, "not-found")
}

// A client whose connection breaks goes on from what arrived.
func TestResumeAfterCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.reserved(w.alice)
	content := strings.Repeat("0123456789", 20000)
	id := w.createUpload(w.alice, s.ID, len(content))
	conn, err := net.Dial("tcp", w.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(conn, "PATCH /v1/uploads/"+id+" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+w.alice+"\r\n"+tusVersion+
		"\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: "+strconv.Itoa(len(content))+"\r\n\r\n"+content[:50000])
	if err != nil {
		t.Fatal(err)
	}
	w.arrived(id, 50000)
	_ = conn.Close()
	if got := w.offset(w.alice, id); got != "50000" {
		t.Fatalf("offset %q", got)
	}
	w.patch(w.alice, id, 50000, strings.NewReader(content[50000:])).want(t, 204)
	w.await(w.alice, s.ID, "queued")
}

// arrived waits until so much of an upload is in the staging folder.
func (w *world) arrived(id string, size int64) {
	w.t.Helper()
	w.until(func() bool {
		info, err := os.Stat(filepath.Join(w.config.Staging.Dir, id))
		return err == nil && info.Size() == size
	})
}

// until waits for what another goroutine brings about.
func (w *world) until(done func() bool) {
	w.t.Helper()
	for !done() {
		select {
		case <-w.t.Context().Done():
			w.t.Fatal("it did not come about")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// A process that dies between the last byte and the commit: Sweep or the next HEAD
// hands the upload over.
func TestWholeUploadIsHandedOver(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"HEAD", "sweep"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := w.reserved(w.alice)
			id := w.createUpload(w.alice, s.ID, 10)
			w.patch(w.alice, id, 0, strings.NewReader("01234")).want(t, 204)
			f, err := os.OpenFile(filepath.Join(w.config.Staging.Dir, id), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString("56789"); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			w.restart()
			if by == "HEAD" {
				if got := w.offset(w.alice, id); got != "10" {
					t.Errorf("offset %q", got)
				}
			} else if err := w.api.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			var got httpapi.Submission
			w.get("/v1/submissions/"+s.ID, w.alice).want(t, 200).into(t, &got)
			if got.State != "queued" || got.Package.Size != 10 || w.staged() != 0 {
				t.Errorf("state %s, %d files staged", got.State, w.staged())
			}
		})
	}
}

func TestUploadsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, func(tu *tuning) {
		tu.api = func(c *httpapi.Config) { c.Limits.ResumableUploads = 2 }
	})
	s := w.reserved(w.alice)
	meta := "Upload-Metadata: submission " + base64Of(s.ID)
	for _, test := range []struct {
		name    string
		headers []string
		status  int
		code    string
	}{
		{"no version", []string{"Upload-Length: 3", meta}, 412, "tus-version-unsupported"},
		{"other version", []string{"Tus-Resumable: 0.9", "Upload-Length: 3", meta}, 412, "tus-version-unsupported"},
		{"no length", []string{tusVersion, meta}, 422, "request-invalid"},
		{"length that is none", []string{tusVersion, "Upload-Length: -3", meta}, 422, "request-invalid"},
		{"deferred length", []string{tusVersion, "Upload-Defer-Length: 1", meta}, 422, "request-invalid"},
		{"concatenation", []string{tusVersion, "Upload-Length: 3", "Upload-Concat: partial", meta}, 201, ""},
		{"no submission", []string{tusVersion, "Upload-Length: 3"}, 404, "not-found"},
		{"other submission", []string{tusVersion, "Upload-Length: 3", "Upload-Metadata: submission " + base64Of("../../x")}, 404, "not-found"},
		{"empty", []string{tusVersion, "Upload-Length: 0", meta}, 422, "package-empty"},
		{"too large", []string{tusVersion, "Upload-Length: 1025", meta}, 413, "package-too-large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := w.call("POST", "/v1/uploads", w.alice, nil, test.headers...)
			if test.code == "" {
				a.want(t, test.status)
				return
			}
			a.refused(t, test.status, test.code)
		})
	}
	id := w.createUpload(w.alice, s.ID, 5)
	w.call("POST", "/v1/uploads", w.alice, nil, tusVersion, "Upload-Length: 3", meta).refused(t, 429, "too-many-uploads")
	w.call("PATCH", "/v1/uploads/"+id, w.alice, strings.NewReader("x"), tusVersion, "Upload-Offset: 0").refused(t, 415, "unsupported-media-type")
	w.call("PATCH", "/v1/uploads/"+id, w.alice, strings.NewReader("x"), tusVersion, "Content-Type: application/offset+octet-stream").refused(t, 422, "request-invalid")
	w.patch(w.alice, id, 0, strings.NewReader("123456")).refused(t, 400, "size-mismatch")
	w.call("DELETE", "/v1/uploads/"+id, w.alice, nil, tusVersion).want(t, 204)
	w.patch(w.alice, id, 0, strings.NewReader("12345")).refused(t, 404, "not-found")
	w.call("GET", "/v1/uploads/"+id, w.alice, nil, tusVersion).refused(t, 405, "method-not-allowed")
	for _, id := range []string{"..%2f..%2fetc", s.ID, s.ID + "-0000", "x.info"} {
		w.patch(w.alice, id, 0, strings.NewReader("12345")).refused(t, 404, "not-found")
	}
	a := w.call("OPTIONS", "/v1/uploads", "", nil).want(t, 200)
	if got := a.Header.Get("Tus-Extension"); got != "creation,creation-with-upload,termination" || a.Header.Get("Tus-Max-Size") != "1024" {
		t.Errorf("options %v", a.Header)
	}

	// With its first bytes at once.
	a = w.call("POST", "/v1/uploads", w.alice, strings.NewReader("abc"), tusVersion, "Upload-Length: 3", meta, "Content-Type: application/offset+octet-stream").want(t, 201)
	w.await(w.alice, s.ID, "queued")
	w.call("POST", "/v1/uploads", w.alice, nil, tusVersion, "Upload-Length: 3", meta).refused(t, 409, "wrong-state")
	if a.Header.Get("Upload-Offset") != "3" {
		t.Errorf("offset %q", a.Header.Get("Upload-Offset"))
	}
}

// Uploads that nobody continues go, and a full disk takes no new ones.
func TestStaleUploads(t *testing.T) {
	t.Parallel()
	var free, ahead atomic.Int64
	free.Store(1 << 20)
	w := newWorld(t, func(tu *tuning) {
		tu.submit.MinFree = 1000
		tu.api = func(c *httpapi.Config) {
			c.Staging.Free = func(context.Context) (int64, error) { return free.Load(), nil }
			c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		}
	})
	s := w.reserved(w.alice)
	free.Store(5000)
	id := w.createUpload(w.alice, s.ID, 3000)
	w.patch(w.alice, id, 0, strings.NewReader("x")).want(t, 204)
	w.call("POST", "/v1/uploads", w.alice, nil, tusVersion, "Upload-Length: 1500", "Upload-Metadata: submission "+base64Of(s.ID)).refused(t, 507, "store-full")
	free.Store(3000)
	a := w.patch(w.alice, id, 1, strings.NewReader("x"))
	a.refused(t, 507, "store-full")
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if err := w.api.Sweep(t.Context()); err != nil || w.staged() != 2 {
		t.Fatalf("%d files staged, %v", w.staged(), err)
	}
	ahead.Store(int64(25 * time.Hour))
	if err := w.api.Sweep(t.Context()); err != nil || w.staged() != 0 {
		t.Fatalf("%d files staged, %v", w.staged(), err)
	}
	if a := w.call("HEAD", "/v1/uploads/"+id, w.alice, nil, tusVersion); a.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", a.StatusCode)
	}
}

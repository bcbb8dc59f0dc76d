package httpapi_test

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"heyan/internal/httpapi"
)

// The same over TLS, where clients speak HTTP/2: uploads, refusals, events.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(tu *tuning) { tu.submit.MaxSize = 1 << 20 })
	server := httptest.NewUnstartedServer(nil)
	server.Config = httpapi.NewServer(w.api, slog.New(slog.DiscardHandler))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	w.server.Close()
	w.server = server

	s := w.reserved(w.alice)
	a := w.call("PUT", s.UploadURL, w.alice, io.LimitReader(pattern(1), 1<<20)).want(t, 200)
	if a.ProtoMajor != 2 {
		t.Fatalf("spoken was %s", a.Proto)
	}
	other := w.reserved(w.alice)
	w.call("PUT", other.UploadURL, w.alice, io.LimitReader(pattern(1), 40<<20)).refused(t, 413, "package-too-large")
	w.call("PUT", other.UploadURL, w.bob, io.LimitReader(pattern(1), 1<<20)).refused(t, 404, "not-found")
	id := w.createUpload(w.alice, other.ID, 10)
	w.patch(w.alice, id, 0, strings.NewReader("hello")).want(t, 204)
	w.patch(w.alice, id, 5, strings.NewReader("world")).want(t, 204)
	w.await(w.alice, other.ID, "queued")
	events := w.watch(w.alice, other.ID, "")
	<-events
	w.post("/v1/submissions/"+other.ID+"/cancel", w.alice, "").want(t, 200)
	var last event
	for e := range events {
		last = e
	}
	if last.name != "end" {
		t.Errorf("last event %+v", last)
	}
}

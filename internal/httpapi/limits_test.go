package httpapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"heyan/internal/httpapi"
)

func TestTooManyUploads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(tu *tuning) { tu.submit.MaxUploadsPerOrganisation = 1 })
	first, second := w.reserved(w.alice), w.reserved(w.alice)
	c := w.receiving(w.alice, first.UploadURL)
	a := w.call("PUT", second.UploadURL, w.alice, strings.NewReader("x"))
	a.refused(t, 429, "too-many-uploads")
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	w.submitted(w.bob, "bytes") // others are not concerned
	c.send("hello")
	c.read().want(t, 200)
	w.call("PUT", second.UploadURL, w.alice, strings.NewReader("x")).want(t, 200)
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := newWorld(t, func(tu *tuning) {
		tu.api = func(c *httpapi.Config) {
			c.Limits.RequestsPerSecond, c.Limits.Burst = 0.5, 3
			c.Now = func() time.Time { return now }
		}
	})
	for range 3 {
		w.get("/v1/me", w.alice).want(t, 200)
	}
	a := w.get("/v1/me", w.alice)
	a.refused(t, 429, "rate-limited")
	if got := a.Header.Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q", got)
	}
	w.get("/v1/me", w.bob).want(t, 200)
	now = now.Add(2 * time.Second)
	w.get("/v1/me", w.alice).want(t, 200)
	w.get("/v1/me", w.alice).refused(t, 429, "rate-limited")
	if n := w.seen.read(func(c *counts) int { return c.rate }); n != 2 {
		t.Errorf("%d counted", n)
	}
}

func TestEventStreams(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(tu *tuning) {
		tu.api = func(c *httpapi.Config) {
			c.Limits.EventStreams, c.Limits.EventHeartbeat = 1, 20*time.Millisecond
		}
	})
	s := w.submitted(w.alice, "bytes")
	events := w.watch(w.alice, s.ID, "")
	if e := <-events; e.name != "progress" || e.data != `{"state":"queued","percent":0}` {
		t.Errorf("first %+v", e)
	}
	if e := <-events; e.name != "comment" {
		t.Errorf("then %+v, want a sign of life", e)
	}
	a := w.get("/v1/submissions/"+s.ID+"/events", w.alice)
	a.refused(t, 429, "too-many-streams")
	w.get("/v1/submissions/nothing/events", w.alice).refused(t, 404, "not-found")
	w.post("/v1/submissions/"+s.ID+"/cancel", w.alice, "").want(t, 200)
	var last event
	for e := range events {
		last = e
	}
	if last.name != "end" || last.data != `{"state":"canceled","percent":0}` {
		t.Errorf("last %+v", last)
	}
	w.until(func() bool { return w.seen.read(func(c *counts) int { return c.streams }) == 0 })

	// One who knows something older, or nonsense, is told where it stands.
	for _, id := range []string{"queued-0--0", "nonsense"} {
		var all []event
		for e := range w.watch(w.alice, s.ID, id) {
			all = append(all, e)
		}
		if len(all) != 1 || all[0].name != "end" {
			t.Errorf("after %q: %+v", id, all)
		}
	}
}

// A server that stops ends the streams, lets uploads finish and takes no more.
func TestShutdown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.submitted(w.alice, "bytes")
	up := w.reserved(w.alice)
	events := w.watch(w.alice, s.ID, "")
	<-events
	c := w.receiving(w.alice, up.UploadURL)
	stopped := make(chan error)
	go func() { stopped <- w.server.Config.Shutdown(context.Background()) }()
	for range events { // they end
	}
	c.send("hello")
	c.read().want(t, 200)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	var down error
	var mu sync.Mutex
	w := newWorld(t, func(tu *tuning) {
		tu.api = func(c *httpapi.Config) {
			c.Parts = append(c.Parts, httpapi.Part{Name: "blobs", Check: func(context.Context) error { mu.Lock(); defer mu.Unlock(); return down }})
			c.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metrics") })
		}
	})
	if got := string(w.get("/healthz", "").want(t, 200).body); got != `{"status":"ok","version":"test"}` {
		t.Errorf("healthz %s", got)
	}
	if got := string(w.get("/readyz", "").want(t, 200).body); got != `{"blobs":"ok","records":"ok"}` {
		t.Errorf("readyz %s", got)
	}
	mu.Lock()
	down = errors.New("secret address")
	mu.Unlock()
	if got := string(w.get("/readyz", "").want(t, 503).body); got != `{"blobs":"unavailable","records":"ok"}` {
		t.Errorf("readyz %s", got)
	}
	if got := string(w.get("/metrics", "").want(t, 200).body); got != "metrics" {
		t.Errorf("metrics %s", got)
	}
}

// Records that cannot be reached are said to be away, whoever notices, and nobody
// is told that the token is bad.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.get("/v1/me", w.alice).want(t, 200) // the token is known now
	_ = w.records.Close()
	for _, token := range []string{w.alice, w.bob} {
		a := w.get("/v1/submissions", token)
		a.refused(t, 503, "unavailable")
		if a.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	w.get("/readyz", "").want(t, 503)
	w.get("/healthz", "").want(t, 200)
}

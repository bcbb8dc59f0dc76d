package httpapi_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"heyan/internal/httpapi"
)

// wire is a client that says exactly what the test wants.
type wire struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func (w *world) dial() *wire {
	w.t.Helper()
	conn, err := net.Dial("tcp", w.server.Listener.Addr().String())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	return &wire{conn, w.t, bufio.NewReader(conn)}
}

// head sends a request's head.
func (c *wire) head(method, path, token string, headers ...string) {
	c.t.Helper()
	text := method + " " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n"
	for _, h := range headers {
		text += h + "\r\n"
	}
	c.send(text + "\r\n")
}

func (c *wire) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

// read reads an answer whole.
func (c *wire) read() answer {
	c.t.Helper()
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{resp, body}
}

// A client that sends all before it reads gets its refusal, and not a reset
// connection, although the server knew at once.
func TestEarlyRefusalArrives(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	s := w.reserved(w.alice)
	const size = 40 << 20 // more than any socket buffers hold
	chunk := strings.Repeat("x", 64<<10)
	for _, test := range []struct {
		name, method, path, token string
		headers                   []string
		status                    int
		code                      string
	}{
		{"too large", "PUT", "/v1/submissions/" + s.ID + "/package", w.alice, nil, 413, "package-too-large"},
		{"form too large", "POST", "/v1/submissions", w.alice, []string{"Content-Type: multipart/form-data; boundary=B"}, 413, "package-too-large"},
		{"another's", "PUT", "/v1/submissions/" + s.ID + "/package", w.bob, nil, 413, "package-too-large"},
		{"no token", "PUT", "/v1/submissions/" + s.ID + "/package", "heyan_x", nil, 401, "unauthenticated"},
		{"wrong type", "POST", "/v1/submissions", w.alice, []string{"Content-Type: text/plain"}, 415, "unsupported-media-type"},
		{"JSON too long", "POST", "/v1/submissions", w.alice, []string{"Content-Type: application/json"}, 413, "body-too-large"},
		{"huma's too long", "POST", "/v1/submissions/" + s.ID + "/recheck", w.alice, []string{"Content-Type: application/json"}, 413, "body-too-large"},
		{"nowhere", "PUT", "/v1/nowhere", w.alice, nil, 404, "not-found"},
		{"upload too large", "PATCH", "/v1/uploads/" + s.ID + "-0123456789abcdef", w.alice, []string{tusVersion, "Upload-Offset: 0", "Content-Type: application/offset+octet-stream"}, 404, "not-found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := w.dial()
			c.head(test.method, test.path, test.token, append(test.headers, fmt.Sprintf("Content-Length: %d", size))...)
			for sent := 0; sent < size; sent += len(chunk) {
				c.send(chunk)
			}
			a := c.read()
			a.refused(t, test.status, test.code)
			if !a.Close {
				t.Error("the connection is not said to close")
			}
		})
	}
}

// A chunked body over the limit is refused while it streams.
func TestRefusalWhileStreaming(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	s := w.reserved(w.alice)
	c := w.dial()
	c.head("PUT", "/v1/submissions/"+s.ID+"/package", w.alice, "Transfer-Encoding: chunked")
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 64<<10, strings.Repeat("x", 64<<10))
	for range 320 {
		c.send(chunk)
	}
	c.read().refused(t, 413, "package-too-large")
	if n := w.objects(); n != 0 {
		t.Errorf("%d objects are left", n)
	}
}

// Who asks first is told without having sent anything, or told to go on.
func TestExpectContinue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	s := w.reserved(w.alice)
	path, expect := "/v1/submissions/"+s.ID+"/package", "Expect: 100-continue"
	for _, test := range []struct {
		token, length string
		status        int
		code          string
	}{
		{w.alice, "Content-Length: 1025", 413, "package-too-large"},
		{"heyan_x", "Content-Length: 5", 401, "unauthenticated"},
		{w.bob, "Content-Length: 5", 404, "not-found"},
	} {
		c := w.dial()
		c.head("PUT", path, test.token, test.length, expect)
		c.read().refused(t, test.status, test.code)
		if _, err := c.r.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: the connection stays: %v", test.code, err)
		}
	}
	c := w.dial()
	c.head("PUT", path, w.alice, "Content-Length: 5", expect)
	c.goOn()
	c.send("hello")
	c.read().want(t, 200)
}

// impatient lets go of clients after a short while.
func impatient(tu *tuning) {
	tu.api = func(c *httpapi.Config) {
		c.Limits.RateWindow, c.Limits.MinRate = 300*time.Millisecond, 10<<10
		c.Limits.LingerFor = 200 * time.Millisecond
	}
}

// Clients that send nothing, or too little, are let go; those that wait for a slow
// store are not; nobody waits for them.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t, impatient)
	length := "Content-Length: 1000000"
	var done sync.WaitGroup
	defer done.Wait()
	stalls := 0
	stall := func(method, path string, headers []string, trickle bool) {
		stalls++
		done.Go(func() {
			c := w.dial()
			c.head(method, path, w.alice, append(headers, length)...)
			if trickle {
				stop, stopped := make(chan struct{}), make(chan struct{})
				defer func() { close(stop); <-stopped }()
				go func() {
					defer close(stopped)
					for {
						select {
						case <-stop:
							return
						case <-time.After(10 * time.Millisecond):
							if _, err := io.WriteString(c, "x"); err != nil {
								return
							}
						}
					}
				}()
			}
			resp, err := http.ReadResponse(c.r, nil)
			if err != nil {
				t.Errorf("%s %s: %v", method, path, err)
				return
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusRequestTimeout {
				t.Errorf("%s %s (%v): %d", method, path, trickle, resp.StatusCode)
			}
		})
	}
	tus := []string{tusVersion, "Upload-Offset: 0", "Content-Type: application/offset+octet-stream"}
	for _, trickle := range []bool{false, true} {
		s := w.reserved(w.alice)
		stall("PUT", "/v1/submissions/"+s.ID+"/package", nil, trickle)
		stall("POST", "/v1/submissions", []string{"Content-Type: multipart/form-data; boundary=B"}, trickle)
		stall("POST", "/v1/submissions", []string{"Content-Type: application/json"}, trickle)
		stall("POST", "/v1/submissions/"+s.ID+"/recheck", []string{"Content-Type: application/json"}, trickle)
		stall("PATCH", "/v1/uploads/"+w.createUpload(w.alice, s.ID, 1000000), tus, trickle)
	}
	for range 20 { // meanwhile others get through
		w.submitted(w.bob, "bytes")
	}
	done.Wait()
	if n := w.seen.read(func(c *counts) int { return c.stalls }); n != stalls {
		t.Errorf("%d stalls counted, %d there were", n, stalls)
	}
	if n := w.objects(); n != 1 {
		t.Errorf("%d objects", n)
	}
}

// A steady client with pauses shorter than the window is not let go.
func TestPausesAreAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, impatient)
	s := w.reserved(w.alice)
	r, in := io.Pipe()
	go func() {
		for range 6 {
			_, _ = in.Write(make([]byte, 4<<10))
			time.Sleep(120 * time.Millisecond)
		}
		_ = in.Close()
	}()
	w.call("PUT", s.UploadURL, w.alice, r).want(t, 200)
}

// A client that goes away in the middle leaves nothing.
func TestCutClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.reserved(w.alice)
	form, contentType := encode(part{"filing", "", smallFiling}, part{"package", "a.apk", strings.Repeat("x", 1<<20)})
	body := strings.Repeat("x", 1<<20)
	for _, test := range []struct {
		name, method, path, body string
		headers                  []string
	}{
		{"form", "POST", "/v1/submissions", form, []string{"Content-Type: " + contentType}},
		{"put", "PUT", s.UploadURL, body, nil},
	} {
		for _, length := range []string{fmt.Sprintf("Content-Length: %d", len(test.body)), "Transfer-Encoding: chunked"} {
			for _, cut := range []int{100, 2000, 700 << 10, len(test.body) - 30, len(test.body) - 1} {
				c := w.dial()
				c.head(test.method, test.path, w.alice, append(test.headers, length)...)
				if strings.HasPrefix(length, "Transfer") {
					c.send(fmt.Sprintf("%x\r\n", len(test.body)))
				}
				c.send(test.body[:cut])
				if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
					t.Fatal(err)
				}
				c.read().refused(t, 400, "upload-cut")
			}
		}
	}
	// One that is gone altogether.
	c := w.dial()
	c.head("POST", "/v1/submissions", w.alice, "Content-Type: "+contentType, fmt.Sprintf("Content-Length: %d", len(form)))
	c.send(form[:len(form)/2])
	_ = c.Close()
	w.until(func() bool { return strings.Count(w.log.String(), `"code":"upload-cut"`) >= 21 })
	if n := w.objects(); n != 0 {
		t.Errorf("%d objects are left", n)
	}
	var list httpapi.Page[httpapi.Submission]
	w.get("/v1/submissions", w.alice).want(t, 200).into(t, &list)
	if len(list.Items) != 1 || list.Items[0].State != "awaiting" {
		t.Errorf("%+v", list.Items)
	}
	w.call("PUT", s.UploadURL, w.alice, strings.NewReader("hello")).want(t, 200)
}

// receiving begins an upload of five bytes and returns once the service reads it.
func (w *world) receiving(token, path string) *wire {
	w.t.Helper()
	c := w.dial()
	c.head("PUT", path, token, "Content-Length: 5", "Expect: 100-continue")
	c.goOn()
	return c
}

// goOn waits for 100 Continue.
func (c *wire) goOn() {
	c.t.Helper()
	line, err := c.r.ReadString('\n')
	if err != nil || !strings.Contains(line, "100 Continue") {
		c.t.Fatalf("%q, %v", line, err)
	}
	if _, err := c.r.ReadString('\n'); err != nil {
		c.t.Fatal(err)
	}
}

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

// Memory does not grow with a package, whichever way it comes. No other test runs
// beside this one.
func TestMemory(t *testing.T) {
	const size, staged = 256 << 20, 64 << 20
	const bound = 32 << 20 // of heap, garbage included
	w := newWorld(t)
	head, contentType := encode(part{"filing", "", smallFiling}, part{"package", "a.apk", "@"})
	before, after, _ := strings.Cut(head, "@")
	stop, peak := make(chan struct{}), make(chan uint64)
	base := liveHeap()
	go func() {
		var most uint64
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(50 * time.Millisecond):
				most = max(most, liveHeap())
			}
		}
	}()
	form := io.MultiReader(strings.NewReader(before), io.LimitReader(pattern(1), size), strings.NewReader(after))
	w.call("POST", "/v1/submissions", w.alice, form, "Content-Type: "+contentType).want(t, 201)
	s := w.reserved(w.alice)
	id := w.createUpload(w.alice, s.ID, staged)
	w.patch(w.alice, id, 0, io.LimitReader(pattern(2), staged)).want(t, 204)
	resp, err := http.NewRequestWithContext(t.Context(), "GET", w.server.URL+"/v1/submissions/"+s.ID+"/package", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Header.Set("Authorization", "Bearer "+w.alice)
	got, err := w.server.Client().Do(resp)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, got.Body)
	_ = got.Body.Close()
	if err != nil || n != staged {
		t.Errorf("%d bytes came back, %v", n, err)
	}
	close(stop)
	if most := <-peak; most > base+bound {
		t.Errorf("the heap grew by %d MiB", (most-base)>>20)
	}
}

func liveHeap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// pattern is an endless package: the same block over and over, one for every value.
type pattern byte

var blocks = sync.OnceValue(func() *[3][1 << 16]byte {
	all := &[3][1 << 16]byte{}
	for i := range all {
		r := rand.NewChaCha8([32]byte{byte(i)})
		_, _ = r.Read(all[i][:])
	}
	return all
})

func (p pattern) Read(b []byte) (int, error) {
	return copy(b, blocks()[p][:]), nil
}

package httpapi_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"heyan/internal/httpapi"
)

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

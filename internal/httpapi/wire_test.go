package httpapi_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
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

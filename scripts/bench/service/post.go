//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"heyan/internal/faulttest"
)

// boundary is between the parts of a form. Packages here are noise.
const boundary = "heyan-bench-8f6b1d3c5a"

// body is a form made before the clock starts: what comes before the package, the
// package, what comes after it.
type body struct {
	p          faulttest.Package
	head, tail []byte
}

func form(p faulttest.Package) body {
	var head bytes.Buffer
	fmt.Fprintf(&head, "--%s\r\nContent-Disposition: form-data; name=\"filing\"\r\n\r\n%s\r\n", boundary, p.Filing)
	fmt.Fprintf(&head, "--%s\r\nContent-Disposition: form-data; name=\"package\"; filename=\"%s\"\r\nContent-Type: application/octet-stream\r\n\r\n", boundary, p.Name)
	return body{p: p, head: head.Bytes(), tail: []byte("\r\n--" + boundary + "--\r\n")}
}

// connection posts forms one after the other. It is written by hand so that little
// of the processors goes to what hands over and is not measured.
type connection struct {
	addr, token string
	conn        net.Conn
	answers     *bufio.Reader
	request     bytes.Buffer
}

func (c *connection) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// post hands a package over and returns once it is acknowledged.
func (c *connection) post(b body, key string) (err error) {
	if c.conn == nil {
		if c.conn, err = net.Dial("tcp", c.addr); err != nil {
			return err
		}
		c.answers = bufio.NewReader(c.conn)
	}
	c.request.Reset()
	fmt.Fprintf(&c.request, "POST /v1/submissions HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: multipart/form-data; boundary=%s\r\nContent-Length: %d\r\nIdempotency-Key: %s\r\n\r\n",
		c.addr, c.token, boundary, len(b.head)+len(b.p.Bytes)+len(b.tail), key)
	out := net.Buffers{c.request.Bytes(), b.head, b.p.Bytes, b.tail}
	_, sent := out.WriteTo(c.conn)
	answer, err := http.ReadResponse(c.answers, nil) // a refusal comes before the end
	if err != nil {
		c.close()
		return errors.Join(sent, fmt.Errorf("answer: %w", err))
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s: %s %w", answer.Status, text, err)
	}
	return nil
}

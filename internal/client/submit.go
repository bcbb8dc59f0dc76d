package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
)

// Submission is what the service says of one.
type Submission struct {
	ID        string `json:"id"`
	State     string `json:"state"`
	Verdict   string `json:"verdict"`
	Judgement int    `json:"judgement"`
}

// ended reports whether nothing more will come of it by itself.
func (s Submission) ended() bool {
	switch s.State {
	case "judged", "canceled", "expired", "stuck":
		return true
	}
	return false
}

// Upload is a package and its filing.
type Upload struct {
	// Package can be read again from its beginning: for another attempt.
	Package io.ReaderAt
	Size    int64
	Name    string
	Filing  []byte // YAML or JSON
	// Purpose, Lane and Supersedes are left to the service where they are "".
	Purpose, Lane, Supersedes string
	// Key is the idempotency key; one is made where it is "".
	Key string
	// Sent is told how many bytes of the package are on their way.
	Sent func(bytes int64)
}

// Submit hands a package over and returns when the service has acknowledged it.
func (c *Client) Submit(ctx context.Context, u Upload) (Submission, error) {
	if u.Key == "" {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails
		u.Key = hex.EncodeToString(b[:])
	}
	head, tail, kind, err := envelope(u)
	if err != nil {
		return Submission{}, err
	}
	resp, err := c.retry(ctx, request{
		method: http.MethodPost, path: "/v1/submissions",
		header: map[string]string{"Content-Type": kind, "Idempotency-Key": u.Key, "Accept": "application/json"},
		length: int64(len(head)) + u.Size + int64(len(tail)),
		body: func() io.Reader {
			return io.MultiReader(bytes.NewReader(head), u.reader(), bytes.NewReader(tail))
		},
	})
	if err != nil {
		return Submission{}, err
	}
	var s Submission
	return s, decode(resp, &s)
}

// envelope is what stands before and after the package in the form.
func envelope(u Upload) (head, tail []byte, kind string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, field := range []struct{ name, value string }{
		{"purpose", u.Purpose}, {"lane", u.Lane}, {"supersedes", u.Supersedes}, {"filing", string(u.Filing)},
	} {
		if field.value != "" {
			if err := w.WriteField(field.name, field.value); err != nil {
				return nil, nil, "", err
			}
		}
	}
	name := strings.NewReplacer("\\", "_", `"`, "_", "\r", "_", "\n", "_").Replace(u.Name)
	part := textproto.MIMEHeader{}
	part.Set("Content-Disposition", fmt.Sprintf(`form-data; name="package"; filename="%s"`, name))
	part.Set("Content-Type", "application/octet-stream")
	if _, err := w.CreatePart(part); err != nil {
		return nil, nil, "", err
	}
	head = bytes.Clone(b.Bytes())
	b.Reset()
	if err := w.Close(); err != nil {
		return nil, nil, "", err
	}
	return head, b.Bytes(), w.FormDataContentType(), nil
}

func (u Upload) reader() io.Reader {
	r := io.NewSectionReader(u.Package, 0, u.Size)
	if u.Sent == nil {
		return r
	}
	u.Sent(0)
	return &counter{r: r, told: u.Sent}
}

type counter struct {
	r    io.Reader
	n    int64
	told func(int64)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.told(c.n)
	return n, err
}

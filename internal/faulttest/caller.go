//go:build linux

package faulttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"heyan/internal/client"
)

// Caller is a platform's backend: it sends a package until somebody acknowledges
// it, to whichever API, always under the same key.
type Caller struct {
	apis []*client.Client
	// Pause is between two attempts.
	Pause time.Duration
}

// NewCaller returns a caller of all APIs of the installation.
func NewCaller(in *Installation) *Caller {
	c := &Caller{Pause: 100 * time.Millisecond}
	for _, n := range in.APIs() {
		one, err := client.New(client.Config{
			Server: n.URL(), Token: in.Token, Lang: "en", Attempts: 1,
			// A connection of its own for each request: what an API had that is
			// dead says nothing about its successor.
			HTTP: &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}},
		})
		if err != nil {
			in.t.Fatalf("%v", err)
		}
		c.apis = append(c.apis, one)
	}
	return c
}

// Submit hands the package over and returns the id that was acknowledged. An
// answer that no later attempt can change is an error. cut is after how many bytes
// the first attempt breaks off, negative: it does not.
func (c *Caller) Submit(ctx context.Context, p Package, lane string, cut int) (id string, err error) {
	up := p.upload(lane)
	if cut >= 0 {
		broken := up
		broken.Package = cutReader{bytes.NewReader(p.Bytes), int64(cut)}
		s, err := c.any().Submit(ctx, broken)
		if err == nil {
			return s.ID, fmt.Errorf("an upload that broke off was acknowledged: %s", s.ID)
		}
	}
	for {
		s, err := c.any().Submit(ctx, up)
		if err == nil {
			return s.ID, nil
		}
		if final(err) {
			return "", fmt.Errorf("%s: %w", p.Name, err)
		}
		if err := pause(ctx, c.Pause); err != nil {
			return "", err
		}
	}
}

// upload is the package as a client sends it, always under the same key.
func (p Package) upload(lane string) client.Upload {
	return client.Upload{
		Package: bytes.NewReader(p.Bytes), Size: int64(len(p.Bytes)), Name: p.Name, Filing: p.Filing,
		Purpose: "filing", Lane: lane, Key: "key-" + p.SHA256,
	}
}

// Judged waits until the submission is judged and returns it as it then is.
func (c *Caller) Judged(ctx context.Context, id string) (client.Submission, error) {
	for {
		s, err := c.any().Get(ctx, id)
		switch {
		case err == nil && s.State == "judged":
			return s, nil
		case err == nil && s.State != "queued" && s.State != "running":
			return s, fmt.Errorf("%s is %s", id, s.State)
		case err != nil && final(err):
			return s, fmt.Errorf("%s: %w", id, err)
		}
		if err := pause(ctx, c.Pause); err != nil {
			return s, fmt.Errorf("%s is %s: %w", id, s.State, err)
		}
	}
}

// any is one of the APIs, as a load balancer would choose.
func (c *Caller) any() *client.Client { return c.apis[rand.IntN(len(c.apis))] }

// final reports whether the service gave an answer that stays. Those of the 500s
// and "too many" do not, nor does that the first attempt under the key is not yet
// at its end.
func final(err error) bool {
	var told *client.Error
	return errors.As(err, &told) && told.Status < 500 &&
		told.Status != http.StatusTooManyRequests && told.Status != http.StatusConflict
}

// errCut is why a client stopped sending.
var errCut = errors.New("cut")

// cutReader breaks off.
type cutReader struct {
	io.ReaderAt
	after int64
}

func (c cutReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) <= c.after {
		return c.ReaderAt.ReadAt(p, off)
	}
	n := max(0, c.after-off)
	if n > 0 {
		if n, err := c.ReaderAt.ReadAt(p[:n], off); err != nil {
			return n, err
		}
	}
	return int(n), errCut
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

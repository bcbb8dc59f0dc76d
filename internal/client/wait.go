package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Progress is how far a submission is.
type Progress struct {
	State   string `json:"state"`
	Stage   string `json:"stage"`
	Percent int    `json:"percent"`
}

// quiet is how long an event stream may say nothing: the service sends a sign of
// life every 15 seconds.
const quiet = time.Minute

// Get returns a submission.
func (c *Client) Get(ctx context.Context, id string) (Submission, error) {
	resp, err := c.do(ctx, request{method: http.MethodGet, path: "/v1/submissions/" + url.PathEscape(id)})
	if err != nil {
		return Submission{}, err
	}
	var s Submission
	return s, decode(resp, &s)
}

// Wait follows a submission to its end: judged, or an end without a verdict. It
// listens to the service's events; where they break off it asks, and listens again.
func (c *Client) Wait(ctx context.Context, id string, told func(Progress)) (Submission, error) {
	reached := c.config.Now()
	for failed := 0; ; {
		if err := c.listen(ctx, id, told); err == nil {
			reached, failed = c.config.Now(), 0
		}
		s, err := c.Get(ctx, id)
		if err == nil {
			reached, failed = c.config.Now(), 0
			told(Progress{State: s.State})
			if s.ended() {
				return s, nil
			}
		}
		failed++
		pause, again := c.again(ctx, err, failed)
		switch {
		case ctx.Err() != nil:
			return s, ctx.Err()
		case err == nil:
			pause = time.Second
		case !again, c.config.Now().Sub(reached) > c.config.Patience:
			return s, err
		default:
			c.config.Retrying(err, pause)
		}
		if err := sleep(ctx, pause); err != nil {
			return s, err
		}
	}
}

// listen reads the events of a submission until its end or theirs.
func (c *Client) listen(ctx context.Context, id string, told func(Progress)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(quiet, cancel)
	defer silence.Stop()
	resp, err := c.do(ctx, request{
		method: http.MethodGet, path: "/v1/submissions/" + url.PathEscape(id) + "/events",
		header: map[string]string{"Accept": "text/event-stream"},
	})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		silence.Reset(quiet)
		data, ok := strings.CutPrefix(lines.Text(), "data:")
		if !ok {
			continue
		}
		var p Progress
		if err := json.Unmarshal([]byte(data), &p); err != nil || p.State == "" {
			continue // an event of another kind
		}
		told(p)
		if (Submission{State: p.State}).ended() {
			return nil
		}
	}
	return lines.Err()
}

// Report returns the report of a judgement, 0 for the one in force, as the service
// signed it.
func (c *Client) Report(ctx context.Context, id string, seq int) ([]byte, error) {
	r := request{method: http.MethodGet, path: "/v1/submissions/" + url.PathEscape(id) + "/report",
		header: map[string]string{"Accept": "application/json"}}
	if seq > 0 {
		r.query = "?judgement=" + strconv.Itoa(seq)
	}
	resp, err := c.retry(ctx, r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(data) > maxAnswer {
		err = errors.New("the report is too large")
	}
	return data, err
}

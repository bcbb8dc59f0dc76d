package trace

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// What waits, goes at once, and how long a span waits for others.
const (
	queueSize = 2048
	batchSize = 512
	batchWait = 2 * time.Second
	// attempts are those to send one batch, with pauses of a second and more between.
	attempts = 3
)

// send takes spans off the queue until Close, and then what is left.
func (t *Tracer) send(ctx context.Context) {
	timer := time.NewTicker(batchWait)
	defer timer.Stop()
	var batch []*Span
	flush := func() {
		if len(batch) > 0 {
			t.post(ctx, batch)
			batch = nil
		}
	}
	for {
		select {
		case s := <-t.queue:
			if batch = append(batch, s); len(batch) >= batchSize {
				flush()
			}
		case <-timer.C:
			flush()
		case <-t.quit:
			for {
				select {
				case s := <-t.queue:
					if batch = append(batch, s); len(batch) >= batchSize {
						flush()
					}
				default:
					flush()
					return
				}
			}
		}
	}
}

// post sends one batch. What cannot be sent is counted as dropped.
func (t *Tracer) post(ctx context.Context, batch []*Span) {
	body, err := json.Marshal(t.encode(batch))
	if err != nil {
		t.give(batch, err)
		return
	}
	for n := 1; ; n++ {
		again, err := t.try(ctx, body)
		if err == nil {
			return
		}
		if !again || n == attempts || !t.pause(ctx, time.Duration(n)*time.Second) {
			t.give(batch, err)
			return
		}
	}
}

func (t *Tracer) give(batch []*Span, err error) {
	t.dropped.Add(int64(len(batch)))
	t.config.Log.Warn("cannot send spans", "spans", len(batch), "error", err)
}

// pause waits, but not while the process is stopping.
func (t *Tracer) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-t.quit:
	case <-ctx.Done():
	}
	return false
}

func (t *Tracer) try(ctx context.Context, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(t.config.Endpoint, "/")+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := t.config.Client.Do(req)
	if err != nil {
		return true, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode/100 == 2 {
		return false, nil
	}
	again = resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= http.StatusBadGateway
	return again, fmt.Errorf("the collector answered %s", resp.Status)
}

// Package client talks to a heyan service over its HTTP API: it hands a package
// over, waits for the verdict and fetches the report.
//
// It tries again by itself where that is safe and of use: what was refused for now
// (429, 503, with the pause the service asks for) and what a broken connection
// left open. A package is sent under an idempotency key, so that one that arrived
// although the answer was lost is not submitted twice. Once the service has
// acknowledged a submission, waiting for its verdict goes on over every
// disturbance, for as long as Config.Patience says.
package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Config of a Client.
type Config struct {
	// Server is the service's address, "http://127.0.0.1:8470".
	Server string
	Token  string
	Lang   string // "zh" or "en": of the service's messages
	HTTP   *http.Client
	// Attempts is how often a request is tried (default 6), Patience how long
	// waiting for a verdict goes on without reaching the service (default 10 min).
	Attempts int
	Patience time.Duration
	// Retrying is told before each pause.
	Retrying func(why error, pause time.Duration)
	Now      func() time.Time
}

// Client is one caller of one service. Its methods may be called concurrently.
type Client struct {
	config Config
	base   *url.URL
}

// New returns a Client.
func New(c Config) (*Client, error) {
	base, err := url.Parse(c.Server)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.User != nil {
		return nil, ErrAddress
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{Transport: transport(), CheckRedirect: noRedirect}
	}
	if c.Attempts == 0 {
		c.Attempts = 6
	}
	if c.Patience == 0 {
		c.Patience = 10 * time.Minute
	}
	if c.Retrying == nil {
		c.Retrying = func(error, time.Duration) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Client{config: c, base: base}, nil
}

// ErrAddress: the server's address is none.
var ErrAddress = errors.New("the server's address is written as http://host:port")

// transport waits for the service's leave before it sends a body (Expect:
// 100-continue): a package that will be refused is not sent in vain.
func transport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: 5 * time.Second,
		WriteBufferSize:       256 << 10,
		ForceAttemptHTTP2:     true,
	}
}

// noRedirect: a token goes to nobody else.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Error is what the service answered instead of what was asked: RFC 9457.
type Error struct {
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Title     string `json:"title"`
	Detail    string `json:"detail"`
	RequestID string `json:"request_id"`
	Errors    []struct {
		Line   int    `json:"line"`
		Path   string `json:"path"`
		Detail string `json:"detail"`
	} `json:"errors"`
	retryAfter time.Duration
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Detail)
	if b.Len() == 0 {
		fmt.Fprintf(&b, "HTTP %d %s", e.Status, http.StatusText(e.Status))
	}
	for _, p := range e.Errors {
		b.WriteString("\n  ")
		if p.Path != "" {
			b.WriteString(p.Path + ": ")
		}
		if p.Line > 0 {
			fmt.Fprintf(&b, "%d: ", p.Line)
		}
		b.WriteString(p.Detail)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " (%s, request %s)", e.Code, e.RequestID)
	}
	return b.String()
}

// temporary reports whether the same request may work later.
func (e *Error) temporary() bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 20

// do sends one request and gives its answer, an *Error for a refusal.
func (c *Client) do(ctx context.Context, r request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, c.base.JoinPath(r.path).String()+r.query, nil)
	if err != nil {
		return nil, err
	}
	if r.body != nil {
		req.Body, req.ContentLength = io.NopCloser(r.body()), r.length
		req.Header.Set("Expect", "100-continue")
	}
	for k, v := range r.header {
		req.Header.Set(k, v)
	}
	req.Header.Set("Authorization", "Bearer "+c.config.Token)
	req.Header.Set("Accept-Language", c.config.Lang)
	resp, err := c.config.HTTP.Do(req)
	if err != nil {
		return nil, unwrapURL(err)
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, problem(resp)
}

// request is what is sent; body is called anew for every attempt.
type request struct {
	method, path, query string
	header              map[string]string
	body                func() io.Reader
	length              int64
}

// unwrapURL takes the address off an error: it is told once, by the caller.
func unwrapURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func problem(resp *http.Response) error {
	e := &Error{}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if strings.HasSuffix(resp.Header.Get("Content-Type"), "json") {
		_ = json.Unmarshal(body, e) // what does not parse leaves the status
	}
	e.Status = resp.StatusCode
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		e.retryAfter = time.Duration(s) * time.Second
	}
	return e
}

// retry sends a request until it is answered for good.
func (c *Client) retry(ctx context.Context, r request) (*http.Response, error) {
	for n := 1; ; n++ {
		resp, err := c.do(ctx, r)
		if err == nil {
			return resp, nil
		}
		pause, again := c.again(ctx, err, n)
		if !again || n == c.config.Attempts {
			return nil, err
		}
		c.config.Retrying(err, pause)
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// maxPause is the longest pause that is ours; the service may ask for longer.
const maxPause = 15 * time.Second

// again says whether and when a request that failed for the nth time is sent anew.
func (c *Client) again(ctx context.Context, err error, n int) (time.Duration, bool) {
	pause := min(time.Second<<min(n-1, 10), maxPause)
	var told *Error
	switch {
	case ctx.Err() != nil:
		return 0, false
	case errors.As(err, &told):
		return max(pause, told.retryAfter), told.temporary()
	}
	return pause, true
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// decode reads an answer's JSON.
func decode(resp *http.Response, into any) error {
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(into); err != nil {
		return fmt.Errorf("the answer is not what a heyan service gives: %w", err)
	}
	return nil
}

package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"heyan/storage/record"
)

const (
	// maxAnswer is how much of an answer is read, so that its connection can be used
	// again. None of it is kept: the caller who chose the URL could read with it what
	// is behind our walls.
	maxAnswer  = 4 << 10
	maxHeaders = 16 << 10
	agent      = "heyan-webhook/1"
)

// sender makes attempts.
type sender struct {
	guard  *Guard
	dialer *net.Dialer
	client *http.Client
	now    func() time.Time
}

func newSender(g *Guard, timeout time.Duration, roots *x509.CertPool, now func() time.Time) *sender {
	dialer := &net.Dialer{Timeout: timeout, Control: g.Control}
	transport := &http.Transport{
		Proxy:                  nil, // one of the environment would dial where it is told
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    timeout,
		ResponseHeaderTimeout:  timeout,
		MaxResponseHeaderBytes: maxHeaders,
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
		DisableCompression:     true,
	}
	return &sender{guard: g, dialer: dialer, now: now, client: &http.Client{
		Transport:     transport,
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (s *sender) close() { s.client.CloseIdleConnections() }

// send makes one attempt. The URL is checked again: the policy may have changed since
// it was given.
func (s *sender) send(ctx context.Context, w record.Webhook, d record.Delivery) answer {
	u, err := s.guard.CheckURL(w.URL)
	if err != nil {
		return answer{failure: "the URL is not allowed: " + err.Error(), blocked: true}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(d.Payload))
	if err != nil {
		return answer{failure: "the URL can't be called", blocked: true}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", agent)
	setHeaders(req.Header, w.Secret, d.ID, s.now(), d.Payload)
	res, err := s.client.Do(req)
	if err != nil {
		return answer{failure: failure(err), blocked: errors.Is(err, ErrBlocked)}
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
	return answer{status: res.StatusCode, retryAfter: retryAfter(res.Header, s.now())}
}

// failure says what went wrong in a few fixed words: the webhook's owner reads them,
// who is not to learn which names and addresses there are inside.
func failure(err error) string {
	var (
		dns     *net.DNSError
		timeout interface{ Timeout() bool }
		cert    *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(err, ErrBlocked), errors.As(err, &dns):
		return "the host has no public address that can be called"
	case errors.As(err, &cert):
		return "the certificate is not valid for the host"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the port does not speak TLS"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	}
	return "the connection failed"
}

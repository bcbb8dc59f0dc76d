package obs

import (
	"strconv"
	"strings"
	"time"

	"heyan/internal/httpapi"
)

func (m *Metrics) httpMetrics(f factory) {
	m.requests = f.counterVec("heyan_http_requests_total", "Requests, by route and status.", "route", "status")
	m.requestSeconds = f.histogramVec("heyan_http_request_seconds", "How long requests took, uploads included.", quick(), "route")
	m.requestBytes = f.counterVec("heyan_http_bytes_total", "Bytes of bodies, in and out.", "direction")
	m.eventStreams = f.gauge("heyan_http_event_streams", "Event streams open now.")
	m.rateLimited = f.counter("heyan_http_rate_limited_total", "Requests refused because their token sent too many.")
	m.stalled = f.counter("heyan_http_stalled_total", "Clients let go because they sent too slowly.")
}

type httpMetrics struct{ *Metrics }

// HTTP is what internal/httpapi reports to.
func (m *Metrics) HTTP() httpapi.Metrics { return httpMetrics{m} }

func (m httpMetrics) RequestEnded(route string, status int, took time.Duration, in, out int64) {
	// A stream is as long as its client likes: it says nothing of how fast we are.
	if !strings.HasSuffix(route, "/events") {
		m.requestSeconds.WithLabelValues(route).Observe(took.Seconds())
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.requestBytes.WithLabelValues("in").Add(float64(in))
	m.requestBytes.WithLabelValues("out").Add(float64(out))
}

func (m httpMetrics) EventStreams(delta int) { m.eventStreams.Add(float64(delta)) }
func (m httpMetrics) RateLimited()           { m.rateLimited.Inc() }
func (m httpMetrics) Stalled()               { m.stalled.Inc() }

package trace

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// collector keeps what is sent to it, after as many refusals as it was told.
type collector struct {
	lock    sync.Mutex
	refuse  int
	bodies  []string
	spans   []span
	headers http.Header
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.lock.Lock()
	defer c.lock.Unlock()
	c.headers = r.Header
	if r.URL.Path != "/v1/traces" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if c.refuse > 0 {
		c.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.bodies = append(c.bodies, string(body))
	for _, r := range p.ResourceSpans {
		for _, s := range r.ScopeSpans {
			c.spans = append(c.spans, s.Spans...)
		}
	}
}

// RoundTrip answers without a network, whose waits synctest could not see.
func (c *collector) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestSpansReachTheCollector(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testSpans)
}

func testSpans(t *testing.T) {
	c := &collector{refuse: 1}
	now := time.Unix(1700000000, 5)
	tr := New(Config{Endpoint: "http://collector/", Client: &http.Client{Transport: c}, Service: "heyan", Version: "1", Instance: "a", Sample: 1, Now: func() time.Time { return now }})
	in := http.Header{}
	in.Set(Header, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	ctx, parent := tr.Start(Extract(t.Context(), in), "GET /x", Server, slog.Int("status", 200), slog.Bool("ok", true), slog.Float64("f", 1.5), slog.String("s", "t"))
	child, inner := tr.Start(ctx, "put", Client)
	inner.Fail("it broke")
	inner.End()
	parent.Name("GET /{x}")
	parent.End()
	out := http.Header{}
	Inject(child, out)
	time.Sleep(2 * batchWait) // the first attempt is refused
	tr.Close(t.Context())
	tr.Close(t.Context())
	if len(c.spans) != 2 || tr.Dropped() != 0 {
		t.Fatalf("%d spans, %d dropped", len(c.spans), tr.Dropped())
	}
	inSpan, outSpan := c.spans[0], c.spans[1]
	want := span{
		TraceID: "0af7651916cd43dd8448eb211c80319c", SpanID: outSpan.SpanID, ParentSpanID: "b7ad6b7169203331",
		Name: "GET /{x}", Kind: Server, Start: "1700000000000000005", End: "1700000000000000005",
		Attributes: []attribute{
			{"status", map[string]any{"intValue": "200"}}, {"ok", map[string]any{"boolValue": true}},
			{"f", map[string]any{"doubleValue": 1.5}}, {"s", map[string]any{"stringValue": "t"}},
		},
	}
	if diff := cmp.Diff(want, outSpan); diff != "" {
		t.Error(diff)
	}
	if inSpan.ParentSpanID != outSpan.SpanID || inSpan.Status == nil || inSpan.Status.Code != statusError || inSpan.Status.Message != "it broke" {
		t.Errorf("%+v", inSpan)
	}
	if got := out.Get(Header); got != "00-0af7651916cd43dd8448eb211c80319c-"+inSpan.SpanID+"-01" {
		t.Error(got)
	}
	if !strings.Contains(c.bodies[0], `{"key":"service.name","value":{"stringValue":"heyan"}}`) || c.headers.Get("Content-Type") != "application/json" {
		t.Error(c.bodies[0])
	}
}

func TestParents(t *testing.T) {
	t.Parallel()
	const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for s, want := range map[string]bool{
		good: true, strings.Replace(good, "-01", "-00", 1): true, "cc" + good[2:] + "-what": true,
		"": false, good[:54]: false, "ff" + good[2:]: false, good + "-x": false, strings.ToUpper(good): false,
		"00-00000000000000000000000000000000-b7ad6b7169203331-01": false,
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01": false,
		"00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01": false,
		"cc" + good[2:] + "x": false,
	} {
		if _, ok := parseParent(s); ok != want {
			t.Errorf("%q: %v", s, ok)
		}
	}
	if h := (http.Header{}); ID(t.Context()) != "" {
		t.Error("a trace out of nothing")
	} else if Inject(t.Context(), h); len(h) != 0 {
		t.Error(h)
	}
}

func FuzzParent(f *testing.F) {
	f.Add("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := parseParent(s)
		if !ok {
			return
		}
		h := http.Header{}
		Inject(context.WithValue(t.Context(), contextKey{}, id), h)
		if again, ok := parseParent(h.Get(Header)); !ok || again != id {
			t.Errorf("%q becomes %q", s, h.Get(Header))
		}
	})
}

// TestOff: without a tracer nothing happens, and unsampled traces go on unsampled.
func TestOff(t *testing.T) {
	t.Parallel()
	var off *Tracer
	ctx, s := off.Start(t.Context(), "x", Internal)
	s.Set(slog.Int("a", 1))
	s.Fail("x")
	s.Name("y")
	s.End()
	off.Close(ctx)
	if ID(ctx) != "" || off.Dropped() != 0 {
		t.Error("it is on")
	}
	none := New(Config{Endpoint: "http://127.0.0.1:0"})
	defer none.Close(t.Context())
	ctx, s = none.Start(t.Context(), "x", Internal)
	if s != nil || ID(ctx) == "" {
		t.Error("sampled at 0")
	}
	if _, s = none.Start(ctx, "y", Internal); s != nil {
		t.Error("a child of an unsampled one is sampled")
	}
}

// stuck is a collector that never answers.
type stuck struct{}

func (stuck) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestNeverBlocks: with a collector that hangs, ending spans goes on, what is too
// much is dropped, and Close ends with its context.
func TestNeverBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := New(Config{Endpoint: "http://stuck", Sample: 1, Client: &http.Client{Transport: stuck{}}})
		const n = 5000
		for range n {
			_, s := tr.Start(t.Context(), "x", Internal)
			s.End()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		tr.Close(ctx)
		if tr.Dropped() != n {
			t.Errorf("%d dropped of %d", tr.Dropped(), n)
		}
	})
}

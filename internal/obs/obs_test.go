package obs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heyan/internal/httpapi"
	"heyan/internal/obs/trace"
	"heyan/internal/sweep"
	"heyan/internal/worker"
	"heyan/queue"
	"heyan/storage/record"
)

// everything reports everything once, so that every metric has a value.
func everything(m *Metrics, jobs func(context.Context, time.Time) ([]record.Backlog, error)) {
	s, w, h, sw, wh := m.Submit(), m.Worker(), m.HTTP(), m.Sweep(), m.Webhook()
	s.UploadStarted()
	s.UploadEnded("ok", 3, time.Second)
	s.Submitted(record.PurposeFiling, queue.Batch, true)
	s.PublishFailed(queue.Batch)
	s.MD5Twin()
	s.LeftBehind()
	w.Started(queue.Batch, time.Second)
	w.StageEnded(worker.StageJudging, time.Second)
	w.Ended(queue.Batch, worker.EndRetried, time.Second)
	w.Judged("pass")
	w.ChildStopped()
	w.FactsLooked(true)
	w.FactsLooked(false)
	w.Republished(queue.Batch, 2)
	h.RequestEnded("GET /v1/x", 200, time.Second, 1, 2)
	h.RequestEnded("GET /v1/x/events", 200, time.Hour, 0, 2)
	h.EventStreams(1)
	h.RateLimited()
	h.Stalled()
	sw.Swept(sweep.Result{Orphans: 4}, nil)
	sw.Swept(sweep.Result{}, errors.New("x"))
	sw.Audited(5, 1)
	wh.DeliveryAttempted("dead", time.Second)
	wh.DeliveriesPutBack(3)
	m.WatchDropped(func() int64 { return 7 })
	m.Watch(Backlog{
		Jobs:     jobs,
		Messages: func(context.Context) (map[queue.Lane]int64, error) { return map[queue.Lane]int64{queue.Batch: 6}, nil },
		Now:      func() time.Time { return time.Unix(1000, 0) },
	})
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := NewMetrics("1.2.3")
	everything(m, func(_ context.Context, now time.Time) ([]record.Backlog, error) {
		return []record.Backlog{{Lane: "batch", Queued: 8, Running: 2, Dead: 1, OldestDue: now.Add(-time.Minute)}}, nil
	})
	text := scrape(t, m)
	for _, want := range []string{
		`heyan_uploads_running 0`, `heyan_uploads_total{outcome="ok"} 1`, `heyan_upload_bytes_total 3`,
		`heyan_submissions_total{lane="batch",purpose="filing",replayed="true"} 1`,
		`heyan_job_wait_seconds_count{lane="batch"} 1`, `heyan_job_stage_seconds_sum{stage="judging"} 1`,
		`heyan_job_attempts_total{ending="retried",lane="batch"} 1`, `heyan_verdicts_total{verdict="pass"} 1`,
		`heyan_facts_cache_total{found="yes"} 1`, `heyan_jobs_republished_total{lane="batch"} 2`,
		`heyan_http_requests_total{route="GET /v1/x",status="200"} 1`, `heyan_http_bytes_total{direction="out"} 4`,
		`heyan_sweeps_total{outcome="failed"} 1`, `heyan_swept_total{what="orphans"} 4`, `heyan_filed_packages_missing 1`,
		`heyan_webhook_attempts_total{outcome="dead"} 1`, `heyan_spans_dropped_total 7`,
		`heyan_jobs{lane="batch",state="queued"} 8`, `heyan_jobs{lane="interactive",state="queued"} 0`,
		`heyan_jobs_oldest_due_seconds{lane="batch"} 60`, `heyan_jobs_oldest_due_seconds{lane="interactive"} 0`,
		`heyan_queue_messages{lane="batch"} 6`, `heyan_backlog_unreachable{part="records"} 0`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(text, `heyan_http_request_seconds_count{route="GET /v1/x/events"}`) {
		t.Error("streams count as slow requests")
	}
	if !regexp.MustCompile(`heyan_build_info\{go="go[^"]*",version="1.2.3"\} 1`).MatchString(text) {
		t.Error("no build info")
	}
}

// TestBacklogUnreachable: a database that is away shows as that, and takes nothing
// else away.
func TestBacklogUnreachable(t *testing.T) {
	t.Parallel()
	m := NewMetrics("1")
	asked := 0
	everything(m, func(context.Context, time.Time) ([]record.Backlog, error) {
		asked++
		return nil, errors.New("away")
	})
	text := scrape(t, m) + scrape(t, m)
	if !strings.Contains(text, `heyan_backlog_unreachable{part="records"} 1`) || !strings.Contains(text, "heyan_upload_bytes_total 3") {
		t.Error(text)
	}
	if strings.Contains(text, "heyan_jobs{") {
		t.Error("numbers out of nothing")
	}
	if asked != 1 {
		t.Errorf("asked %d times within %s", asked, backlogFresh)
	}
}

// TestMetricsAreDocumented: both manuals have every metric and no other.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	m := NewMetrics("1")
	everything(m, func(context.Context, time.Time) ([]record.Backlog, error) {
		return []record.Backlog{{Lane: "batch"}}, nil
	})
	families, err := m.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "heyan_") {
			want = append(want, f.GetName())
		}
	}
	for _, name := range []string{"operations.md", "operations.en.md"} {
		text, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, row := range regexp.MustCompile("(?m)^\\| `(heyan_[a-z0-9_]+)`").FindAllStringSubmatch(string(text), -1) {
			have = append(have, row[1])
		}
		slices.Sort(have)
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-registry +manual):\n%s", name, diff)
		}
		for _, used := range regexp.MustCompile(`heyan_[a-z0-9]+_[a-z0-9_]+`).FindAllString(string(text), -1) {
			base := regexp.MustCompile(`_(bucket|count|sum)$`).ReplaceAllString(used, "")
			if !slices.Contains(want, used) && !slices.Contains(want, base) {
				t.Errorf("%s speaks of %s, which there is not", name, used)
			}
		}
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := NewLog(&out, "warn", "json").With("who", "me").WithGroup("g")
	ctx := WithAttrs(WithAttrs(t.Context(), slog.String("request_id", "r")), slog.String("submission", "s"))
	log.InfoContext(ctx, "not this")
	log.WarnContext(ctx, "this", "submission", "own")
	if got := out.String(); !strings.Contains(got, `"who":"me","g":{"submission":"own","request_id":"r"}`) || strings.Contains(got, "not this") {
		t.Error(got)
	}
	out.Reset()
	tracer := trace.New(trace.Config{Endpoint: "http://127.0.0.1:0"})
	defer tracer.Close(t.Context())
	ctx, _ = tracer.Start(t.Context(), "x", trace.Internal)
	NewLog(&out, "nonsense", "text").InfoContext(ctx, "traced")
	if !regexp.MustCompile(`level=INFO msg=traced trace_id=[0-9a-f]{32}\n$`).MatchString(out.String()) {
		t.Error(out.String())
	}
}

func TestRoute(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/v1/submissions": "/v1/submissions",
		"/v1/submissions/sub_01m80cttg80j8xtpa4jp4hzh51/events": "/v1/submissions/{id}/events",
		"/v1/packages/" + strings.Repeat("a", 64) + "/facts":    "/v1/packages/{id}/facts",
		"/.well-known/heyan-report-keys.json":                   "/.well-known/heyan-report-keys.json",
		"/" + strings.Repeat("x", 41):                           "/{id}",
	} {
		if got := Route(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// TestRequests: every request has an id that can stand in a log, the caller's own if
// it is one.
func TestRequests(t *testing.T) {
	t.Parallel()
	n := 0
	newID := func(string) string { n++; return fmt.Sprintf("req_%d", n) }
	var out bytes.Buffer
	log := NewLog(&out, "info", "text")
	h := Requests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log.InfoContext(r.Context(), "seen")
		_, _ = io.WriteString(w, r.Header.Get(httpapi.RequestIDHeader))
	}), nil, newID)
	for given, want := range map[string]string{"": "req_", "mine-1": "mine-1", "a b\n": "req_", strings.Repeat("x", 129): "req_"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set(httpapi.RequestIDHeader, given)
		w := httptest.NewRecorder()
		out.Reset()
		h.ServeHTTP(w, r)
		if got := w.Body.String(); !strings.HasPrefix(got, want) || !strings.Contains(out.String(), "request_id="+got) {
			t.Errorf("%q: %q, %s", given, got, out.String())
		}
	}
}

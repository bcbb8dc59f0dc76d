package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// service answers without a network, whose waits synctest could not see: one step a
// request, the last for all that follow.
type service struct {
	t     *testing.T
	steps []func(w http.ResponseWriter, r *http.Request) error
	keys  []string // idempotency keys that came
	asked []string
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		s.keys = append(s.keys, key)
	}
	step := s.steps[0]
	if len(s.steps) > 1 {
		s.steps = s.steps[1:]
	}
	w := httptest.NewRecorder()
	if err := step(w, r); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

func answer(status int, body string, header ...string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/problem+json")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return nil
	}
}

var errCut = errors.New("connection reset by peer")

func cut(http.ResponseWriter, *http.Request) error { return errCut }

func (s *service) client(patience time.Duration) *Client {
	c, err := New(Config{Server: "http://service", Token: "t", Lang: "en", HTTP: &http.Client{Transport: s, CheckRedirect: noRedirect}, Patience: patience})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func upload() Upload {
	const text = "the package"
	return Upload{Package: strings.NewReader(text), Size: int64(len(text)), Name: "a\"\n.apk", Filing: []byte("version: 1"), Lane: "batch"}
}

// TestSubmitTriesAgain: under one key, with the pauses that the service asks for.
func TestSubmitTriesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fields map[string]string
		s := &service{t: t, steps: []func(http.ResponseWriter, *http.Request) error{
			answer(429, `{"code":"too-many-uploads","detail":"later"}`, "Retry-After", "7"),
			cut,
			answer(503, `{}`),
			func(w http.ResponseWriter, r *http.Request) error {
				fields = form(t, r)
				return answer(201, `{"id":"sub_1","state":"queued","new":1}`)(w, r)
			},
		}}
		start := time.Now()
		got, err := s.client(0).Submit(t.Context(), upload())
		if err != nil || got != (Submission{ID: "sub_1", State: "queued"}) {
			t.Fatal(got, err)
		}
		// 7 s as asked, then 2 s and 4 s of our own.
		if waited := time.Since(start); waited != 13*time.Second {
			t.Errorf("waited %s", waited)
		}
		if len(s.keys) != 4 || s.keys[0] == "" || s.keys[0] != s.keys[3] {
			t.Errorf("keys %q", s.keys)
		}
		want := map[string]string{"filing": "version: 1", "lane": "batch", "package": "a__.apk the package"}
		if diff := cmp.Diff(want, fields); diff != "" {
			t.Error(diff)
		}
	})
}

// form reads a request's form, and that it is as long as it says.
func form(t *testing.T, r *http.Request) map[string]string {
	body, err := io.ReadAll(r.Body)
	if err != nil || int64(len(body)) != r.ContentLength {
		t.Errorf("%d bytes, announced %d: %v", len(body), r.ContentLength, err)
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	parts, err := r.MultipartReader()
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for {
		p, err := parts.NextPart()
		if err != nil {
			return fields
		}
		data, _ := io.ReadAll(p)
		fields[p.FormName()] = strings.TrimSpace(strings.Map(plainName, p.FileName()) + " " + string(data))
	}
}

func plainName(r rune) rune {
	if r == '"' || r == '\n' {
		return '!'
	}
	return r
}

// TestSubmitGivesUp: on what trying again does not help.
func TestSubmitGivesUp(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		step  func(http.ResponseWriter, *http.Request) error
		tries int
		says  string
	}{
		"refused":  {answer(422, `{"code":"filing-invalid","detail":"it is wrong","request_id":"r","errors":[{"line":3,"path":"md5","detail":"no md5"}]}`), 1, "it is wrong\n  md5: 3: no md5 (filing-invalid, request r)"},
		"no token": {answer(401, `{"code":"unauthenticated","detail":"who?"}`), 1, "who?"},
		"full":     {answer(507, `{"code":"store-full","detail":"full"}`, "Retry-After", "300"), 1, "full"},
		"redirect": {answer(302, ``, "Location", "http://thief/"), 1, "HTTP 302 Found"},
		"no JSON":  {answer(404, `<html>`), 1, "HTTP 404"},
		"busy":     {answer(503, ``), 6, "HTTP 503"},
		"cut":      {cut, 6, errCut.Error()},
		"other":    {answer(200, `<html>`), 1, "not what a heyan service gives"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &service{t: t, steps: []func(http.ResponseWriter, *http.Request) error{tc.step}}
				_, err := s.client(0).Submit(t.Context(), upload())
				if err == nil || !strings.Contains(err.Error(), tc.says) || len(s.asked) != tc.tries {
					t.Errorf("%d tries, %v", len(s.asked), err)
				}
			})
		})
	}
}

func events(lines ...string) func(http.ResponseWriter, *http.Request) error {
	return answer(200, strings.Join(lines, "\n")+"\n", "Content-Type", "text/event-stream")
}

// TestWaitSurvives: streams that break off, a service that is away for a while.
func TestWaitSurvives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		running := answer(200, `{"id":"sub_1","state":"running"}`)
		s := &service{t: t, steps: []func(http.ResponseWriter, *http.Request) error{
			events("event: progress", `data: {"state":"queued"}`, ": alive", "data: x", `data: {"other":1}`),
			running,
			cut, cut, cut, cut, answer(502, ""), answer(503, ""),
			events(`data: {"state":"running","percent":40}`, `data: {"state":"judged"}`),
			answer(200, `{"id":"sub_1","state":"judged","verdict":"pass"}`),
		}}
		var seen []string
		got, err := s.client(time.Hour).Wait(t.Context(), "sub_1", func(p Progress) { seen = append(seen, fmt.Sprint(p.State, p.Percent)) })
		if err != nil || got.Verdict != "pass" {
			t.Fatal(got, err)
		}
		if diff := cmp.Diff([]string{"queued0", "running0", "running40", "judged0", "judged0"}, seen); diff != "" {
			t.Error(diff)
		}
	})
}

// TestWaitEnds: with the patience, with ctx, with what will not change.
func TestWaitEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := &service{t: t, steps: []func(http.ResponseWriter, *http.Request) error{cut}}
		start := time.Now()
		if _, err := away.client(5*time.Minute).Wait(t.Context(), "s", func(Progress) {}); !errors.Is(err, errCut) {
			t.Error(err)
		}
		if waited := time.Since(start); waited < 5*time.Minute || waited > 6*time.Minute {
			t.Errorf("waited %s", waited)
		}
		gone := &service{t: t, steps: []func(http.ResponseWriter, *http.Request) error{answer(404, "")}}
		if _, err := gone.client(time.Hour).Wait(t.Context(), "s", func(Progress) {}); err == nil {
			t.Error("waited for what is not there")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := away.client(time.Hour).Wait(ctx, "s", func(Progress) {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		stuck := &service{t: t, steps: []func(http.ResponseWriter, *http.Request) error{
			events(`data: {"state":"stuck"}`), answer(200, `{"state":"stuck"}`)}}
		if s, err := stuck.client(time.Hour).Wait(t.Context(), "s", func(Progress) {}); err != nil || s.State != "stuck" {
			t.Error(s, err)
		}
	})
}

func TestReport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{t: t, steps: []func(http.ResponseWriter, *http.Request) error{cut, answer(200, `{"a": 1}`)}}
		got, err := s.client(0).Report(t.Context(), "a/b", 2)
		if err != nil || string(got) != `{"a": 1}` || s.asked[0] != "GET /v1/submissions/a/b/report" && s.asked[0] != "GET /v1/submissions/a%2Fb/report" {
			t.Error(string(got), err, s.asked)
		}
	})
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"", "service:1", "ftp://x", "http://", "http://user:pass@x", "//x"} {
		if _, err := New(Config{Server: server}); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", server, err)
		}
	}
}

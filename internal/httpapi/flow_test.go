package httpapi_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/internal/httpapi"
	"heyan/internal/seal"
)

// The whole way: submitted, watched, judged, its report in all forms, rechecked.
func TestFlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	filing, pkg := sample(t)
	var s httpapi.AcceptedSubmission
	a := w.form(w.alice, []part{{"filing", "", filing}, {"purpose", "", "filing"}, {"lane", "", "batch"}, {"package", "晨光 school.apk", pkg}}).want(t, 201)
	a.into(t, &s)
	if s.State != "queued" || s.Lane != "batch" || s.Package == nil || s.Package.Size != int64(len(pkg)) || s.UploadURL != "" {
		t.Errorf("accepted: %s", a.body)
	}
	if got := a.Header.Get("Location"); got != "/v1/submissions/"+s.ID {
		t.Errorf("Location %q", got)
	}
	events := w.watch(w.alice, s.ID, "")
	w.work()
	var names []string
	var last httpapi.Progress
	var lastID string
	for e := range events {
		names = append(names, e.name)
		lastID = e.id
		if err := json.Unmarshal([]byte(e.data), &last); err != nil {
			t.Fatal(err)
		}
	}
	if len(names) < 2 || names[0] != "progress" || names[len(names)-1] != "end" || last.State != "judged" || last.Percent != 100 || last.Verdict != "pass" {
		t.Errorf("events %q, last %+v", names, last)
	}
	w.get("/v1/submissions/"+s.ID+"/events", w.alice, "Last-Event-ID: "+lastID).want(t, http.StatusNoContent)

	judged := w.await(w.alice, s.ID, "judged")
	var list httpapi.List[httpapi.Judgement]
	w.get("/v1/submissions/"+s.ID+"/judgements", w.alice).want(t, 200).into(t, &list)
	if len(list.Items) != 1 || list.Items[0].Seq != 1 || list.Items[0].ReportDigest != judged.ReportDigest {
		t.Errorf("judgements %+v", list)
	}
	w.checkReport(t, judged)
	w.checkPackage(t, judged, pkg)

	facts := w.get("/v1/packages/"+judged.Package.SHA256+"/facts", w.alice).want(t, 200)
	if !strings.Contains(string(facts.body), `"format"`) {
		t.Errorf("facts: %s", facts.body)
	}

	var again httpapi.Submission
	w.post("/v1/submissions/"+s.ID+"/recheck", w.alice, `{"filing":`+smallFiling+`}`).want(t, 202).into(t, &again)
	if again.State != "queued" {
		t.Errorf("rechecked: %+v", again)
	}
	again = w.await(w.alice, s.ID, "judged")
	if again.Judgement != 2 || again.Verdict != "return" {
		t.Errorf("judged again: %+v", again)
	}
	first := w.get("/v1/submissions/"+s.ID+"/report?judgement=1", w.alice).want(t, 200)
	if got := first.Header.Get("ETag"); got != `"`+judged.ReportDigest+`"` {
		t.Errorf("ETag of the first: %s", got)
	}
	w.get("/v1/submissions/"+s.ID+"/report?judgement=3", w.alice).refused(t, 404, "not-found")
	w.get("/v1/submissions/"+s.ID+"/report?judgement=0", w.alice).refused(t, 422, "request-invalid")
	w.post("/v1/submissions/"+s.ID+"/cancel", w.alice, "").refused(t, 409, "wrong-state")
}

func (w *world) checkReport(t *testing.T, s httpapi.Submission) {
	t.Helper()
	path := "/v1/submissions/" + s.ID + "/report"
	a := w.get(path, w.alice).want(t, 200)
	if got := a.Header.Get("ETag"); got != `"`+s.ReportDigest+`"` {
		t.Errorf("ETag %s, digest %s", got, s.ReportDigest)
	}
	sum := sha256.Sum256(a.body)
	if got, want := a.Header.Get("Content-Digest"), "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":"; got != want {
		t.Errorf("Content-Digest %s, want %s", got, want)
	}
	keys, err := seal.ParseJWKS(w.get("/.well-known/heyan-report-keys.json", "").want(t, 200).body)
	if err != nil {
		t.Fatal(err)
	}
	result, err := seal.Verify(a.body, keys)
	if err != nil || result.Status != seal.Authentic {
		t.Errorf("signature: %+v, %v", result, err)
	}
	for _, tag := range []string{a.Header.Get("ETag"), "W/" + a.Header.Get("ETag"), `"x", ` + a.Header.Get("ETag"), "*"} {
		if n := w.get(path, w.alice, "If-None-Match: "+tag); n.StatusCode != 304 || len(n.body) != 0 {
			t.Errorf("If-None-Match %s: %d", tag, n.StatusCode)
		}
	}
	for _, test := range []struct{ accept, contentType, holds string }{
		{"text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8", "<!doctype html>"},
		{"application/sarif+json", "application/sarif+json", `"2.1.0"`},
		{"application/*", "application/json", `"signature"`},
		{"*/*", "application/json", `"signature"`},
		{"application/json;q=0.1, text/html;q=0.5", "text/html; charset=utf-8", "<!doctype html>"},
	} {
		got := w.get(path, w.alice, "Accept: "+test.accept, "If-None-Match: "+`"x"`).want(t, 200)
		if ct := got.Header.Get("Content-Type"); ct != test.contentType || !strings.Contains(strings.ToLower(string(got.body)), test.holds) {
			t.Errorf("Accept %s: %s", test.accept, ct)
		}
		if got.Header.Get("ETag") == a.Header.Get("ETag") && test.contentType != "application/json" {
			t.Errorf("Accept %s: the ETag of JSON", test.accept)
		}
	}
	w.get(path, w.alice, "Accept: image/png").refused(t, 406, "not-acceptable")
	w.get(path, w.alice, "Accept: application/json;q=0").refused(t, 406, "not-acceptable")
	if zh, en := w.get(path, w.alice, "Accept: text/html"), w.get(path, w.alice, "Accept: text/html", "Accept-Language: en"); cmp.Equal(zh.body, en.body) || zh.Header.Get("ETag") == en.Header.Get("ETag") {
		t.Error("the page does not follow Accept-Language")
	}
}

func (w *world) checkPackage(t *testing.T, s httpapi.Submission, pkg string) {
	t.Helper()
	a := w.get("/v1/submissions/"+s.ID+"/package", w.alice).want(t, 200)
	if string(a.body) != pkg {
		t.Error("other bytes came back")
	}
	want := map[string]string{
		"Content-Disposition":     `attachment; filename="__ school.apk"; filename*=UTF-8''%E6%99%A8%E5%85%89%20school.apk`,
		"Content-Type":            "application/octet-stream",
		"X-Content-Type-Options":  "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox",
	}
	for name, value := range want {
		if got := a.Header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
}

type event struct{ id, name, data string }

// watch reads a stream of events to its end.
func (w *world) watch(token, id, last string) <-chan event {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), "GET", w.server.URL+"/v1/submissions/"+id+"/events", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := w.server.Client().Do(r) //nolint:bodyclose // by the goroutine below
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		w.t.Fatalf("stream: %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	events := make(chan event, 1000)
	go func() {
		defer close(events)
		defer func() { _ = resp.Body.Close() }()
		var e event
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				if strings.HasPrefix(lines.Text(), ":") {
					e.name = "comment"
				}
				if e.name != "" {
					events <- e
				}
				e = event{}
			}
		}
	}()
	return events
}

package httpapi_test

import (
	"strings"
	"testing"

	"heyan/internal/httpapi"
)

// What is another organisation's and what does not exist are one answer, byte for
// byte, on every route that names something.
func TestIsolation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work()
	s := w.judged(w.alice)
	awaiting := w.reserved(w.alice)
	up := w.createUpload(w.alice, awaiting.ID, 10)
	var hook httpapi.CreatedWebhook
	w.post("/v1/webhooks", w.alice, `{"url":"https://example.com/hook"}`).want(t, 201).into(t, &hook)
	var delivery httpapi.Delivery
	w.post("/v1/webhooks/"+hook.ID+"/test", w.alice, "").want(t, 202).into(t, &delivery)
	var tokens httpapi.List[httpapi.Token]
	w.get("/v1/tokens", w.alice).want(t, 200).into(t, &tokens)

	nothing := func(id string) string { // of the same form, and there is none
		return strings.Map(func(r rune) rune {
			if r >= '1' && r <= '8' {
				return r + 1
			}
			return r
		}, id)
	}
	filing := `{"filing":` + smallFiling + `}`
	tus := []string{"Tus-Resumable: 1.0.0", "Content-Type: application/offset+octet-stream", "Upload-Offset: 0"}
	covered := map[string]bool{}
	for _, test := range []struct {
		method, path, id, body string
		headers                []string
	}{
		{"GET", "/v1/submissions/{id}", s.ID, "", nil},
		{"GET", "/v1/submissions/{id}/judgements", s.ID, "", nil},
		{"GET", "/v1/submissions/{id}/report", s.ID, "", nil},
		{"GET", "/v1/submissions/{id}/report", s.ID, "", []string{"Accept: text/html", `If-None-Match: "` + s.ReportDigest + `"`}},
		{"GET", "/v1/submissions/{id}/report", s.ID, "", []string{"Accept: application/sarif+json"}},
		{"GET", "/v1/submissions/{id}/events", s.ID, "", nil},
		{"GET", "/v1/submissions/{id}/package", s.ID, "", nil},
		{"PUT", "/v1/submissions/{id}/package", awaiting.ID, "bytes", nil},
		{"PUT", "/v1/submissions/{id}/package", s.ID, "bytes", nil},
		{"POST", "/v1/submissions/{id}/recheck", s.ID, filing, nil},
		{"POST", "/v1/submissions/{id}/cancel", s.ID, "", nil},
		{"POST", "/v1/submissions/{id}/cancel", awaiting.ID, "", nil},
		{"GET", "/v1/packages/{sha256}/facts", s.Package.SHA256, "", nil},
		{"HEAD", "/v1/uploads/{id}", up, "", tus},
		{"PATCH", "/v1/uploads/{id}", up, "bytes", tus},
		{"DELETE", "/v1/uploads/{id}", up, "", tus},
		{"GET", "/v1/organisations/{id}", w.orgA, "", nil},
		{"DELETE", "/v1/tokens/{id}", tokens.Items[0].ID, "", nil},
		{"PATCH", "/v1/webhooks/{id}", hook.ID, `{"disabled":true}`, nil},
		{"DELETE", "/v1/webhooks/{id}", hook.ID, "", nil},
		{"POST", "/v1/webhooks/{id}/test", hook.ID, "", nil},
		{"GET", "/v1/webhooks/{id}/deliveries", hook.ID, "", nil},
		{"POST", "/v1/deliveries/{id}/redeliver", delivery.ID, "", nil},
	} {
		covered[test.method+" "+test.path] = true
		ask := func(id string) answer {
			headers := append([]string{"X-Request-Id: same", "Content-Type: application/json"}, test.headers...)
			path := strings.NewReplacer("{id}", id, "{sha256}", id).Replace(test.path)
			return w.call(test.method, path, w.bob, strings.NewReader(test.body), headers...)
		}
		foreign, missing := ask(test.id), ask(nothing(test.id))
		if foreign.StatusCode != missing.StatusCode || string(foreign.body) != string(missing.body) {
			t.Errorf("%s %s:\nforeign %d %s\nmissing %d %s", test.method, test.path, foreign.StatusCode, foreign.body, missing.StatusCode, missing.body)
		}
		foreign.Header.Del("Date")
		missing.Header.Del("Date")
		if len(foreign.Header) != len(missing.Header) {
			t.Errorf("%s %s: headers %v and %v", test.method, test.path, foreign.Header, missing.Header)
		}
		// Nothing of another's is a page without any either.
		empty := test.path == "/v1/webhooks/{id}/deliveries" && foreign.StatusCode == 200 && !strings.Contains(string(foreign.body), "msg_")
		if foreign.StatusCode != 404 && !empty {
			t.Errorf("%s %s: %d %s", test.method, test.path, foreign.StatusCode, foreign.body)
		}
	}
	for _, body := range []string{
		`{"filing":` + smallFiling + `,"supersedes":"` + s.ID + `"}`,
		`{"filing":` + smallFiling + `,"supersedes":"` + nothing(s.ID) + `"}`,
	} {
		w.post("/v1/submissions", w.bob, body).refused(t, 422, "request-invalid")
	}
	meta := "submission " + base64Of(awaiting.ID)
	w.call("POST", "/v1/uploads", w.bob, nil, "Tus-Resumable: 1.0.0", "Upload-Length: 3", "Upload-Metadata: "+meta).refused(t, 404, "not-found")
	w.post("/v1/tokens", w.bob, `{"name":"x","scopes":["read"],"organisation":"`+w.orgA+`"}`).refused(t, 404, "not-found")
	w.post("/v1/webhooks", w.bob, `{"url":"https://example.com/","organisation":"`+w.orgA+`"}`).refused(t, 404, "not-found")
	w.get("/v1/tokens?organisation="+w.orgA, w.bob).refused(t, 404, "not-found")
	w.get("/v1/webhooks?organisation="+w.orgA, w.bob).refused(t, 404, "not-found")

	// Nothing of Alice's has suffered.
	if got := w.await(w.alice, awaiting.ID, "awaiting"); got.Package != nil {
		t.Error("another's bytes were attached")
	}
	w.get("/v1/submissions/"+s.ID+"/report", w.alice).want(t, 200)
	if got := w.offset(w.alice, up); got != "0" {
		t.Errorf("offset %q", got)
	}

	// Routes that name something and are for administrators are forbidden before
	// anything is looked up.
	adminOnly := map[string]bool{"GET /v1/rejudge/{id}": true, "POST /v1/rejudge/{id}/cancel": true, "PATCH /v1/organisations/{id}": true}
	for path, methods := range openapi(t).Paths {
		if !strings.Contains(path, "{") {
			continue
		}
		for method := range methods {
			name := strings.ToUpper(method) + " " + path
			if !covered[name] && !adminOnly[name] {
				t.Errorf("%s is not in the table of this test", name)
			}
			if adminOnly[name] {
				w.call(strings.ToUpper(method), strings.Replace(path, "{id}", "x", 1), w.bob, strings.NewReader(`{"disabled":true}`), "Content-Type: application/json").refused(t, 403, "forbidden")
			}
		}
	}
}

// Lists hold the caller's own alone.
func TestListsAreIsolated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.submitted(w.alice, "bytes")
	w.post("/v1/webhooks", w.alice, `{"url":"https://example.com/hook"}`).want(t, 201)
	for _, path := range []string{"/v1/submissions", "/v1/tokens", "/v1/webhooks", "/v1/organisations", "/v1/me",
		"/v1/submissions?sha256=" + s.Package.SHA256, "/v1/submissions?organisation=" + w.orgA} {
		if body := string(w.get(path, w.bob).want(t, 200).body); strings.Contains(body, w.orgA) || strings.Contains(body, s.ID) {
			t.Errorf("%s shows another's: %s", path, body)
		}
	}
}

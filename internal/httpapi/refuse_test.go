package httpapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"heyan/internal/httpapi"
	"heyan/storage/record"
)

func small(tu *tuning) { tu.submit.MaxSize = 1 << 10 }

// The forms that are refused, and that nothing of them is kept.
func TestFormsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	f, p := part{"filing", "", smallFiling}, part{"package", "a.apk", "bytes"}
	long := strings.Repeat("x", 300<<10)
	for _, test := range []struct {
		name   string
		parts  []part
		status int
		code   string
	}{
		{"package first", []part{p, f}, 400, "multipart-invalid"},
		{"no filing", []part{p}, 400, "multipart-invalid"},
		{"no package", []part{f}, 400, "multipart-invalid"},
		{"nothing", nil, 400, "multipart-invalid"},
		{"filing twice", []part{f, f, p}, 400, "multipart-invalid"},
		{"package twice", []part{f, p, p}, 400, "multipart-invalid"},
		{"purpose behind", []part{f, p, {"purpose", "", "filing"}}, 400, "multipart-invalid"},
		{"unknown part", []part{f, {"colour", "", "red"}, p}, 400, "multipart-invalid"},
		{"part without a name", []part{f, {"", "", "red"}, p}, 400, "multipart-invalid"},
		{"empty package", []part{f, {"package", "a.apk", ""}}, 422, "package-empty"},
		{"empty filing", []part{{"filing", "", ""}, p}, 422, "filing-invalid"},
		{"filing that is no filing", []part{{"filing", "", "colour: red\n"}, p}, 422, "filing-invalid"},
		{"giant filing", []part{{"filing", "", long}, p}, 413, "body-too-large"},
		{"giant field", []part{f, {"purpose", "", long[:2000]}, p}, 413, "body-too-large"},
		{"wrong purpose", []part{f, {"purpose", "", "fun"}, p}, 422, "request-invalid"},
		{"wrong lane", []part{f, {"lane", "", "fast"}, p}, 422, "request-invalid"},
		{"supersedes nothing", []part{f, {"supersedes", "", "sub_x"}, p}, 422, "request-invalid"},
		{"package over the limit", []part{f, {"package", "a.apk", long[:1025]}}, 413, "package-too-large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.form(w.alice, test.parts).refused(t, test.status, test.code)
		})
	}
	w.form(w.alice, []part{f, {"package", "a.apk", long[:1024]}}).want(t, 201)
	if n := w.objects(); n != 1 {
		t.Errorf("%d objects, want the one that was accepted", n)
	}
	var list httpapi.Page[httpapi.Submission]
	w.get("/v1/submissions", w.alice).want(t, 200).into(t, &list)
	if len(list.Items) != 1 {
		t.Errorf("%d submissions", len(list.Items))
	}
}

// Bodies that are no proper multipart, or only look like its end.
func TestMultipartTricks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	head := "--B\r\nContent-Disposition: form-data; name=\"filing\"\r\n\r\n" + smallFiling +
		"\r\n--B\r\nContent-Disposition: form-data; name=\"package\"; filename=\"a.apk\"\r\n\r\n"
	for _, test := range []struct {
		name, contentType, body string
		status                  int
		code                    string
	}{
		{"no boundary", "multipart/form-data", head + "x\r\n--B--\r\n", 400, "multipart-invalid"},
		{"empty boundary", `multipart/form-data; boundary=""`, head + "x\r\n--B--\r\n", 400, "multipart-invalid"},
		{"other boundary", "multipart/form-data; boundary=C", head + "x\r\n--B--\r\n", 400, "multipart-invalid"},
		{"no end", "multipart/form-data; boundary=B", head + "x", 400, "upload-cut"},
		{"end without dashes", "multipart/form-data; boundary=B", head + "x\r\n--B", 400, "multipart-invalid"},
		{"end cut short", "multipart/form-data; boundary=B", head + "x\r\n--B-", 400, "upload-cut"},
		{"part begins and ends", "multipart/form-data; boundary=B", head + "x\r\n--B\r\n", 400, "multipart-invalid"},
		{"more behind the end", "multipart/form-data; boundary=B", head + "x\r\n--B--\r\n" + strings.Repeat("y", 9000), 400, "multipart-invalid"},
		{"encoded part", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"filing\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + smallFiling + "\r\n--B--\r\n", 400, "multipart-invalid"},
		{"head that is none", "multipart/form-data; boundary=B", "--B\r\nnonsense\r\n\r\nx\r\n--B--\r\n", 400, "multipart-invalid"},
		{"endless head", "multipart/form-data; boundary=B", "--B\r\nX: " + strings.Repeat("y", 500<<10) + "\r\n\r\nx\r\n--B--\r\n", 413, "body-too-large"},
		{"mixed", "multipart/mixed; boundary=B", head + "x\r\n--B--\r\n", 415, "unsupported-media-type"},
		{"plain", "text/plain", "x", 415, "unsupported-media-type"},
		{"none", "", "x", 415, "unsupported-media-type"},
		{"nonsense", "/;;", "x", 415, "unsupported-media-type"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.call("POST", "/v1/submissions", w.alice, strings.NewReader(test.body), "Content-Type: "+test.contentType).refused(t, test.status, test.code)
		})
	}
	for _, test := range []struct{ name, pkg, end string }{
		{"boundary within", "a\r\n--BB\r\nb\r\n-\r\n--b--", "\r\n--B--\r\n"},
		{"line feeds", "\n\n--\r\n\r\n", "\r\n--B--"},
		{"epilogue", "x", "\r\n--B--\r\nthe end\r\n"},
		{"white space", "x", "\r\n--B-- \t\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var s httpapi.Submission
			w.call("POST", "/v1/submissions", w.alice, strings.NewReader(head+test.pkg+test.end), "Content-Type: multipart/form-data; boundary=B").want(t, 201).into(t, &s)
			if got := w.get("/v1/submissions/"+s.ID+"/package", w.alice).want(t, 200); string(got.body) != test.pkg {
				t.Errorf("kept %q, want %q", got.body, test.pkg)
			}
		})
	}
}

func TestJSONRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, test := range []struct {
		name, body string
		status     int
		code, path string
	}{
		{"no JSON", `{"filing"`, 400, "body-invalid", "body"},
		{"empty", ``, 400, "body-invalid", "body"},
		{"no filing", `{}`, 422, "request-invalid", "body"},
		{"unknown key", `{"filing":{},"colour":"red"}`, 422, "request-invalid", "body.colour"},
		{"wrong purpose", `{"filing":` + smallFiling + `,"purpose":"fun"}`, 422, "request-invalid", "body.purpose"},
		{"filing of a wrong kind", `{"filing":3}`, 422, "request-invalid", "body.filing"},
		{"filing that is none", `{"filing":{"colour":"red"}}`, 422, "filing-invalid", "colour"},
		{"too long", `{"filing":"` + strings.Repeat("x", 2<<20) + `"}`, 413, "body-too-large", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := w.post("/v1/submissions", w.alice, test.body).refused(t, test.status, test.code)
			if test.path != "" && (len(p.Errors) == 0 || p.Errors[0].Path != test.path || p.Errors[0].Detail == "") {
				t.Errorf("errors %+v, want one at %s", p.Errors, test.path)
			}
		})
	}
	// The same filing in its three guises.
	for _, filing := range []string{smallFiling, `"应用平台: 安卓\n应用版本号: '1.0'\n安装包MD5码: d41d8cd98f00b204e9800998ecf8427e\n应用权限: []\n"`} {
		var s httpapi.AcceptedSubmission
		w.post("/v1/submissions", w.alice, `{"filing":`+filing+`}`).want(t, 201).into(t, &s)
		if s.State != "awaiting" || s.UploadURL != "/v1/submissions/"+s.ID+"/package" || s.ResumableUploadURL != "/v1/uploads" || s.Platform != "android" {
			t.Errorf("%+v", s)
		}
	}
}

func TestPut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	const sha, md5 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "XUFAKrxLKna5cZ2REBfFkg==" // of "hello"
	put := func(id, content string, headers ...string) answer {
		return w.call("PUT", "/v1/submissions/"+id+"/package", w.alice, strings.NewReader(content), headers...)
	}
	for _, test := range []struct {
		name, content string
		headers       []string
		status        int
		code          string
	}{
		{"other SHA-256", "hellO", []string{"Repr-Digest: sha-256=:" + sha + ":"}, 422, "digest-mismatch"},
		{"other MD5", "hellO", []string{"Repr-Digest: md5=:" + md5 + ":"}, 422, "digest-mismatch"},
		{"other of two", "hello", []string{"Repr-Digest: sha-256=:" + sha + ":, md5=:AAAAAAAAAAAAAAAAAAAAAA==:"}, 422, "digest-mismatch"},
		{"digest that is none", "hello", []string{"Repr-Digest: sha-256=abc"}, 422, "request-invalid"},
		{"digest of a wrong length", "hello", []string{"Repr-Digest: sha-256=:" + md5 + ":"}, 422, "request-invalid"},
		{"two that differ", "hello", []string{"Repr-Digest: sha-256=:" + sha + ":", "Content-Digest: sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"}, 422, "request-invalid"},
		{"compressed", "hello", []string{"Content-Encoding: gzip"}, 415, "unsupported-media-type"},
		{"empty", "", nil, 422, "package-empty"},
		{"too large by its length", strings.Repeat("x", 1025), nil, 413, "package-too-large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := w.reserved(w.alice)
			put(s.ID, test.content, test.headers...).refused(t, test.status, test.code)
			// Whatever was wrong, the right bytes are taken afterwards.
			put(s.ID, "hello", "Repr-Digest: unixsum=:AA==:, sha-256=:"+sha+":, md5=:"+md5+":", `Content-Disposition: attachment; filename="b.apk"`).want(t, 200)
		})
	}
	t.Run("chunked", func(t *testing.T) {
		s := w.reserved(w.alice)
		long := io.MultiReader(strings.NewReader(strings.Repeat("x", 1000)), strings.NewReader(strings.Repeat("y", 1000)))
		w.call("PUT", s.UploadURL, w.alice, long).refused(t, 413, "package-too-large")
		var got httpapi.AcceptedSubmission
		w.call("PUT", s.UploadURL, w.alice, io.MultiReader(strings.NewReader("hel"), strings.NewReader("lo"))).want(t, 200).into(t, &got)
		if got.State != "queued" || got.Package.Size != 5 || got.UploadURL != "" {
			t.Errorf("%+v", got)
		}
		again := put(s.ID, "hello").want(t, 200)
		if again.Header.Get("Idempotency-Replayed") != "true" {
			t.Error("the same bytes again are not said to be")
		}
		put(s.ID, "other").refused(t, 409, "wrong-state")
	})
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	parts := []part{{"filing", "", smallFiling}, {"package", "a.apk", "bytes"}}
	key := "Idempotency-Key: k1"
	var first, second httpapi.AcceptedSubmission
	a := w.form(w.alice, parts, key).want(t, 201)
	a.into(t, &first)
	if a.Header.Get("Idempotency-Replayed") != "" {
		t.Error("the first is said to be a replay")
	}
	b := w.form(w.alice, parts, key).want(t, 201)
	b.into(t, &second)
	if second.ID != first.ID || b.Header.Get("Idempotency-Replayed") != "true" || b.Header.Get("Location") != a.Header.Get("Location") {
		t.Errorf("the same again: %s, %v", second.ID, b.Header)
	}
	parts[1].content = "other"
	w.form(w.alice, parts, key).refused(t, 422, "idempotency-key-reused")
	w.form(w.bob, parts, key).want(t, 201) // a key is an organisation's own
	w.form(w.alice, parts, "Idempotency-Key: "+strings.Repeat("k", 256)).refused(t, 400, "idempotency-key-invalid")
	body := `{"filing":` + smallFiling + `}`
	w.post("/v1/submissions", w.alice, body, "Idempotency-Key: k2").want(t, 201).into(t, &first)
	w.post("/v1/submissions", w.alice, body, "Idempotency-Key: k2").want(t, 201).into(t, &second)
	if first.ID != second.ID {
		t.Error("two submissions of one key")
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	for _, content := range []string{"one", "two", "three", "four", "five"} {
		ids = append(ids, w.submitted(w.alice, content).ID)
	}
	w.submitted(w.bob, "bob's")
	var got []string
	for next, pages := "", 0; ; pages++ {
		var p httpapi.Page[httpapi.Submission]
		path := "/v1/submissions?limit=2"
		if next != "" {
			path += "&cursor=" + next
		}
		w.get(path, w.alice).want(t, 200).into(t, &p)
		for _, s := range p.Items {
			got = append(got, s.ID)
			if s.Filing != nil {
				t.Error("a list has filings")
			}
		}
		if next = p.Next; next == "" {
			if pages != 2 {
				t.Errorf("%d pages", pages+1)
			}
			break
		}
	}
	if len(got) != 5 || got[0] != ids[4] || got[4] != ids[0] {
		t.Errorf("listed %q, submitted %q", got, ids)
	}
	count := func(token, query string) int {
		var p httpapi.Page[httpapi.Submission]
		w.get("/v1/submissions?"+query, token).want(t, 200).into(t, &p)
		return len(p.Items)
	}
	for _, test := range []struct {
		token, query string
		want         int
	}{
		{w.alice, "state=queued", 5}, {w.alice, "state=judged,canceled", 0}, {w.alice, "state=judged,queued", 5},
		{w.alice, "platform=ios", 0}, {w.alice, "since=2100-01-01T00:00:00Z", 0}, {w.alice, "before=2100-01-01T00:00:00Z", 5},
		{w.alice, "purpose=precheck", 0}, {w.alice, "organisation=" + w.orgB, 0}, {w.alice, "organisation=" + w.orgA, 5},
		{w.admin, "", 6}, {w.admin, "organisation=" + w.orgB, 1},
	} {
		if n := count(test.token, test.query); n != test.want {
			t.Errorf("%q: %d, want %d", test.query, n, test.want)
		}
	}
	for _, query := range []string{"state=fine", "limit=0", "limit=101", "limit=x", "cursor=x", "cursor=MTpTdWI", "since=yesterday", "colour=red"} {
		for lang, word := range map[string]string{"zh": "请", "en": "orrect"} {
			p := w.get("/v1/submissions?"+query, w.alice, "Accept-Language: "+lang).refused(t, 422, "request-invalid")
			if !strings.Contains(p.Detail, word) || len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Path, "query.") {
				t.Errorf("%s: %+v", query, p)
			}
		}
	}
}

// What a token's scopes do not allow is said to be forbidden.
func TestScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reader, submitter := w.token(w.orgA, record.ScopeRead), w.token(w.orgA, record.ScopeSubmit)
	s := w.submitted(w.alice, "bytes")
	r := w.reserved(w.alice)
	for _, test := range []struct {
		token, method, path, body string
		headers                   []string
	}{
		{reader, "POST", "/v1/submissions", `{"filing":` + smallFiling + `}`, nil},
		{reader, "PUT", r.UploadURL, "x", nil},
		{reader, "POST", "/v1/uploads", "", []string{"Tus-Resumable: 1.0.0", "Upload-Length: 3"}},
		{reader, "POST", "/v1/submissions/" + s.ID + "/cancel", "", nil},
		{reader, "POST", "/v1/submissions/" + s.ID + "/recheck", `{"filing":` + smallFiling + `}`, nil},
		{submitter, "POST", "/v1/submissions/" + s.ID + "/recheck", `{"filing":` + smallFiling + `}`, nil},
		{submitter, "GET", "/v1/tokens", "", nil},
		{submitter, "GET", "/v1/webhooks", "", nil},
		{w.alice, "POST", "/v1/rejudge", `{}`, nil},
		{w.alice, "GET", "/v1/rejudge", "", nil},
		{w.alice, "GET", "/v1/alarms", "", nil},
		{w.alice, "POST", "/v1/organisations", `{"name":"C"}`, nil},
		{w.alice, "PATCH", "/v1/organisations/" + w.orgB, `{"disabled":true}`, nil},
		{w.alice, "POST", "/v1/tokens", `{"name":"x","scopes":["admin"]}`, nil},
	} {
		headers := append([]string{"Content-Type: application/json"}, test.headers...)
		w.call(test.method, test.path, test.token, strings.NewReader(test.body), headers...).refused(t, 403, "forbidden")
	}
	w.get("/v1/submissions/"+s.ID, reader).want(t, 200)
	w.get("/v1/submissions/"+s.ID, submitter).want(t, 200)
}

func TestMissingRoutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.get("/v1/nothing", w.alice).refused(t, 404, "not-found")
	w.get("/v1", w.alice).refused(t, 404, "not-found")
	a := w.call("DELETE", "/v1/submissions", w.alice, nil)
	a.refused(t, 405, "method-not-allowed")
	if got := a.Header.Get("Allow"); got != "GET, HEAD, POST" {
		t.Errorf("Allow: %q", got)
	}
	w.call("POST", "/healthz", "", nil).refused(t, 405, "method-not-allowed")
	if got := w.get("/", ""); got.StatusCode != 200 || !strings.Contains(string(got.body), "/docs") {
		t.Errorf("signpost: %d", got.StatusCode)
	}
	if got := w.get("/nothing", ""); got.StatusCode != 404 {
		t.Errorf("outside of the API: %d", got.StatusCode)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.get("/v1/submissions/x", w.alice, "X-Request-Id: my-id.1:2_3")
	if p := a.refused(t, 404, "not-found"); p.RequestID != "my-id.1:2_3" || a.Header.Get("X-Request-Id") != p.RequestID {
		t.Errorf("ids %q, %q", p.RequestID, a.Header.Get("X-Request-Id"))
	}
	for _, bad := range []string{"a b", "", strings.Repeat("x", 129), `"}`, "é"} {
		if id := w.get("/v1/me", w.alice, "X-Request-Id: "+bad).Header.Get("X-Request-Id"); id == bad || !strings.HasPrefix(id, "req_") {
			t.Errorf("%q became %q", bad, id)
		}
	}
	log := w.log.String()
	for _, want := range []string{`"request_id":"my-id.1:2_3"`, `"route":"GET /v1/submissions/{id}"`, `"code":"not-found"`, `"organisation":"` + w.orgA + `"`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %s", want)
		}
	}
	if strings.Contains(log, w.alice) {
		t.Error("a token is in the log")
	}
}

func TestPanicIsAProblem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(tu *tuning) {
		tu.api = func(c *httpapi.Config) {
			c.Root = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/late" {
					_, _ = io.WriteString(w, strings.Repeat("x", 10000))
				}
				panic("broken")
			})
		}
	})
	w.get("/early", "", "Accept-Language: en").refused(t, 500, "internal")
	if resp, err := w.server.Client().Get(w.server.URL + "/late"); err == nil {
		_, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err == nil {
			t.Error("half an answer looks whole")
		}
	}
	if !strings.Contains(w.log.String(), "handler panicked") {
		t.Error("the log says nothing")
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for header, zh := range map[string]bool{
		"": true, "en": false, "zh-CN,zh;q=0.9,en;q=0.8": true, "en-US,en;q=0.9": false, "fr": true,
		"fr, en;q=0.3": false, "en;q=0": true, "zh;q=0.1, en;q=0.2": false, "*": true, "en;q=x": true,
	} {
		p := w.get("/v1/me", "", "Accept-Language: "+header).refused(t, 401, "unauthenticated")
		if got := strings.ContainsAny(p.Title+p.Detail, "未请"); got != zh {
			t.Errorf("%q: %s", header, p.Title)
		}
	}
}

package httpapi_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heyan/internal/httpapi"
	"heyan/storage/record"
)

// An administrator makes an organisation and its token, shown once, and takes them
// away again.
func TestOrganisationsAndTokens(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	w := newWorld(t)
	var org httpapi.Organisation
	w.post("/v1/organisations", w.admin, `{"name":"某省"}`).want(t, 201).into(t, &org)
	w.post("/v1/organisations", w.admin, `{"name":"某省"}`).refused(t, 409, "name-taken")
	w.post("/v1/organisations", w.admin, `{"name":""}`).refused(t, 422, "request-invalid")
	w.post("/v1/organisations", w.admin, `{"name":"a\u202eb"}`).refused(t, 422, "request-invalid")
	var issued httpapi.IssuedToken
	body := fmt.Sprintf(`{"organisation":%q,"name":"后台","scopes":["submit","read"],"expires":%q}`, org.ID, now.Add(time.Hour).Format(time.RFC3339))
	w.post("/v1/tokens", w.admin, body).want(t, 201).into(t, &issued)
	if !strings.HasPrefix(issued.Secret, "heyan_") || issued.Expires == nil || !cmp.Equal(issued.Scopes, []string{"read", "submit"}) {
		t.Errorf("%+v", issued)
	}
	if list := w.get("/v1/tokens?organisation="+org.ID, w.admin).want(t, 200); strings.Contains(string(list.body), issued.Secret) || !strings.Contains(string(list.body), issued.ID) {
		t.Errorf("list %s", list.body)
	}
	var me httpapi.Me
	w.get("/v1/me", issued.Secret).want(t, 200).into(t, &me)
	if me.Organisation.ID != org.ID || me.Organisation.Name != "某省" || me.Token != issued.ID || me.Limits.MaxPackageSize == 0 {
		t.Errorf("%+v", me)
	}
	var page httpapi.Page[httpapi.Organisation]
	w.get("/v1/organisations?limit=3", w.admin).want(t, 200).into(t, &page)
	first := len(page.Items)
	w.get("/v1/organisations?limit=3&cursor="+page.Next, w.admin).want(t, 200).into(t, &page)
	if first != 3 || len(page.Items) != 1 {
		t.Errorf("pages of %d and %d, want 3 and 1", first, len(page.Items))
	}
	w.call("PATCH", "/v1/organisations/"+org.ID, w.admin, strings.NewReader(`{"disabled":true}`), "Content-Type: application/json").want(t, 200).into(t, &org)
	if !org.Disabled {
		t.Error("not disabled")
	}
	w.call("DELETE", "/v1/tokens/"+issued.ID+"?organisation="+org.ID, w.admin, nil).want(t, 204)
	w.call("DELETE", "/v1/tokens/nothing", w.alice, nil).refused(t, 404, "not-found")
}

func TestWebhookRoutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.post("/v1/webhooks", w.alice, `{"url":"http://127.0.0.1/"}`).refused(t, 422, "request-invalid")
	w.post("/v1/webhooks", w.alice, `{"url":"https://example.com/","events":["x"]}`).refused(t, 422, "request-invalid")
	var hook httpapi.CreatedWebhook
	w.post("/v1/webhooks", w.alice, `{"url":"https://example.com/hook"}`).want(t, 201).into(t, &hook)
	if hook.Secret == "" || len(hook.Events) == 0 {
		t.Errorf("%+v", hook)
	}
	if list := w.get("/v1/webhooks", w.alice).want(t, 200); strings.Contains(string(list.body), hook.Secret) || !strings.Contains(string(list.body), hook.ID) {
		t.Errorf("list %s", list.body)
	}
	for range 3 {
		w.post("/v1/webhooks/"+hook.ID+"/test", w.alice, "").want(t, 202)
	}
	var page httpapi.Page[httpapi.Delivery]
	w.get("/v1/webhooks/"+hook.ID+"/deliveries?limit=2&state=pending", w.alice).want(t, 200).into(t, &page)
	if len(page.Items) != 2 || page.Next == "" || page.Items[0].Event != "webhook.test" || page.Items[0].NextAt == nil {
		t.Errorf("%+v", page)
	}
	w.get("/v1/webhooks/"+hook.ID+"/deliveries?limit=2&cursor="+page.Next, w.alice).want(t, 200).into(t, &page)
	if len(page.Items) != 1 {
		t.Errorf("%d on the last page", len(page.Items))
	}
	w.get("/v1/webhooks/"+hook.ID+"/deliveries?state=x", w.alice).refused(t, 422, "request-invalid")
	w.post("/v1/deliveries/"+page.Items[0].ID+"/redeliver", w.alice, "").want(t, 202)
	patch := func(body string) answer {
		return w.call("PATCH", "/v1/webhooks/"+hook.ID, w.alice, strings.NewReader(body), "Content-Type: application/json")
	}
	var off, on httpapi.Webhook
	patch(`{"disabled":true}`).want(t, 200).into(t, &off)
	if !off.Disabled || off.DisabledAt == nil || off.DisabledReason == "" {
		t.Errorf("%+v", off)
	}
	w.post("/v1/webhooks/"+hook.ID+"/test", w.alice, "").refused(t, 409, "wrong-state")
	patch(`{}`).refused(t, 422, "request-invalid")
	patch(`{"disabled":false}`).want(t, 200).into(t, &on)
	if on.Disabled || on.DisabledAt != nil || on.DisabledReason != "" {
		t.Errorf("%+v", on)
	}
	w.call("DELETE", "/v1/webhooks/"+hook.ID, w.alice, nil).want(t, 204)
	w.call("DELETE", "/v1/webhooks/"+hook.ID, w.alice, nil).refused(t, 404, "not-found")
}

func TestRejudgeAndAlarms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var run httpapi.Rejudge
	w.post("/v1/rejudge", w.admin, `{"since":"2026-01-01T00:00:00Z"}`).want(t, 202).into(t, &run)
	if run.State != "running" || run.Since == nil || run.Until != nil {
		t.Errorf("%+v", run)
	}
	w.post("/v1/rejudge", w.admin, `{"since":"2026-01-02T00:00:00Z","until":"2026-01-01T00:00:00Z"}`).refused(t, 422, "request-invalid")
	w.post("/v1/rejudge", w.admin, `{"since":"yesterday"}`).refused(t, 422, "request-invalid")
	w.post("/v1/rejudge/"+run.ID+"/cancel", w.admin, "").want(t, 200).into(t, &run)
	if run.State != "canceled" {
		t.Errorf("%+v", run)
	}
	w.post("/v1/rejudge/"+run.ID+"/cancel", w.admin, "").refused(t, 409, "wrong-state")
	w.get("/v1/rejudge/nothing", w.admin).refused(t, 404, "not-found")
	var runs httpapi.List[httpapi.Rejudge]
	w.get("/v1/rejudge", w.admin).want(t, 200).into(t, &runs)
	if len(runs.Items) != 1 || runs.Items[0].ID != run.ID {
		t.Errorf("%+v", runs)
	}
	for i := range 3 {
		err := w.records.RaiseAlarm(t.Context(), record.Alarm{ID: record.NewID("alm", time.Now().Add(time.Duration(i)*time.Second)), Kind: record.AlarmJobDead, Detail: "x", Created: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
	}
	var page httpapi.Page[httpapi.Alarm]
	w.get("/v1/alarms?limit=2", w.admin).want(t, 200).into(t, &page)
	if len(page.Items) != 2 || page.Next == "" {
		t.Errorf("%+v", page)
	}
}

// A second request for an upload takes the place of the first: a client that lost
// its connection need not wait until the service has noticed.
func TestUploadIsTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.reserved(w.alice)
	id := w.createUpload(w.alice, s.ID, 10)
	c := w.dial()
	c.head("PATCH", "/v1/uploads/"+id, w.alice, tusVersion, "Upload-Offset: 0", "Content-Type: application/offset+octet-stream", "Content-Length: 10", "Expect: 100-continue")
	c.goOn()
	c.send("hello")
	w.arrived(id, 5)
	if got := w.offset(w.alice, id); got != "5" {
		t.Errorf("offset %q", got)
	}
	c.read().refused(t, 423, "upload-locked")
	w.patch(w.alice, id, 5, strings.NewReader("world")).want(t, 204)
	w.await(w.alice, s.ID, "queued")
}

// Words for everything that huma's validation says of this API.
func TestChinese(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"unexpected property":                                 "没有这个字段，请删去或检查拼写",
		"expected required property filing to be present":     "缺少字段 filing",
		`expected value to be one of "filing, precheck"`:      "应为其中之一：filing, precheck",
		"expected number >= 1":                                "应不小于 1",
		"required path parameter is missing":                  "缺少必需的参数",
		"something quite new":                                 "something quite new",
		"expected string to be RFC 3339 date-time":            "应为 RFC 3339 时间，例如 2026-11-21T08:00:00Z",
		"invalid date/time for format 2006-01-02T15:04:05Z07": "应为 RFC 3339 时间，例如 2026-11-21T08:00:00Z",
	} {
		if got := httpapi.Chinese(message); got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
}

// A client that takes nothing of an answer is let go.
func TestReaderThatStalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(tu *tuning) {
		tu.api = func(c *httpapi.Config) { c.Limits.WriteTimeout = 200 * time.Millisecond }
	})
	const size = 24 << 20 // more than any socket buffers hold
	s := w.reserved(w.alice)
	w.call("PUT", s.UploadURL, w.alice, io.LimitReader(pattern(1), size)).want(t, 200)
	c := w.dial()
	c.head("GET", "/v1/submissions/"+s.ID+"/package", w.alice)
	w.until(func() bool {
		return w.seen.read(func(c *counts) int { return c.requests["GET /v1/submissions/{id}/package"] }) == 1
	})
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); err == nil || n == size {
		t.Errorf("%d bytes arrived, %v", n, err)
	}
	_ = resp.Body.Close()
}

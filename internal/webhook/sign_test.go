package webhook

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heyan/storage/record"
)

// TestSign is the test vector of the libraries of standard-webhooks.
func TestSign(t *testing.T) {
	t.Parallel()
	secret, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	at, body := time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)
	h := http.Header{}
	setHeaders(h, secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
	want := http.Header{
		"Webhook-Id":        {"msg_p5jXN8AQM9LWM0D4loKWxJek"},
		"Webhook-Timestamp": {"1614265330"},
		"Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Error(diff)
	}
	if got := SecretText(secret); got != "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" {
		t.Error(got)
	}
	if a, b := newSecret(), newSecret(); len(a) != 32 || string(a) == string(b) {
		t.Error("secrets are not random")
	}
}

func TestEvent(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 16, 0, 0, 1999, time.FixedZone("CST", 8*3600))
	s := record.Submission{
		ID: "sub_1", Purpose: record.PurposeFiling, State: record.StateJudged, PackageID: "cn.example", Version: "2.10", Verdict: "pass",
		Filing: []byte("secret"), AppName: "secret",
	}
	j := record.Judgement{Submission: "sub_1", Seq: 2, Cause: record.CauseRechecked, Verdict: "pass", ReportDigest: "sha256:aa", PackageDigest: "sha256:bb", Created: at}
	event, body := Event(s, j)
	want := `{"type":"submission.judged","timestamp":"2026-11-21T08:00:00.000001Z","data":{"submission":"sub_1","purpose":"filing","state":"judged",` +
		`"judgement":2,"cause":"rechecked","verdict":"pass","report_digest":"sha256:aa","package_sha256":"bb","package_id":"cn.example","version":"2.10"}}`
	if diff := cmp.Diff(want, string(body)); event != EventJudged || diff != "" {
		t.Error(event, diff)
	}
	j.Cause, j.Verdict = record.CauseRejudged, "return"
	if event, body := Event(s, j); event != "" || body != nil {
		t.Errorf("a re-judgement that the submission does not note: %s %s", event, body)
	}
	s.Rejudged = "return"
	event, body = Event(s, j)
	var got struct{ Data Judged }
	if err := json.Unmarshal(body, &got); err != nil || event != EventRejudged || got.Data.Verdict != "return" || got.Data.VerdictInForce != "pass" {
		t.Errorf("%s %s (%v)", event, body, err)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	type result struct {
		State record.DeliveryState
		In    time.Duration
		Ended bool
	}
	for name, c := range map[string]struct {
		attempts int
		answer   answer
		want     result
	}{
		"ok":                     {1, answer{status: 200}, result{record.DeliveryDelivered, 0, true}},
		"no content":             {8, answer{status: 204}, result{record.DeliveryDelivered, 0, true}},
		"299":                    {1, answer{status: 299}, result{record.DeliveryDelivered, 0, true}},
		"redirect":               {1, answer{status: 302}, result{record.DeliveryPending, 5 * time.Second, false}},
		"bad request":            {2, answer{status: 400}, result{record.DeliveryPending, 5 * time.Minute, false}},
		"gone":                   {1, answer{status: 410}, result{record.DeliveryDead, 0, true}},
		"error":                  {3, answer{status: 500}, result{record.DeliveryPending, 30 * time.Minute, false}},
		"no answer":              {7, answer{failure: "no answer in time"}, result{record.DeliveryPending, 9 * time.Hour, false}},
		"the last":               {8, answer{failure: "no answer in time"}, result{record.DeliveryDead, 0, true}},
		"beyond the last":        {9, answer{status: 500}, result{record.DeliveryDead, 0, true}},
		"asked to wait":          {1, answer{status: 429, retryAfter: time.Minute}, result{record.DeliveryPending, time.Minute, false}},
		"asked to wait for ever": {1, answer{status: 503, retryAfter: 1000 * time.Hour}, result{record.DeliveryPending, time.Hour, false}},
		"asked for less":         {3, answer{status: 503, retryAfter: time.Second}, result{record.DeliveryPending, 30 * time.Minute, false}},
	} {
		d := settle(record.Delivery{Attempts: c.attempts, State: record.DeliveryPending}, c.answer, now, 0.5)
		got := result{State: d.State, Ended: !d.Ended.IsZero()}
		if d.State == record.DeliveryPending {
			got.In = d.NextAt.Sub(now)
		}
		failure := c.answer.failure
		if c.answer.gone() {
			failure = goneReason
		}
		if diff := cmp.Diff(c.want, got); diff != "" || d.Status != c.answer.status || d.Error != failure || d.Attempts != c.attempts {
			t.Errorf("%s: %s %+v", name, diff, d)
		}
	}
	var total time.Duration
	for i, delay := range Schedule() {
		total += delay
		for _, spread := range []float64{0, 0.25, 0.999} {
			d := settle(record.Delivery{Attempts: i + 1}, answer{status: 500}, now, spread)
			if got := d.NextAt.Sub(now); got < delay*9/10 || got > delay*11/10 {
				t.Errorf("attempt %d comes after %v", i+2, got)
			}
		}
	}
	if total < 23*time.Hour || total > 25*time.Hour {
		t.Errorf("tried for %v, which is not about a day", total)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "-5": 0, "soon": 0, "1e9": 0, "99999999999999999999": 0,
		"Sat, 21 Nov 2026 08:01:00 GMT": time.Minute, "Sat, 21 Nov 2026 07:00:00 GMT": 0, strings.Repeat("9", 9): 999999999 * time.Second,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// TestLane: what finds no room is put back one after the other, not all at once, and
// never for long.
func TestLane(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	l := &lane{took: 2 * time.Second}
	var turns []time.Duration
	started := 0
	for range 12 {
		start, until := l.enqueue(parcel{}, now, 2, 2)
		if start {
			started++
		}
		if !until.IsZero() {
			turns = append(turns, until.Sub(now))
		}
	}
	if started != 2 || len(l.waiting) != 2 || len(turns) != 8 {
		t.Fatalf("%d started, %d wait, %d put back", started, len(l.waiting), len(turns))
	}
	for i, turn := range turns {
		if want := 5*time.Second + time.Duration(i)*time.Second; turn != want {
			t.Errorf("put back %d until %v, want %v", i, turn, want)
		}
	}
	for range 1000 {
		if _, until := l.enqueue(parcel{}, now, 2, 2); until.Sub(now) > maxPutBack {
			t.Fatalf("put back until %v", until.Sub(now))
		}
	}
	for range 2 {
		if _, more := l.done(time.Second); !more {
			t.Error("those that wait are not served")
		}
	}
	for range 2 {
		if _, more := l.done(time.Second); more {
			t.Error("there is more than was given")
		}
	}
	if l.idle(now) || !l.idle(now.Add(2*maxPutBack)) {
		t.Error("the lane is forgotten too early or never")
	}
}

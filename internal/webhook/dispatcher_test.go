package webhook

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"heyan/internal/submit"
	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

// world is a database with one organisation, a clock that the test moves, and
// receivers over TLS.
type world struct {
	t       *testing.T
	store   *sqlstore.Store
	clock   atomic.Int64
	serial  atomic.Int64
	roots   *x509.CertPool
	guard   *Guard
	service *Service
	caller  submit.Caller
	wakers  []*Dispatcher
}

func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{Path: filepath.Join(t.TempDir(), "heyan.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: store, roots: x509.NewCertPool()}
	w.clock.Store(time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC).UnixMicro())
	w.guard = NewGuard(Policy{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}})
	w.service = New(ServiceConfig{Records: store, Guard: w.guard, Now: w.now, NewID: w.newID, Wake: w.wake})
	w.caller = w.organisation("one", record.ScopeReview)
	return w
}

func (w *world) now() time.Time { return time.UnixMicro(w.clock.Load()).UTC() }

func (w *world) newID(prefix string) string { return fmt.Sprintf("%s_%06d", prefix, w.serial.Add(1)) }

func (w *world) wake() {
	for _, d := range w.wakers {
		d.Wake()
	}
}

func (w *world) pass(d time.Duration) {
	w.clock.Add(d.Microseconds())
	w.wake()
}

func (w *world) organisation(name string, scopes ...record.Scope) submit.Caller {
	w.t.Helper()
	o := record.Organisation{ID: w.newID("org"), Name: name, Created: w.now()}
	if err := w.store.CreateOrganisation(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
	return submit.Caller{Organisation: o.ID, Token: "tok", Scopes: scopes}
}

// receiver starts a server and makes it a webhook.
func (w *world) receiver(h http.HandlerFunc) (record.Webhook, *httptest.Server) {
	w.t.Helper()
	s := httptest.NewTLSServer(h)
	w.t.Cleanup(s.Close)
	w.roots.AddCert(s.Certificate())
	created, err := w.service.Create(w.t.Context(), w.caller, NewWebhook{URL: s.URL + "/hook?a=b"})
	if err != nil {
		w.t.Fatal(err)
	}
	hook := created.Webhook
	list, err := w.store.Webhooks(w.t.Context(), hook.Organisation) // with its secret
	if err != nil {
		w.t.Fatal(err)
	}
	for _, known := range list {
		if known.ID == hook.ID {
			hook = known
		}
	}
	return hook, s
}

// add makes a delivery.
func (w *world) add(hook record.Webhook) string {
	w.t.Helper()
	d := record.Delivery{ID: w.newID("msg"), Webhook: hook.ID, Organisation: hook.Organisation, Event: EventJudged, Submission: "sub_1",
		Payload: []byte(`{"type":"submission.judged"}`), State: record.DeliveryPending, NextAt: w.now(), Created: w.now()}
	if err := w.store.AddDelivery(w.t.Context(), d); err != nil {
		w.t.Fatal(err)
	}
	w.wake()
	return d.ID
}

// start runs a dispatcher and returns how to stop it.
func (w *world) start(change ...func(*Config)) (d *Dispatcher, stop func()) {
	w.t.Helper()
	c := Config{Outbox: w.store, Guard: w.guard, Roots: w.roots, Now: w.now, Poll: 10 * time.Millisecond, Timeout: 10 * time.Second}
	for _, f := range change {
		f(&c)
	}
	d = NewDispatcher(c)
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
	w.t.Cleanup(stop)
	w.wakers = append(w.wakers, d)
	return d, stop
}

// delivery returns what the organisation sees of one.
func (w *world) delivery(id string) record.Delivery {
	w.t.Helper()
	list, err := w.service.Deliveries(w.t.Context(), w.caller, "", "", "", "", 200)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range list {
		if d.ID == id {
			return d
		}
	}
	w.t.Fatalf("no delivery %q", id)
	return record.Delivery{}
}

// await waits for a delivery to be as is asked.
func (w *world) await(id string, want func(record.Delivery) bool) record.Delivery {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		d := w.delivery(id)
		if want(d) {
			return d
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("it stays %+v", d)
		}
	}
}

// quiet waits until the dispatcher has nothing in hand.
func (w *world) quiet(d *Dispatcher) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		d.mu.Lock()
		held := d.held
		d.mu.Unlock()
		if held == 0 {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%d deliveries stay in hand", held)
		}
	}
}

func in(state record.DeliveryState) func(record.Delivery) bool {
	return func(d record.Delivery) bool { return d.State == state }
}

// tried is a delivery that waits for its attempt n+1. One that is just being made is
// put off for another time than the schedule's.
func (w *world) tried(n int) func(record.Delivery) bool {
	delay := Schedule()[n-1]
	return func(d record.Delivery) bool {
		in := d.NextAt.Sub(w.now())
		return d.State == record.DeliveryPending && d.Attempts == n && in > delay*8/10 && in < delay*12/10
	}
}

func TestDelivered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	type request struct {
		method, path string
		header       http.Header
		body         []byte
	}
	got := make(chan request, 10)
	hook, _ := w.receiver(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- request{r.Method, r.URL.String(), r.Header, body}
		rw.WriteHeader(http.StatusNoContent)
	})
	w.start()
	id := w.add(hook)
	d := w.await(id, in(record.DeliveryDelivered))
	if d.Status != 204 || d.Attempts != 1 || d.Error != "" || !d.Ended.Equal(w.now()) {
		t.Errorf("%+v", d)
	}
	r := <-got
	h := http.Header{}
	setHeaders(h, hook.Secret, id, w.now(), d.Payload)
	for name := range h {
		if r.header.Get(name) != h.Get(name) {
			t.Errorf("%s: %q, want %q", name, r.header.Get(name), h.Get(name))
		}
	}
	if r.method != "POST" || r.path != "/hook?a=b" || string(r.body) != string(d.Payload) || r.header.Get("Content-Type") != "application/json" || len(hook.Secret) != 32 {
		t.Errorf("%+v", r)
	}
	if len(got) != 0 {
		t.Error("sent more than once")
	}
}

// TestRetries: every attempt has the same id, and a time and signature of its own;
// after the last one it is dead and can be sent again.
func TestRetries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var status atomic.Int64
	status.Store(500)
	attempts := make(chan [2]string, 100)
	hook, _ := w.receiver(func(rw http.ResponseWriter, r *http.Request) {
		attempts <- [2]string{r.Header.Get(HeaderID), r.Header.Get(HeaderTimestamp)}
		rw.WriteHeader(int(status.Load()))
	})
	w.start()
	id := w.add(hook)
	for n := 1; n <= len(Schedule()); n++ {
		d := w.await(id, w.tried(n))
		if d.Status != 500 {
			t.Fatalf("%+v", d)
		}
		w.pass(d.NextAt.Sub(w.now()))
	}
	d := w.await(id, in(record.DeliveryDead))
	if d.Attempts != len(Schedule())+1 {
		t.Errorf("dead after %d attempts", d.Attempts)
	}
	w.pass(time.Hour)
	status.Store(200)
	if err := w.service.Redeliver(t.Context(), w.caller, "", id); err != nil {
		t.Fatal(err)
	}
	if d := w.await(id, in(record.DeliveryDelivered)); d.Attempts != 1 {
		t.Errorf("%+v", d)
	}
	seen := map[string]bool{}
	for n := range len(Schedule()) + 2 {
		a := <-attempts
		if at, err := strconv.ParseInt(a[1], 10, 64); a[0] != id || seen[a[1]] || err != nil || at > w.now().Unix() {
			t.Errorf("attempt %d: %v", n+1, a)
		}
		seen[a[1]] = true
	}
	if len(attempts) != 0 {
		t.Errorf("%d attempts too many", len(attempts))
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var followed atomic.Int64
	_, target := w.receiver(func(http.ResponseWriter, *http.Request) { followed.Add(1) })
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		state   record.DeliveryState
		status  int
		failure string
	}{
		"gone": {func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(410) }, record.DeliveryDead, 410, goneReason},
		"redirect": {func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, target.URL, http.StatusTemporaryRedirect)
		}, record.DeliveryPending, 307, ""},
		"cut": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, record.DeliveryPending, 0, "the connection failed"},
		"endless answer": {func(rw http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := rw.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}, record.DeliveryDelivered, 200, ""},
		"endless headers": {func(rw http.ResponseWriter, _ *http.Request) {
			for i := range 1000 {
				rw.Header().Set(fmt.Sprintf("X-%d", i), fmt.Sprintf("%01000d", i))
			}
		}, record.DeliveryPending, 0, "the connection failed"},
	} {
		hook, _ := w.receiver(c.handler)
		id := w.add(hook)
		_, stop := w.start()
		d := w.await(id, func(d record.Delivery) bool { return d.Status != 0 || d.Error != "" })
		if d.State != c.state || d.Status != c.status || d.Error != c.failure {
			t.Errorf("%s: %s, %d, %q", name, d.State, d.Status, d.Error)
		}
		stop()
		if err := w.service.Delete(t.Context(), w.caller, "", hook.ID); err != nil {
			t.Fatal(err)
		}
	}
	if followed.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

// TestGone: a receiver that answers 410 is asked no more, until its owner says that
// it is there again.
func TestGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var asked, back atomic.Int64
	hook, _ := w.receiver(func(rw http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if back.Load() == 0 {
			rw.WriteHeader(http.StatusGone)
		}
	})
	list := func() record.Webhook {
		t.Helper()
		all, err := w.service.List(t.Context(), w.caller, "")
		if err != nil || len(all) != 1 || all[0].Secret != nil {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0]
	}
	var pending []string
	for range 3 * 4 {
		pending = append(pending, w.add(hook))
	}
	dispatcher, _ := w.start()
	var told []string
	for _, id := range pending {
		switch d := w.await(id, in(record.DeliveryDead)); {
		case d.Status == http.StatusGone && d.Error == goneReason && d.Attempts == 1:
			told = append(told, id)
		case d.Status != 0 || d.Error != record.WebhookDisabled:
			t.Errorf("%+v", d)
		}
	}
	if len(told) != 1 {
		t.Fatalf("%d deliveries disabled the webhook", len(told))
	}
	first := told[0]
	if got := list(); !got.Disabled || got.DisabledReason != goneReason || !got.DisabledAt.Equal(w.now()) {
		t.Errorf("%+v", got)
	}
	alarms, err := w.store.Alarms(t.Context(), "", 10)
	if err != nil || len(alarms) != 1 || alarms[0].Kind != record.AlarmWebhookGone || !strings.Contains(alarms[0].Detail, hook.ID) {
		t.Errorf("%+v, %v", alarms, err)
	}
	// One that was just being made when the webhook was disabled.
	if d := w.await(w.add(hook), in(record.DeliveryDead)); d.Attempts != 0 || d.Status != 0 || d.Error != record.WebhookDisabled {
		t.Errorf("%+v", d)
	}
	w.quiet(dispatcher)
	if n := asked.Load(); n > 4 { // those that were under way
		t.Errorf("asked %d times", n)
	}
	_, err = w.service.SendTest(t.Context(), w.caller, "", hook.ID)
	wantCode(t, err, submit.CodeWrongState)
	wantCode(t, w.service.Redeliver(t.Context(), w.caller, "", first), submit.CodeWrongState)

	back.Store(1)
	enabled, err := w.service.SetDisabled(t.Context(), w.caller, "", hook.ID, false)
	if err != nil || enabled.Disabled || enabled.DisabledReason != "" || enabled.Secret != nil {
		t.Fatalf("%+v, %v", enabled, err)
	}
	if err := w.service.Redeliver(t.Context(), w.caller, "", first); err != nil {
		t.Fatal(err)
	}
	w.await(first, in(record.DeliveryDelivered))

	if got, err := w.service.SetDisabled(t.Context(), w.caller, "", hook.ID, true); err != nil || !got.Disabled || got.DisabledReason != askedFor {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = w.service.SetDisabled(t.Context(), w.caller, "", "wh_none", false)
	wantCode(t, err, submit.CodeNotFound)
}

// TestFailuresTellNothing: what the webhook's owner reads of a failure names no
// address and no name.
func TestFailuresTellNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	stranger := httptest.NewTLSServer(http.NotFoundHandler()) // of an authority that is not trusted
	t.Cleanup(stranger.Close)
	silent := make(chan struct{})
	slow := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-silent }))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(silent) })
	roots := x509.NewCertPool()
	roots.AddCert(slow.Certificate())
	strict := NewGuard(Policy{})
	for name, c := range map[string]struct {
		url     string
		guard   *Guard
		roots   *x509.CertPool
		timeout time.Duration
		want    string
		blocked bool
	}{
		"nobody there":  {"https://127.0.0.1:1/", w.guard, roots, 5 * time.Second, "the connection failed", false},
		"no TLS":        {"https" + plain.URL[len("http"):], w.guard, roots, 5 * time.Second, "the port does not speak TLS", false},
		"not trusted":   {stranger.URL, w.guard, x509.NewCertPool(), 5 * time.Second, "the certificate is not valid for the host", false},
		"too slow":      {slow.URL, w.guard, roots, 50 * time.Millisecond, "no answer in time", false},
		"unknown name":  {"https://nowhere.invalid/", w.guard, roots, 5 * time.Second, "the host has no public address that can be called", false},
		"policy is new": {slow.URL, strict, roots, 5 * time.Second, "the URL is not allowed: the address 127.0.0.1 is not public", true},
	} {
		s := newSender(c.guard, c.timeout, c.roots, w.now)
		a := s.send(t.Context(), record.Webhook{URL: c.url, Secret: newSecret()}, record.Delivery{ID: "msg_1"})
		if a.failure != c.want || a.blocked != c.blocked || a.status != 0 || a.ok() {
			t.Errorf("%s: %+v, want %q", name, a, c.want)
		}
		s.close()
	}
}

// TestSlowReceiver: one that does not answer holds up no other, has no more than its
// share of requests, and loses nothing.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	release := make(chan struct{})
	var at, most atomic.Int64
	slow, _ := w.receiver(func(http.ResponseWriter, *http.Request) {
		now := at.Add(1)
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		<-release
		at.Add(-1)
	})
	fast, _ := w.receiver(func(http.ResponseWriter, *http.Request) {})
	var slows, fasts []string
	for range 20 {
		slows = append(slows, w.add(slow))
	}
	for range 5 {
		fasts = append(fasts, w.add(fast))
	}
	w.start(func(c *Config) { c.PerWebhook = 3; c.Timeout = time.Minute })
	for _, id := range fasts {
		w.await(id, in(record.DeliveryDelivered))
	}
	for _, id := range slows {
		if d := w.delivery(id); d.State != record.DeliveryPending {
			t.Fatalf("%+v", d)
		}
	}
	close(release)
	for _, id := range slows {
		d := w.await(id, func(d record.Delivery) bool {
			if d.State == record.DeliveryPending {
				w.pass(time.Second)
			}
			return d.State == record.DeliveryDelivered
		})
		if d.Attempts != 1 {
			t.Errorf("%d attempts were counted", d.Attempts)
		}
	}
	if most.Load() != 3 {
		t.Errorf("%d requests at a time", most.Load())
	}
}

// TestStop: what is under way ends, what waits is put back as it was.
func TestStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arrived, release := make(chan string, 100), make(chan struct{})
	hook, _ := w.receiver(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- r.Header.Get(HeaderID)
		<-release
	})
	var ids []string
	for range 5 {
		ids = append(ids, w.add(hook))
	}
	_, stop := w.start(func(c *Config) { c.PerWebhook = 2 })
	under := map[string]bool{<-arrived: true, <-arrived: true}
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	select {
	case <-stopped:
		t.Fatal("it did not wait for what was under way")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	<-stopped
	for _, id := range ids {
		d := w.delivery(id)
		if under[id] && (d.State != record.DeliveryDelivered || d.Attempts != 1) || !under[id] && (d.State != record.DeliveryPending || d.Attempts != 0) {
			t.Errorf("under way: %v: %+v", under[id], d)
		}
	}
	if len(arrived) != 0 {
		t.Error("something was begun after the stop")
	}
	w.start()
	w.pass(time.Minute)
	for _, id := range ids {
		w.await(id, in(record.DeliveryDelivered))
	}
}

// TestDeadDispatcher: what one claimed that died is sent by another when the lease is
// over; if it was not dead but slow, its answer comes too late.
func TestDeadDispatcher(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var got atomic.Int64
	hook, _ := w.receiver(func(_ http.ResponseWriter, _ *http.Request) { got.Add(1) })
	id := w.add(hook)
	claimed, _, err := w.store.ClaimDeliveries(t.Context(), w.now(), time.Minute, 10)
	if err != nil || len(claimed) != 1 {
		t.Fatal(claimed, err)
	}
	d, _ := w.start()
	other := w.add(hook)
	w.await(other, in(record.DeliveryDelivered))
	if got.Load() != 1 {
		t.Fatal("a claimed delivery was sent by another")
	}
	w.pass(time.Minute)
	w.await(id, in(record.DeliveryDelivered))
	late := claimed[0]
	late.State = record.DeliveryDead
	d.write(t.Context(), late, w.now())
	if d := w.delivery(id); d.State != record.DeliveryDelivered || d.Attempts != 2 {
		t.Errorf("%+v", d)
	}
}

func TestTwoDispatchers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex
	times := map[string]int{}
	count := func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		times[r.Header.Get(HeaderID)]++
	}
	one, _ := w.receiver(count)
	two, _ := w.receiver(count)
	w.start()
	w.start(func(c *Config) { c.InFlight = 3 })
	var ids []string
	for range 15 {
		ids = append(ids, w.add(one), w.add(two))
	}
	for _, id := range ids {
		w.await(id, func(d record.Delivery) bool {
			if d.State == record.DeliveryPending {
				w.pass(time.Second)
			}
			return d.State == record.DeliveryDelivered
		})
	}
	mu.Lock()
	defer mu.Unlock()
	for _, id := range ids {
		if times[id] != 1 {
			t.Errorf("%s was sent %d times", id, times[id])
		}
	}
}

// TestOutboxUnreachable: a database that is away ends nothing.
func TestOutboxUnreachable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, stop := w.start()
	w.store.Close()
	w.wake()
	time.Sleep(30 * time.Millisecond)
	stop()
}

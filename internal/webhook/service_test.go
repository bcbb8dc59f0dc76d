package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/internal/submit"
	"heyan/storage/record"
)

func wantCode(t *testing.T, err error, code submit.Code) {
	t.Helper()
	var told *submit.Error
	if !errors.As(err, &told) || told.Code != code || told.ZH == "" || told.EN == "" {
		t.Errorf("got %v, want %s", err, code)
	}
}

const someURL = "https://hooks.example.com/"

func TestCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.service.Create(t.Context(), w.caller, NewWebhook{URL: someURL})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got.SecretText, "whsec_") || got.Secret != nil {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(Events(), got.Events); diff != "" {
		t.Error(diff)
	}
	list, err := w.service.List(t.Context(), w.caller, "")
	if err != nil || len(list) != 1 || list[0].Secret != nil || list[0].URL != someURL {
		t.Errorf("%+v, %v", list, err)
	}
	kept, err := w.store.Webhooks(t.Context(), w.caller.Organisation)
	if err != nil || SecretText(kept[0].Secret) != got.SecretText {
		t.Errorf("%+v, %v", kept, err)
	}
	one, err := w.service.Create(t.Context(), w.caller, NewWebhook{URL: someURL, Events: []string{EventRejudged, EventRejudged}})
	if err != nil || len(one.Events) != 1 || one.SecretText == got.SecretText {
		t.Errorf("%+v, %v", one, err)
	}
	for _, n := range []NewWebhook{
		{}, {URL: "http://hooks.example.com/"}, {URL: "https://10.0.0.1/"}, {URL: "https://user:pw@hooks.example.com/"},
		{URL: someURL, Events: []string{"submission.eaten"}}, {URL: someURL, Events: []string{EventTest}}, {URL: someURL, Events: []string{""}},
	} {
		_, err := w.service.Create(t.Context(), w.caller, n)
		wantCode(t, err, submit.CodeRequestInvalid)
		var told *submit.Error
		if errors.As(err, &told) && len(told.Problems) != 1 {
			t.Errorf("%+v: no field is named", n)
		}
	}
	for range maxWebhooks - 2 {
		if _, err := w.service.Create(t.Context(), w.caller, NewWebhook{URL: someURL}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = w.service.Create(t.Context(), w.caller, NewWebhook{URL: someURL})
	wantCode(t, err, submit.CodeWrongState)
}

// TestIsolation: another organisation's webhooks and deliveries are not there.
func TestIsolation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hook, _ := w.receiver(func(http.ResponseWriter, *http.Request) {})
	msg := w.add(hook)
	org := w.caller.Organisation
	stranger := w.organisation("two", record.ScopeReview)
	machine := submit.Caller{Organisation: org, Scopes: []record.Scope{record.ScopeSubmit, record.ScopeRead}}
	admin := w.organisation("three", record.ScopeAdmin)
	ctx := t.Context()
	calls := map[string]func(c submit.Caller, org string) error{
		"create": func(c submit.Caller, org string) error {
			_, err := w.service.Create(ctx, c, NewWebhook{Organisation: org, URL: someURL})
			return err
		},
		"list": func(c submit.Caller, org string) error { _, err := w.service.List(ctx, c, org); return err },
		"deliveries": func(c submit.Caller, org string) error {
			_, err := w.service.Deliveries(ctx, c, org, hook.ID, "", "", 0)
			return err
		},
		"redeliver": func(c submit.Caller, org string) error { return w.service.Redeliver(ctx, c, org, msg) },
		"test": func(c submit.Caller, org string) error {
			_, err := w.service.SendTest(ctx, c, org, hook.ID)
			return err
		},
		"disable": func(c submit.Caller, org string) error {
			_, err := w.service.SetDisabled(ctx, c, org, hook.ID, false)
			return err
		},
		"delete": func(c submit.Caller, org string) error { return w.service.Delete(ctx, c, org, "wh_none") },
	}
	for name, call := range calls {
		wantCode(t, call(machine, ""), submit.CodeForbidden)
		wantCode(t, call(submit.Caller{Scopes: []record.Scope{record.ScopeAdmin}}, ""), submit.CodeForbidden)
		wantCode(t, call(stranger, org), submit.CodeNotFound)
		if name != "delete" {
			if err := call(admin, org); err != nil {
				t.Errorf("%s by an administrator: %v", name, err)
			}
		}
	}
	for name, call := range calls { // its own organisation, the other's ids
		switch name {
		case "create", "list":
		case "deliveries":
			if list, err := w.service.Deliveries(ctx, stranger, "", hook.ID, "", "", 0); err == nil && len(list) != 0 {
				t.Errorf("another's deliveries: %+v", list)
			}
		default:
			wantCode(t, call(stranger, ""), submit.CodeNotFound)
		}
	}
	wantCode(t, w.service.Delete(ctx, stranger, "", hook.ID), submit.CodeNotFound)
	if list, err := w.service.List(ctx, stranger, ""); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
	if err := w.service.Delete(ctx, w.caller, "", hook.ID); err != nil {
		t.Error(err)
	}
	if list, err := w.service.Deliveries(ctx, w.caller, "", "", "", "", 0); err != nil || len(list) != 0 {
		t.Errorf("deliveries of a deleted webhook: %+v, %v", list, err)
	}
}

func TestSendTest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := make(chan string, 10)
	hook, _ := w.receiver(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get(HeaderID) })
	w.start()
	d, err := w.service.SendTest(t.Context(), w.caller, "", hook.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"type":"webhook.test","timestamp":"2026-11-21T08:00:00Z","data":{"webhook":%q}}`, hook.ID)
	if diff := cmp.Diff(want, string(d.Payload)); diff != "" {
		t.Error(diff)
	}
	if id := <-got; id != d.ID {
		t.Errorf("sent %s", id)
	}
	w.await(d.ID, in(record.DeliveryDelivered))
	pending, err := w.service.Deliveries(t.Context(), w.caller, "", hook.ID, record.DeliveryPending, "", 0)
	if err != nil || len(pending) != 0 {
		t.Error(pending, err)
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.Close()
	_, err := w.service.Create(t.Context(), w.caller, NewWebhook{URL: someURL})
	wantCode(t, err, submit.CodeUnavailable)
	_, err = w.service.SendTest(t.Context(), w.caller, "", "wh")
	wantCode(t, err, submit.CodeUnavailable)
	wantCode(t, w.service.Redeliver(t.Context(), w.caller, "", "msg"), submit.CodeUnavailable)
}

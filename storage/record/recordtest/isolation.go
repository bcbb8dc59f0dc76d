package recordtest

import (
	"time"

	"heyan/storage/record"
)

// isolationTests: what is another organisation's is not there, in every method
// that takes an organisation, and "" is no organisation but where it is said.
var isolationTests = []test{
	{"another organisation's is not there", func(e *env) {
		for _, other := range []string{orgB, ""} {
			for name, call := range e.calls(other) {
				if err := call(); !isNotFound(err) {
					e.Errorf("%s as %q: error %v, want not found", name, other, err)
				}
			}
		}
		for name, call := range e.calls(orgA) {
			if err := call(); err != nil {
				e.Errorf("%s: %v", name, err)
			}
		}
	}},
	{"lists hold the organisation's alone", func(e *env) {
		sub := e.judged(e.filing(orgA), "pass")
		w := e.webhook()
		e.delivery(w)
		e.ok(e.CreateToken(e.Context(), e.token(orgA)))
		for _, f := range []record.Filter{{}, {SHA256: sub.SHA256}, {MD5: sub.MD5}, {PackageID: sub.PackageID},
			{States: []record.State{record.StateJudged, record.StateQueued}}, {Verdicts: []string{"pass"}}} {
			f.Organisation = orgB
			e.same(len(must[[]record.Submission](e)(e.ListSubmissions(e.Context(), f))), 0)
		}
		for _, org := range []string{orgB, ""} {
			e.same(len(must[[]record.Webhook](e)(e.Webhooks(e.Context(), org))), 0)
			e.same(len(must[[]record.Token](e)(e.Tokens(e.Context(), org))), 0)
			e.same(len(must[[]record.Delivery](e)(e.Deliveries(e.Context(), org, "", "", "", 10))), 0)
			e.same(len(must[[]record.Delivery](e)(e.Deliveries(e.Context(), org, w.ID, record.DeliveryPending, "", 10))), 0)
			e.same(must[bool](e)(e.FactsVisible(e.Context(), org, sub.SHA256)), false)
			e.same(must[*record.Earlier](e)(e.Earlier(e.Context(), org, sub.PackageID, "android", sub.ID)), (*record.Earlier)(nil))
		}
		_, err := e.ListSubmissions(e.Context(), record.Filter{Organisation: orgB, After: sub.ID})
		e.is(err, record.ErrNotFound)
	}},
	{"an administrator sees every submission", func(e *env) {
		a, b := e.create(e.filing(orgA)).Submission, e.create(e.filing(orgB)).Submission
		e.same(must[record.Submission](e)(e.Submission(e.Context(), "", a.ID)).ID, a.ID)
		e.same(subIDs(must[[]record.Submission](e)(e.ListSubmissions(e.Context(), record.Filter{}))), []string{b.ID, a.ID})
	}},
}

// calls are the methods that find one thing of orgA's, asked by an organisation.
func (e *env) calls(org string) map[string]func() error {
	ctx := e.Context()
	judged := e.judged(e.filing(orgA), "return")
	rechecked := e.judged(e.filing(orgA), "return")
	awaiting := e.create(e.awaiting(orgA)).Submission
	queued := e.create(e.filing(orgA)).Submission
	superseding := e.filing(org)
	superseding.Submission.Supersedes = judged.ID
	keyed := e.filing(orgA)
	keyed.Idempotency = record.Idempotency{Key: "k", Request: "r", Expires: e.now.Add(time.Hour)}
	e.create(keyed)
	webhook, emptied := e.webhook(), e.webhook()
	delivery := e.delivery(webhook)
	token := e.token(orgA)
	e.ok(e.CreateToken(ctx, token))
	calls := map[string]func() error{
		"AttachPackage": func() error {
			_, err := e.AttachPackage(ctx, org, awaiting.ID, e.blob(awaiting.ID), e.id("job"), "", e.now)
			return err
		},
		"Supersedes": func() error { _, err := e.CreateSubmission(ctx, superseding); return err },
		"Recheck": func() error {
			r := e.rechecking(rechecked, "{}")
			r.Organisation = org
			_, err := e.Recheck(ctx, r)
			return err
		},
		"Cancel":         func() error { _, err := e.Cancel(ctx, org, queued.ID, e.now); return err },
		"Judgements":     func() error { _, err := e.Judgements(ctx, org, judged.ID); return err },
		"Report":         func() error { _, _, err := e.Report(ctx, org, judged.ID, 0); return err },
		"Report of one":  func() error { _, _, err := e.Report(ctx, org, judged.ID, 1); return err },
		"LatestJob":      func() error { _, err := e.LatestJob(ctx, org, judged.ID); return err },
		"IdempotencyKey": func() error { _, _, err := e.IdempotencyKey(ctx, org, "k", e.now); return err },
		"RevokeToken":    func() error { return e.RevokeToken(ctx, org, token.ID, e.now) },
		"Redeliver":      func() error { return e.Redeliver(ctx, org, delivery.ID, e.now) },
		"DeleteWebhook":  func() error { return e.DeleteWebhook(ctx, org, emptied.ID) },
		"AddDelivery": func() error {
			return e.AddDelivery(ctx, record.Delivery{ID: e.id("dlv"), Webhook: webhook.ID, Organisation: org, Created: e.now})
		},
		"Deliveries after": func() error {
			_, err := e.Deliveries(ctx, org, "", "", delivery.ID, 10)
			return err
		},
	}
	if org != "" { // there it is every organisation
		calls["Submission"] = func() error { _, err := e.Submission(ctx, org, judged.ID); return err }
	}
	e.later(time.Second)
	return calls
}

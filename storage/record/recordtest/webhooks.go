package recordtest

import (
	"slices"
	"time"

	"heyan/storage/record"
)

func (e *env) webhook() record.Webhook {
	e.Helper()
	w := record.Webhook{ID: e.id("whk"), Organisation: orgA, URL: "https://example.cn/hook", Secret: []byte("secret"),
		Events: []string{"submission.judged", "ping"}, Created: e.now}
	e.ok(e.CreateWebhook(e.Context(), w))
	return w
}

func (e *env) delivery(w record.Webhook) record.Delivery {
	e.Helper()
	d := record.Delivery{ID: e.id("dlv"), Webhook: w.ID, Organisation: w.Organisation, Event: "ping", Payload: []byte("{}"),
		State: record.DeliveryPending, NextAt: e.now, Created: e.now}
	e.ok(e.AddDelivery(e.Context(), d))
	return d
}

func deliveryIDs(list []record.Delivery) []string {
	return idsOf(list, func(d record.Delivery) string { return d.ID })
}

var webhookTests = []test{
	{"webhooks are kept and deleted with their deliveries", func(e *env) {
		first, second := e.webhook(), e.webhook()
		e.same(must[[]record.Webhook](e)(e.Webhooks(e.Context(), orgA)), []record.Webhook{first, second})
		e.delivery(first)
		kept := e.delivery(second)
		e.ok(e.DeleteWebhook(e.Context(), orgA, first.ID))
		e.is(e.DeleteWebhook(e.Context(), orgA, first.ID), record.ErrNotFound)
		e.same(must[[]record.Webhook](e)(e.Webhooks(e.Context(), orgA)), []record.Webhook{second})
		e.same(deliveryIDs(must[[]record.Delivery](e)(e.Deliveries(e.Context(), orgA, "", "", "", 10))), []string{kept.ID})
		e.is(e.AddDelivery(e.Context(), record.Delivery{ID: "dlv_x", Webhook: first.ID, Organisation: orgA}), record.ErrNotFound)
	}},
	{"a delivery is claimed with its webhook", func(e *env) {
		w := e.webhook()
		d := e.delivery(w)
		later := e.delivery(w)
		list, hooks, err := e.ClaimDeliveries(e.Context(), e.now, lease, 1)
		e.ok(err)
		e.same(hooks, []record.Webhook{w})
		want := d
		want.Epoch, want.Attempts, want.NextAt = 1, 1, e.now.Add(lease)
		if list[0].ID == later.ID {
			want.ID = later.ID
		}
		e.same(list, []record.Delivery{want})
		list, _, err = e.ClaimDeliveries(e.Context(), e.now, lease, 10)
		e.ok(err)
		e.same(len(list), 1)
		list, _, err = e.ClaimDeliveries(e.Context(), e.now, lease, 10)
		e.ok(err)
		e.same(len(list), 0)
		list, _, err = e.ClaimDeliveries(e.Context(), e.later(lease), lease, 10) // the dispatcher died
		e.ok(err)
		e.same([]any{len(list), list[0].Attempts, list[0].Epoch}, []any{2, 2, int64(2)})
	}},
	{"what came of an attempt is written once", func(e *env) {
		d := e.delivery(e.webhook())
		claim := func() record.Delivery {
			e.Helper()
			list, _, err := e.ClaimDeliveries(e.Context(), e.now, lease, 10)
			e.ok(err)
			e.same(len(list), 1)
			return list[0]
		}
		read := func() record.Delivery {
			return must[[]record.Delivery](e)(e.Deliveries(e.Context(), orgA, d.Webhook, "", "", 1))[0]
		}
		c := claim()
		c.State, c.NextAt, c.Status, c.Error = record.DeliveryPending, e.now.Add(time.Minute), 500, "no"
		e.ok(e.EndDelivery(e.Context(), c, e.now))
		e.same(read(), c)
		e.later(time.Minute)
		stale := c
		c = claim()
		e.is(e.EndDelivery(e.Context(), stale, e.now), record.ErrFenced)
		c.State, c.Status, c.Error = record.DeliveryDead, 0, "refused"
		e.ok(e.EndDelivery(e.Context(), c, e.now))
		c.Ended = e.now
		e.same(read(), c)
		e.is(e.EndDelivery(e.Context(), c, e.now), record.ErrFenced)
		e.ok(e.Redeliver(e.Context(), orgA, d.ID, e.now))
		e.same([]any{read().State, read().Attempts, read().Ended}, []any{record.DeliveryPending, 0, time.Time{}})
		c = claim()
		c.State, c.Status = record.DeliveryDelivered, 204
		e.ok(e.EndDelivery(e.Context(), c, e.now))
		e.same([]any{read().State, read().Attempts, read().Status}, []any{record.DeliveryDelivered, 1, 204})
		e.is(e.Redeliver(e.Context(), orgA, "dlv_none", e.now), record.ErrNotFound)
	}},
	{"an attempt that was not made is not counted", func(e *env) {
		d := e.delivery(e.webhook())
		list, _, err := e.ClaimDeliveries(e.Context(), e.now, lease, 10)
		e.ok(err)
		back := list[0]
		back.State, back.NextAt, back.Attempts = record.DeliveryPending, e.now, back.Attempts-1
		e.ok(e.EndDelivery(e.Context(), back, e.now))
		list, _, err = e.ClaimDeliveries(e.Context(), e.now, lease, 10)
		e.ok(err)
		e.same([]any{list[0].ID, list[0].Attempts, list[0].Epoch}, []any{d.ID, 1, int64(2)})
	}},
	{"a webhook whose receiver is gone is sent nothing until it is enabled", func(e *env) {
		ctx := e.Context()
		gone, other := e.webhook(), e.webhook()
		first, pending, kept := e.delivery(gone), e.delivery(gone), e.delivery(other)
		list, _, err := e.ClaimDeliveries(ctx, e.now, lease, 10)
		e.ok(err)
		d := list[slices.IndexFunc(list, func(d record.Delivery) bool { return d.ID == first.ID })]
		d.Status, d.Error = 410, "gone"
		alarm := record.Alarm{ID: "alm_1", Kind: record.AlarmWebhookGone, Detail: "gone", Created: e.now}
		stale := d
		stale.Epoch--
		e.is(e.EndGone(ctx, stale, alarm, e.now), record.ErrFenced)
		e.same(must[[]record.Webhook](e)(e.Webhooks(ctx, orgA))[0], gone) // all at once, or nothing
		e.ok(e.EndGone(ctx, d, alarm, e.now))
		e.is(e.EndGone(ctx, d, record.Alarm{ID: "alm_2"}, e.now), record.ErrFenced)
		e.same(must[[]record.Alarm](e)(e.Alarms(ctx, "", 10)), []record.Alarm{alarm})
		want := gone
		want.Disabled, want.DisabledAt, want.DisabledReason = true, e.now, "gone"
		e.same(must[[]record.Webhook](e)(e.Webhooks(ctx, orgA))[0], want)
		read := func(of record.Delivery) []any {
			for _, d := range must[[]record.Delivery](e)(e.Deliveries(ctx, orgA, "", "", "", 10)) {
				if d.ID == of.ID {
					return []any{d.State, d.Status, d.Error}
				}
			}
			return nil
		}
		e.same(read(first), []any{record.DeliveryDead, 410, "gone"})
		e.same(read(pending), []any{record.DeliveryDead, 0, record.WebhookDisabled})
		e.same(read(kept), []any{record.DeliveryPending, 0, ""})

		e.is(e.Redeliver(ctx, orgA, first.ID, e.now), record.ErrConflict)
		n := e.filing(orgA)
		e.create(n)
		o := e.outcome(e.claim(n.JobID), "pass")
		o.Payload = func(record.Submission, record.Judgement) (string, []byte) { return "submission.judged", []byte("{}") }
		must[record.Judgement](e)(e.Finish(ctx, o))
		e.same(len(must[[]record.Delivery](e)(e.Deliveries(ctx, orgA, gone.ID, "", "", 10))), 2) // no new one
		late := e.delivery(gone)                                                                 // as one that was just being made
		_, hooks, err := e.ClaimDeliveries(ctx, e.now, lease, 10)
		e.ok(err)
		disabled := map[string]bool{}
		for _, w := range hooks {
			disabled[w.ID] = w.Disabled
		}
		e.same(disabled, map[string]bool{gone.ID: true, other.ID: false})

		e.is(e.EnableWebhook(ctx, orgB, gone.ID), record.ErrNotFound)
		e.ok(e.EnableWebhook(ctx, orgA, gone.ID))
		e.same(must[[]record.Webhook](e)(e.Webhooks(ctx, orgA))[0], gone)
		e.ok(e.Redeliver(ctx, orgA, first.ID, e.now))
		e.same(read(first), []any{record.DeliveryPending, 0, ""})

		e.is(e.DisableWebhook(ctx, orgB, gone.ID, "asked", e.now), record.ErrNotFound)
		e.ok(e.DisableWebhook(ctx, orgA, gone.ID, "asked", e.now))
		e.ok(e.DisableWebhook(ctx, orgA, gone.ID, "twice", e.now.Add(time.Hour)))
		want.DisabledReason = "asked"
		e.same(must[[]record.Webhook](e)(e.Webhooks(ctx, orgA))[0], want)
		e.same(read(late), []any{record.DeliveryDead, 0, record.WebhookDisabled})
	}},
	{"deliveries are listed, the newest first", func(e *env) {
		w, other := e.webhook(), e.webhook()
		var all []string
		for i := range 6 {
			of := w
			if i%2 == 1 {
				of = other
			}
			all = append([]string{e.delivery(of).ID}, all...)
		}
		list := func(webhook string, state record.DeliveryState, after string, limit int) []string {
			return deliveryIDs(must[[]record.Delivery](e)(e.Deliveries(e.Context(), orgA, webhook, state, after, limit)))
		}
		e.same(list("", "", "", 10), all)
		e.same(list("", "", all[1], 3), all[2:5])
		e.same(list(w.ID, "", "", 2), []string{all[1], all[3]})
		e.same(list(w.ID, record.DeliveryDead, "", 2), []string{})
		e.same(list("", record.DeliveryPending, "", 2), all[:2])
	}},
}

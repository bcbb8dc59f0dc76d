package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"heyan/storage/record"
)

// accept starts a parcel, or lets it wait for its webhook, or puts it back: false.
func (d *Dispatcher) accept(ctx context.Context, p parcel, now time.Time) bool {
	d.mu.Lock()
	if d.gone[p.webhook.ID] && !p.webhook.Disabled {
		d.mu.Unlock()
		return true // its row is dead: see forget
	}
	l := d.lanes[p.webhook.ID]
	if l == nil {
		l = &lane{}
		d.lanes[p.webhook.ID] = l
	}
	start, putBack := l.enqueue(p, now, d.PerWebhook, d.PerWebhook)
	if putBack.IsZero() {
		d.held++
	}
	d.mu.Unlock()
	if !putBack.IsZero() {
		d.putBack(ctx, p, putBack)
		return false
	}
	if start {
		d.group.Go(func() { d.serve(ctx, l, p) })
	}
	return true
}

// serve sends a parcel, and those of its webhook that came to wait meanwhile.
func (d *Dispatcher) serve(ctx context.Context, l *lane, p parcel) {
	for more := true; more; {
		began := d.Now()
		d.attempt(ctx, p, began)
		d.mu.Lock()
		d.held--
		p, more = l.done(d.Now().Sub(began))
		d.sweep()
		full := d.full
		d.mu.Unlock()
		if full {
			d.Wake()
		}
	}
}

// sweep forgets the lanes that are idle; mu is held.
func (d *Dispatcher) sweep() {
	now := d.Now()
	for id, l := range d.lanes {
		if l.idle(now) {
			delete(d.lanes, id)
		}
	}
}

// forget drops what waits for a webhook whose receiver is gone. Their rows were ended
// with the webhook; one that was made pending again in between comes back when its
// lease runs out. Those that were claimed later, and know it, are kept.
func (d *Dispatcher) forget(webhook string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone[webhook] = true
	l := d.lanes[webhook]
	if l == nil {
		return
	}
	waited := len(l.waiting)
	l.waiting = slices.DeleteFunc(l.waiting, func(p parcel) bool { return !p.webhook.Disabled })
	d.held -= waited - len(l.waiting)
}

// attempt makes one attempt and writes what came of it. Nothing new is begun once ctx
// has ended, or too late to end within the lease; what was begun is not broken off.
func (d *Dispatcher) attempt(ctx context.Context, p parcel, now time.Time) {
	if ctx.Err() != nil || now.Add(d.Timeout).After(p.claimed.Add(d.lease())) {
		d.putBack(ctx, p, now)
		return
	}
	if p.webhook.Disabled { // it came to be after those that were pending were ended
		p.delivery.State, p.delivery.Error = record.DeliveryDead, record.WebhookDisabled
		p.delivery.Attempts--
		d.write(ctx, p.delivery, now)
		return
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.Timeout)
	defer cancel()
	a := d.sender.send(within, p.webhook, p.delivery)
	end := d.Now()
	ended := settle(p.delivery, a, end, spread())
	d.Metrics.DeliveryAttempted(outcome(ended, a), end.Sub(now))
	if ended.State == record.DeliveryDead {
		d.Log.WarnContext(ctx, "delivery dead", "delivery", ended.ID, "webhook", ended.Webhook, "status", a.status, "failure", a.failure)
	}
	if a.gone() {
		d.disable(ctx, ended, end)
		return
	}
	d.write(ctx, ended, end)
}

// goneReason is the Error of a delivery that was answered so, and why its webhook is
// disabled.
const goneReason = "the receiver answered 410 Gone"

// disable ends a delivery whose receiver wants no more, and the webhook with it: then
// nothing that waits is sent. As with write, the answer is asked for again where that
// fails. Where another request, or another process, was first, it is fenced off.
func (d *Dispatcher) disable(ctx context.Context, ended record.Delivery, now time.Time) {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeWithin)
	defer cancel()
	err := d.Outbox.EndGone(within, ended, record.Alarm{
		ID: d.NewID("alm"), Kind: record.AlarmWebhookGone, Submission: ended.Submission, Created: now,
		Detail: fmt.Sprintf("organisation %s: webhook %s was disabled: %s", ended.Organisation, ended.Webhook, goneReason),
	}, now)
	switch {
	case errors.Is(err, record.ErrFenced):
		d.forget(ended.Webhook)
	case err != nil:
		d.Log.WarnContext(ctx, "delivery not ended, it will be made again", "delivery", ended.ID, "error", err)
	default:
		d.forget(ended.Webhook)
		d.Log.WarnContext(ctx, "webhook disabled", "webhook", ended.Webhook, "organisation", ended.Organisation, "reason", goneReason)
	}
}

func outcome(d record.Delivery, a answer) string {
	switch {
	case d.State == record.DeliveryDelivered:
		return "delivered"
	case d.State == record.DeliveryDead:
		return "dead"
	case a.blocked:
		return "blocked"
	}
	return "failed"
}

// putBack leaves a delivery due at a time, as if it had not been claimed.
func (d *Dispatcher) putBack(ctx context.Context, p parcel, until time.Time) {
	p.delivery.State, p.delivery.NextAt = record.DeliveryPending, until
	p.delivery.Attempts--
	d.write(ctx, p.delivery, d.Now())
}

const writeWithin = 10 * time.Second

// write ends a claim. Where that fails the lease runs out and the delivery is made
// again: at least once is what is promised.
func (d *Dispatcher) write(ctx context.Context, ended record.Delivery, now time.Time) {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeWithin)
	defer cancel()
	err := d.Outbox.EndDelivery(within, ended, now)
	if err != nil && !errors.Is(err, record.ErrFenced) {
		d.Log.WarnContext(ctx, "delivery not ended, it will be made again", "delivery", ended.ID, "error", err)
	}
}

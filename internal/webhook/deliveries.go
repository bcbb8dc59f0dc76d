package webhook

import (
	"context"
	"errors"
	"slices"

	"heyan/internal/submit"
	"heyan/storage/record"
)

// maxPage is the most that one page of deliveries has; it is also what 0 asks for.
const maxPage = 200

// Deliveries returns a webhook's deliveries, the newest first, behind the id after;
// webhook "" is all of the organisation's, state "" all states.
func (s *Service) Deliveries(ctx context.Context, c submit.Caller, org, webhook string, state record.DeliveryState, after string, limit int) ([]record.Delivery, error) {
	org, err := manageable(c, org)
	if err != nil {
		return nil, err
	}
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	list, err := s.Records.Deliveries(ctx, org, webhook, state, after, limit)
	if err != nil {
		return nil, told(err)
	}
	return list, nil
}

// Redeliver sends a delivery again, with the same id and a fresh schedule: a dead one,
// or one that the receiver has lost since.
func (s *Service) Redeliver(ctx context.Context, c submit.Caller, org, delivery string) error {
	org, err := manageable(c, org)
	if err != nil {
		return err
	}
	err = s.Records.Redeliver(ctx, org, delivery, s.Now())
	if errors.Is(err, record.ErrConflict) {
		return &submit.Error{Code: submit.CodeWrongState, Cause: err,
			ZH: "它的回调已停用，请先启用", EN: "its webhook is disabled: enable it first"}
	}
	if err != nil {
		return told(err)
	}
	s.Wake()
	return nil
}

// SendTest sends a webhook.test to a webhook, as any other delivery.
func (s *Service) SendTest(ctx context.Context, c submit.Caller, org, webhook string) (record.Delivery, error) {
	org, err := manageable(c, org)
	if err != nil {
		return record.Delivery{}, err
	}
	list, err := s.Records.Webhooks(ctx, org)
	if err != nil {
		return record.Delivery{}, told(err)
	}
	at := slices.IndexFunc(list, func(w record.Webhook) bool { return w.ID == webhook })
	switch {
	case at < 0:
		return record.Delivery{}, told(record.ErrNotFound)
	case list[at].Disabled:
		return record.Delivery{}, &submit.Error{Code: submit.CodeWrongState,
			ZH: "这个回调已停用，请先启用", EN: "the webhook is disabled: enable it first"}
	}
	now := s.Now()
	d := record.Delivery{
		ID: s.NewID("msg"), Webhook: webhook, Organisation: org, Event: EventTest,
		Payload: encode(EventTest, now, struct {
			Webhook string `json:"webhook"`
		}{webhook}),
		State: record.DeliveryPending, NextAt: now, Created: now,
	}
	if err := s.Records.AddDelivery(ctx, d); err != nil {
		return record.Delivery{}, told(err)
	}
	s.Wake()
	return d, nil
}

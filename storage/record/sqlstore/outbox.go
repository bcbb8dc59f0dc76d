package sqlstore

import (
	"context"
	"fmt"
	"time"

	"heyan/storage/record"
)

// ClaimDeliveries gives deliveries that are due to the caller.
func (s *Store) ClaimDeliveries(ctx context.Context, now time.Time, lease time.Duration, limit int) (list []record.Delivery, hooks []record.Webhook, err error) {
	err = s.write(ctx, "claim deliveries", func(t *tx) error {
		list, err = many(ctx, t, scanDelivery, `
			WITH due AS MATERIALIZED (
				SELECT id FROM deliveries
				WHERE state = 'pending' AND next_at <= $1
				ORDER BY next_at
				LIMIT $3`+s.dialect.skipLocked+`)
			UPDATE deliveries
			SET epoch = epoch + 1, attempts = attempts + 1, next_at = $2
			WHERE id IN (SELECT id FROM due) AND state = 'pending' AND next_at <= $1
			RETURNING `+deliveryColumns, now, now.Add(lease), bounded(limit))
		if err != nil {
			return err
		}
		hooks = make([]record.Webhook, len(list))
		known := map[string]record.Webhook{}
		for i, d := range list {
			w, ok := known[d.Webhook]
			if !ok {
				w, err = one(ctx, t, scanWebhook, `SELECT `+webhookColumns+` FROM webhooks WHERE id = $1`, d.Webhook)
				if err != nil {
					return err
				}
				known[d.Webhook] = w
			}
			hooks[i] = w
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return list, hooks, nil
}

// EndDelivery writes what came of an attempt.
func (s *Store) EndDelivery(ctx context.Context, d record.Delivery, now time.Time) error {
	ended := now
	switch d.State {
	case record.DeliveryPending:
		ended = time.Time{}
	case record.DeliveryDelivered, record.DeliveryDead:
	default:
		return fmt.Errorf("end a delivery: no such state: %q", d.State)
	}
	return s.write(ctx, "end a delivery", func(t *tx) error { return endDelivery(ctx, t, d, ended) })
}

func endDelivery(ctx context.Context, t *tx, d record.Delivery, ended time.Time) error {
	n, err := t.exec(ctx, `
		UPDATE deliveries
		SET state = $3, next_at = $4, status = $5, error = $6, ended = $7, attempts = $8
		WHERE id = $1 AND epoch = $2 AND state = 'pending'`,
		d.ID, d.Epoch, d.State, d.NextAt, d.Status, d.Error, ended, d.Attempts)
	if err == nil && n == 0 {
		err = record.ErrFenced
	}
	return err
}

// EndGone ends an attempt whose receiver wants no more, and disables the webhook.
// Its row is changed first, so that two such attempts wait for each other there.
func (s *Store) EndGone(ctx context.Context, d record.Delivery, a record.Alarm, now time.Time) error {
	d.State = record.DeliveryDead
	return s.write(ctx, "end a delivery to one who is gone", func(t *tx) error {
		if err := disable(ctx, t, d.Webhook, d.Error, now); err != nil {
			return err
		}
		if err := endDelivery(ctx, t, d, now); err != nil {
			return err
		}
		if err := dropPending(ctx, t, d.Webhook, now); err != nil {
			return err
		}
		return raiseAlarm(ctx, t, a)
	})
}

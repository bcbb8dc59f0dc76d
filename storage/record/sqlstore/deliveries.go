package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"heyan/storage/record"
)

const deliveryColumns = `id, webhook, organisation, event, submission, payload, state, attempts, next_at, epoch, status, error,
	created, ended`

func scanDelivery(rows *sql.Rows) (d record.Delivery, err error) {
	err = rows.Scan(&d.ID, &d.Webhook, &d.Organisation, &d.Event, &d.Submission, &d.Payload, &d.State, &d.Attempts,
		utc{&d.NextAt}, &d.Epoch, &d.Status, &d.Error, utc{&d.Created}, utc{&d.Ended})
	return d, err
}

func insertDelivery(ctx context.Context, t *tx, d record.Delivery) error {
	_, err := t.exec(ctx, `
		INSERT INTO deliveries (id, webhook, organisation, event, submission, payload, state, next_at, created)
		VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8)`,
		d.ID, d.Webhook, d.Organisation, d.Event, d.Submission, d.Payload, d.NextAt, d.Created)
	return err
}

// AddDelivery sends an event to one webhook of the organisation.
func (s *Store) AddDelivery(ctx context.Context, d record.Delivery) error {
	return s.write(ctx, "add a delivery", func(t *tx) error {
		if err := webhookOf(ctx, t, d.Organisation, d.Webhook); err != nil {
			return err
		}
		return insertDelivery(ctx, t, d)
	})
}

// Deliveries returns the newest first. webhook "" is all of the organisation.
func (s *Store) Deliveries(ctx context.Context, org, webhook string, state record.DeliveryState, after string, limit int) (list []record.Delivery, err error) {
	err = s.read(ctx, "list deliveries", func(q queryer) error {
		var w filter
		w.where("organisation =", org)
		if webhook != "" {
			w.where("webhook =", webhook)
		}
		if state != "" {
			w.where("state =", state)
		}
		if after != "" {
			last, err := one(ctx, q, column[int64], `
				SELECT created FROM deliveries WHERE id = $1 AND organisation = $2`, after, org)
			if err != nil {
				return fmt.Errorf("the last one seen: %w", err)
			}
			w.after(last, after)
		}
		query := w.newest(deliveryColumns, "deliveries", nil, limit)
		list, err = filtered(ctx, s.reader, scanDelivery, query, w.args)
		return err
	})
	return list, err
}

// Redeliver makes a delivery pending again. An attempt on its way is fenced off.
func (s *Store) Redeliver(ctx context.Context, org, id string, now time.Time) error {
	return s.write(ctx, "deliver again", func(t *tx) error {
		n, err := t.exec(ctx, `
			UPDATE deliveries
			SET state = 'pending', attempts = 0, epoch = epoch + 1, next_at = $3, status = 0, error = '', ended = 0
			WHERE id = $1 AND organisation = $2
				AND EXISTS (SELECT 1 FROM webhooks AS w WHERE w.id = deliveries.webhook AND w.disabled = 0)`, id, org, now)
		if err != nil || n == 1 {
			return err
		}
		_, err = one(ctx, t, column[string], `SELECT id FROM deliveries WHERE id = $1 AND organisation = $2`, id, org)
		if err == nil {
			err = record.ErrConflict
		}
		return err
	})
}

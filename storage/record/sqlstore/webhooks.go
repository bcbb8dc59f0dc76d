package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"heyan/storage/record"
)

const webhookColumns = `id, organisation, url, secret, events, created, disabled, disabled_at, disabled_reason`

func scanWebhook(rows *sql.Rows) (w record.Webhook, err error) {
	err = rows.Scan(&w.ID, &w.Organisation, &w.URL, &w.Secret, words[string]{&w.Events}, utc{&w.Created}, &w.Disabled, utc{&w.DisabledAt}, &w.DisabledReason)
	return w, err
}

// subscribed reports whether the webhook wants the event; "*" is every one.
func subscribed(w record.Webhook, event string) bool {
	return event != "" && (slices.Contains(w.Events, event) || slices.Contains(w.Events, "*"))
}

// CreateWebhook keeps a webhook.
func (s *Store) CreateWebhook(ctx context.Context, w record.Webhook) error {
	return s.write(ctx, "create a webhook", func(t *tx) error {
		_, err := t.exec(ctx, `
			INSERT INTO webhooks (id, organisation, url, secret, events, created, disabled, disabled_at, disabled_reason)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			w.ID, w.Organisation, w.URL, w.Secret, joined(w.Events), w.Created, w.Disabled, w.DisabledAt, w.DisabledReason)
		return err
	})
}

// Webhooks returns the organisation's, by id.
func (s *Store) Webhooks(ctx context.Context, org string) (hooks []record.Webhook, err error) {
	err = s.read(ctx, "list webhooks", func(q queryer) error {
		hooks, err = many(ctx, q, scanWebhook, `
			SELECT `+webhookColumns+`
			FROM webhooks
			WHERE organisation = $1
			ORDER BY id`, org)
		return err
	})
	return hooks, err
}

// DeleteWebhook removes a webhook and its deliveries.
func (s *Store) DeleteWebhook(ctx context.Context, org, id string) error {
	return s.write(ctx, "delete a webhook", func(t *tx) error {
		n, err := t.exec(ctx, `DELETE FROM webhooks WHERE id = $1 AND organisation = $2`, id, org)
		return found(n, err)
	})
}

// DisableWebhook disables a webhook; its pending deliveries are dead.
func (s *Store) DisableWebhook(ctx context.Context, org, id, reason string, now time.Time) error {
	return s.write(ctx, "disable a webhook", func(t *tx) error {
		if err := webhookOf(ctx, t, org, id); err != nil {
			return err
		}
		if err := disable(ctx, t, id, reason, now); err != nil {
			return err
		}
		return dropPending(ctx, t, id, now)
	})
}

// EnableWebhook ends that.
func (s *Store) EnableWebhook(ctx context.Context, org, id string) error {
	return s.write(ctx, "enable a webhook", func(t *tx) error {
		n, err := t.exec(ctx, `
			UPDATE webhooks
			SET disabled = 0, disabled_at = 0, disabled_reason = ''
			WHERE id = $1 AND organisation = $2`, id, org)
		return found(n, err)
	})
}

// webhookOf is record.ErrNotFound where the organisation has no such webhook.
func webhookOf(ctx context.Context, t *tx, org, id string) error {
	_, err := one(ctx, t, column[string], `
		SELECT id FROM webhooks WHERE id = $1 AND organisation = $2`, id, org)
	return err
}

func disable(ctx context.Context, t *tx, id, reason string, now time.Time) error {
	_, err := t.exec(ctx, `
		UPDATE webhooks
		SET disabled = 1, disabled_at = $2, disabled_reason = $3
		WHERE id = $1 AND disabled = 0`, id, now, reason)
	return err
}

// dropPending ends what is on its way to a webhook that was disabled. It is kept,
// and can be sent again.
func dropPending(ctx context.Context, t *tx, id string, now time.Time) error {
	_, err := t.exec(ctx, `
		UPDATE deliveries
		SET state = 'dead', error = $3, ended = $2
		WHERE webhook = $1 AND state = 'pending'`, id, now, record.WebhookDisabled)
	return err
}

// found is record.ErrNotFound where a statement met no row.
func found(n int64, err error) error {
	if err == nil && n == 0 {
		return record.ErrNotFound
	}
	return err
}

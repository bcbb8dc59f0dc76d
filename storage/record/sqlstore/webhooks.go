package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"heyan/storage/record"
)

const webhookColumns = `id, organisation, url, secret, events, created, disabled`

func scanWebhook(rows *sql.Rows) (w record.Webhook, err error) {
	err = rows.Scan(&w.ID, &w.Organisation, &w.URL, &w.Secret, words[string]{&w.Events}, utc{&w.Created}, &w.Disabled)
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
			INSERT INTO webhooks (id, organisation, url, secret, events, created, disabled)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			w.ID, w.Organisation, w.URL, w.Secret, joined(w.Events), w.Created, w.Disabled)
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

// found is record.ErrNotFound where a statement met no row.
func found(n int64, err error) error {
	if err == nil && n == 0 {
		return record.ErrNotFound
	}
	return err
}

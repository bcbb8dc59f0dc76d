-- Since when and why a webhook is disabled.

-- +goose Up
ALTER TABLE webhooks ADD COLUMN disabled_at     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN disabled_reason TEXT    NOT NULL DEFAULT '';

-- Since when and why a webhook is disabled.

-- +goose Up
ALTER TABLE webhooks ADD COLUMN disabled_at     bigint  NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN disabled_reason text    COLLATE "C" NOT NULL DEFAULT '';

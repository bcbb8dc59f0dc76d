package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"heyan/storage/record"
)

func insertKey(ctx context.Context, t *tx, k record.SigningKey) error {
	_, err := t.exec(ctx, `
		INSERT INTO signing_keys (id, public, private, created, retired)
		VALUES ($1, $2, $3, $4, 0)
		ON CONFLICT (retired) WHERE retired = 0 DO NOTHING`, k.ID, k.Public, k.Private, k.Created)
	return err
}

// EnsureKey keeps k if no key is active and returns the active one.
func (s *Store) EnsureKey(ctx context.Context, k record.SigningKey) (active record.SigningKey, err error) {
	const query = `
		SELECT id, public, private, created, retired
		FROM signing_keys
		WHERE retired = 0`
	err = s.write(ctx, "ensure a signing key", func(t *tx) error {
		if err := insertKey(ctx, t, k); err != nil {
			return err
		}
		active, err = one(ctx, t, func(rows *sql.Rows) (k record.SigningKey, err error) {
			err = rows.Scan(&k.ID, &k.Public, &k.Private, utc{&k.Created}, utc{&k.Retired})
			return k, err
		}, query)
		return err
	})
	if err != nil {
		return record.SigningKey{}, err
	}
	return active, nil
}

// RotateKey retires the active key and makes k active. Of two at once the later
// one's stays.
func (s *Store) RotateKey(ctx context.Context, k record.SigningKey, now time.Time) error {
	return s.write(ctx, "rotate the signing key", func(t *tx) error {
		if _, err := t.exec(ctx, `UPDATE signing_keys SET retired = $1 WHERE retired = 0`, now); err != nil {
			return err
		}
		_, err := t.exec(ctx, `
			INSERT INTO signing_keys (id, public, private, created, retired)
			VALUES ($1, $2, $3, $4, 0)`, k.ID, k.Public, k.Private, k.Created)
		return err
	})
}

// PublicKeys returns all keys, newest first, without Private.
func (s *Store) PublicKeys(ctx context.Context) (list []record.SigningKey, err error) {
	err = s.read(ctx, "list signing keys", func(q queryer) error {
		list, err = many(ctx, q, func(rows *sql.Rows) (k record.SigningKey, err error) {
			err = rows.Scan(&k.ID, &k.Public, utc{&k.Created}, utc{&k.Retired})
			return k, err
		}, `
			SELECT id, public, created, retired
			FROM signing_keys
			ORDER BY created DESC, id DESC`)
		return err
	})
	return list, err
}

package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"heyan/storage/record"
)

const keyQuery = `
	SELECT request, submission, job, expires
	FROM idempotency
	WHERE organisation = $1 AND key = $2`

type usedKey struct {
	answer
	request string
	expires time.Time
}

func scanUsedKey(rows *sql.Rows) (k usedKey, err error) {
	err = rows.Scan(&k.request, &k.submission, &k.job, utc{&k.expires})
	return k, err
}

// IdempotencyKey returns what the key was used for.
func (s *Store) IdempotencyKey(ctx context.Context, org, key string, now time.Time) (request, submission string, err error) {
	var used usedKey
	err = s.read(ctx, "read an idempotency key", func(q queryer) error {
		used, err = one(ctx, q, scanUsedKey, keyQuery, org, key)
		if err == nil && !used.expires.After(now) {
			return record.ErrNotFound
		}
		return err
	})
	if err != nil {
		return "", "", err
	}
	return used.request, used.submission, nil
}

package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"heyan/storage/record"
)

const blobColumns = `key, sha256, md5, size, created`

func scanBlob(rows *sql.Rows) (b record.Blob, err error) {
	err = rows.Scan(&b.Key, &b.SHA256, &b.MD5, &b.Size, utc{&b.Created})
	return b, err
}

// BlobBySHA256 returns the live blob of these bytes.
func (s *Store) BlobBySHA256(ctx context.Context, sha256 string) (b record.Blob, err error) {
	err = s.read(ctx, "find a blob", func(q queryer) error {
		b, err = one(ctx, q, scanBlob, `
			SELECT `+blobColumns+`
			FROM blobs
			WHERE sha256 = $1 AND state = 'live'`, sha256)
		return err
	})
	return b, err
}

// keysAtOnce bounds the arguments of one query.
const keysAtOnce = 500

// KnownKeys returns those of the keys that a row names.
func (s *Store) KnownKeys(ctx context.Context, keys []string) (map[string]bool, error) {
	known := make(map[string]bool, len(keys))
	err := s.read(ctx, "look for keys", func(queryer) error {
		for some := range slices.Chunk(keys, keysAtOnce) {
			var f filter
			places := make([]string, len(some))
			for i, key := range some {
				places[i] = f.arg(key)
			}
			query := "SELECT key FROM blobs WHERE key IN (" + strings.Join(places, ", ") + ")"
			there, err := filtered(ctx, s.reader, column[string], query, f.args)
			if err != nil {
				return err
			}
			for _, key := range there {
				known[key] = true
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return known, nil
}

// CondemnBlobs marks blobs that nothing refers to as being deleted and returns
// them behind those marked earlier. What a submission refers to at this moment
// has refs above 0 in the same row.
func (s *Store) CondemnBlobs(ctx context.Context, before time.Time, limit int) (list []record.Blob, err error) {
	err = s.write(ctx, "condemn blobs", func(t *tx) error {
		earlier, err := many(ctx, t, scanBlob, `
			SELECT `+blobColumns+`
			FROM blobs
			WHERE state = 'deleting'
			ORDER BY key
			LIMIT $1`, bounded(limit))
		if err != nil {
			return err
		}
		fresh, err := many(ctx, t, scanBlob, `
			WITH unused AS MATERIALIZED (
				SELECT key FROM blobs
				WHERE state = 'live' AND refs = 0 AND created < $1
				ORDER BY created
				LIMIT $2`+s.dialect.skipLocked+`)
			UPDATE blobs
			SET state = 'deleting'
			WHERE key IN (SELECT key FROM unused) AND state = 'live' AND refs = 0
			RETURNING `+blobColumns, before, bounded(limit))
		list = slices.Concat(earlier, fresh)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// ForgetBlob removes the row of a condemned blob.
func (s *Store) ForgetBlob(ctx context.Context, key string) error {
	return s.write(ctx, "forget a blob", func(t *tx) error {
		n, err := t.exec(ctx, `DELETE FROM blobs WHERE key = $1 AND state = 'deleting'`, key)
		return found(n, err)
	})
}

// FiledBlobs returns blobs that filings refer to, by key.
func (s *Store) FiledBlobs(ctx context.Context, after string, limit int) (list []record.Blob, err error) {
	err = s.read(ctx, "list filed blobs", func(q queryer) error {
		list, err = many(ctx, q, scanBlob, `
			SELECT `+blobColumns+`
			FROM blobs
			WHERE filed = 1 AND key > $1
			ORDER BY key
			LIMIT $2`, after, bounded(limit))
		return err
	})
	return list, err
}

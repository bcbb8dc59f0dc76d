package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"heyan/storage/record"
)

func raiseAlarm(ctx context.Context, t *tx, a record.Alarm) error {
	_, err := t.exec(ctx, `
		INSERT INTO alarms (id, kind, detail, submission, created)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO NOTHING`, a.ID, a.Kind, a.Detail, a.Submission, a.Created)
	return err
}

// RaiseAlarm keeps an alarm. One with the same id stays as it was.
func (s *Store) RaiseAlarm(ctx context.Context, a record.Alarm) error {
	return s.write(ctx, "raise an alarm", func(t *tx) error { return raiseAlarm(ctx, t, a) })
}

// alarmsLookedAt bounds the search in the alarms' text.
const alarmsLookedAt = 10_000

// BlobAltered looks for the key and the digest in the text of later alarms. The alarm
// that a repair raises has the time of the object that it put in place, and so is not
// held against it.
func (s *Store) BlobAltered(ctx context.Context, b record.Blob) (altered bool, err error) {
	err = s.read(ctx, "look for an alarm", func(q queryer) error {
		named, err := many(ctx, q, column[string], `
			SELECT id
			FROM (
				SELECT id, kind, detail FROM alarms
				WHERE created > $1
				ORDER BY created DESC, id DESC
				LIMIT $2) AS past
			WHERE kind = 'blob-altered' AND (detail LIKE $3 OR detail LIKE $4)
			LIMIT 1`, b.Created, alarmsLookedAt, "%"+b.Key+"%", "%"+b.SHA256+"%")
		altered = len(named) > 0
		return err
	})
	return altered, err
}

const alarmColumns = `id, kind, detail, submission, created`

func scanAlarm(rows *sql.Rows) (a record.Alarm, err error) {
	err = rows.Scan(&a.ID, &a.Kind, &a.Detail, &a.Submission, utc{&a.Created})
	return a, err
}

// Alarms returns the newest first.
func (s *Store) Alarms(ctx context.Context, after string, limit int) (list []record.Alarm, err error) {
	err = s.read(ctx, "list alarms", func(q queryer) error {
		var w filter
		if after != "" {
			last, err := one(ctx, q, column[int64], `SELECT created FROM alarms WHERE id = $1`, after)
			if err != nil {
				return fmt.Errorf("the last one seen: %w", err)
			}
			w.after(last, after)
		}
		query := w.newest(alarmColumns, "alarms", nil, limit)
		list, err = filtered(ctx, s.reader, scanAlarm, query, w.args)
		return err
	})
	return list, err
}

package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"heyan/storage/record"
)

// Backlog returns what waits, by lane. A job whose lease ran out waits again.
func (s *Store) Backlog(ctx context.Context, now time.Time) ([]record.Backlog, error) {
	var live, dead []record.Backlog
	err := s.read(ctx, "count the backlog", func(q queryer) (err error) {
		live, err = many(ctx, q, scanBacklog, `
			SELECT lane,
				count(CASE WHEN state = 'queued' OR due <= $1 THEN 1 END),
				count(CASE WHEN state = 'running' AND due > $1 THEN 1 END),
				0,
				coalesce(min(CASE WHEN due <= $1 THEN due END), 0)
			FROM jobs
			WHERE state IN ('queued', 'running')
			GROUP BY lane`, now)
		if err != nil {
			return err
		}
		dead, err = many(ctx, q, scanBacklog, `
			SELECT lane, 0, 0, count(*), CAST(0 AS BIGINT)
			FROM jobs
			WHERE state = 'dead'
			GROUP BY lane`)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, d := range dead {
		i := slices.IndexFunc(live, func(b record.Backlog) bool { return b.Lane == d.Lane })
		if i < 0 {
			live = append(live, d)
			continue
		}
		live[i].Dead = d.Dead
	}
	slices.SortFunc(live, func(a, b record.Backlog) int { return cmp.Compare(a.Lane, b.Lane) })
	return live, nil
}

func scanBacklog(rows *sql.Rows) (b record.Backlog, err error) {
	err = rows.Scan(&b.Lane, &b.Queued, &b.Running, &b.Dead, utc{&b.OldestDue})
	return b, err
}

package sqlstore

import (
	"context"
	"database/sql"
	"time"
)

type storedFacts struct {
	version string
	body    []byte
}

// Facts returns the facts of a package; version "" is the newest there is.
func (s *Store) Facts(ctx context.Context, sha256, version string) (body []byte, ofVersion string, err error) {
	err = s.read(ctx, "read facts", func(q queryer) error {
		f, err := one(ctx, q, func(rows *sql.Rows) (f storedFacts, err error) {
			err = rows.Scan(&f.version, &f.body)
			return f, err
		}, `
			SELECT version, body
			FROM facts
			WHERE sha256 = $1 AND (version = $2 OR CAST($2 AS TEXT) = '')
			ORDER BY created DESC, version DESC
			LIMIT 1`, sha256, version)
		if err != nil {
			return err
		}
		ofVersion = f.version
		body, err = s.packer.unpack(f.body)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return body, ofVersion, nil
}

// PutFacts keeps facts and ends the claim to make them. Facts that are there stay.
func (s *Store) PutFacts(ctx context.Context, sha256, version string, body []byte, now time.Time) error {
	packed := s.packer.pack(body)
	return s.write(ctx, "keep facts", func(t *tx) error {
		_, err := t.exec(ctx, `
			INSERT INTO facts (sha256, version, body, created)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (sha256, version) DO NOTHING`, sha256, version, packed, now)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `
			DELETE FROM analyses
			WHERE sha256 = $1 AND version = $2`, sha256, version)
		return err
	})
}

// ClaimAnalysis reports whether the caller is the one to analyse these bytes.
func (s *Store) ClaimAnalysis(ctx context.Context, sha256, version, owner string, now time.Time, lease time.Duration) (won bool, err error) {
	err = s.write(ctx, "claim an analysis", func(t *tx) error {
		n, err := t.exec(ctx, `
			INSERT INTO analyses (sha256, version, owner, lease_until)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (sha256, version) DO UPDATE
			SET owner = excluded.owner, lease_until = excluded.lease_until
			WHERE analyses.owner = excluded.owner OR analyses.lease_until <= $5`,
			sha256, version, owner, now.Add(lease), now)
		won = n == 1
		return err
	})
	return won && err == nil, err
}

// EndAnalysis gives the claim up. One that is another's by now stays.
func (s *Store) EndAnalysis(ctx context.Context, sha256, version, owner string) error {
	return s.write(ctx, "end an analysis", func(t *tx) error {
		_, err := t.exec(ctx, `
			DELETE FROM analyses
			WHERE sha256 = $1 AND version = $2 AND owner = $3`, sha256, version, owner)
		return err
	})
}

package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"heyan/storage/record"
)

// Bootstrap makes the first organisation and token, once in the database's life:
// of all that try, one gets the row with the number 1.
func (s *Store) Bootstrap(ctx context.Context, o record.Organisation, k record.Token) (won bool, err error) {
	err = s.write(ctx, "bootstrap", func(t *tx) error {
		n, err := t.exec(ctx, `INSERT INTO bootstrap (id) VALUES (1) ON CONFLICT (id) DO NOTHING`)
		if won = n == 1; err != nil || !won {
			return err
		}
		if err := insertOrganisation(ctx, t, o); err != nil {
			return err
		}
		return insertToken(ctx, t, k)
	})
	return won && err == nil, err
}

const tokenColumns = `id, organisation, name, hash, scopes, created, expires, revoked, last_used`

func scanToken(rows *sql.Rows) (k record.Token, err error) {
	err = rows.Scan(&k.ID, &k.Organisation, &k.Name, &k.Hash, words[record.Scope]{&k.Scopes},
		utc{&k.Created}, utc{&k.Expires}, utc{&k.Revoked}, utc{&k.LastUsed})
	return k, err
}

func insertToken(ctx context.Context, t *tx, k record.Token) error {
	_, err := t.exec(ctx, `
		INSERT INTO tokens (id, organisation, name, hash, scopes, created, expires, revoked, last_used)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		k.ID, k.Organisation, k.Name, k.Hash, joined(k.Scopes), k.Created, k.Expires, k.Revoked, k.LastUsed)
	return err
}

// TokenByHash returns a token that lets in.
func (s *Store) TokenByHash(ctx context.Context, hash string, now time.Time) (k record.Token, err error) {
	err = s.read(ctx, "find a token", func(q queryer) error {
		k, err = one(ctx, q, scanToken, `
			SELECT `+tokenColumns+`
			FROM tokens
			WHERE hash = $1 AND revoked = 0 AND (expires = 0 OR expires > $2)
				AND EXISTS (SELECT 1 FROM organisations AS o WHERE o.id = tokens.organisation AND o.disabled = 0)`,
			hash, now)
		return err
	})
	return k, err
}

// TouchToken notes that a token was used, to the minute.
func (s *Store) TouchToken(ctx context.Context, id string, now time.Time) error {
	return s.write(ctx, "touch a token", func(t *tx) error {
		_, err := t.exec(ctx, `
			UPDATE tokens
			SET last_used = $2
			WHERE id = $1 AND last_used < $2`, id, now.Truncate(time.Minute))
		return err
	})
}

// CreateToken keeps a token. ErrNotFound: there is no such organisation.
func (s *Store) CreateToken(ctx context.Context, k record.Token) error {
	return s.write(ctx, "create a token", func(t *tx) error { return insertToken(ctx, t, k) })
}

// Tokens returns the organisation's, by id.
func (s *Store) Tokens(ctx context.Context, org string) (list []record.Token, err error) {
	err = s.read(ctx, "list tokens", func(q queryer) error {
		list, err = many(ctx, q, scanToken, `
			SELECT `+tokenColumns+`
			FROM tokens
			WHERE organisation = $1
			ORDER BY id`, org)
		return err
	})
	return list, err
}

// RevokeToken ends a token. One that was revoked before stays so.
func (s *Store) RevokeToken(ctx context.Context, org, id string, now time.Time) error {
	return s.write(ctx, "revoke a token", func(t *tx) error {
		n, err := t.exec(ctx, `
			UPDATE tokens
			SET revoked = CASE WHEN revoked = 0 THEN $3 ELSE revoked END
			WHERE id = $1 AND organisation = $2`, id, org, now)
		return found(n, err)
	})
}

package sqlstore

import (
	"context"
	"database/sql"

	"heyan/storage/record"
)

const organisationColumns = `id, name, created, disabled`

func scanOrganisation(rows *sql.Rows) (o record.Organisation, err error) {
	err = rows.Scan(&o.ID, &o.Name, utc{&o.Created}, &o.Disabled)
	return o, err
}

func insertOrganisation(ctx context.Context, t *tx, o record.Organisation) error {
	_, err := t.exec(ctx, `
		INSERT INTO organisations (id, name, created, disabled)
		VALUES ($1, $2, $3, $4)`, o.ID, o.Name, o.Created, o.Disabled)
	return err
}

// CreateOrganisation keeps an organisation. ErrConflict: the name is taken.
func (s *Store) CreateOrganisation(ctx context.Context, o record.Organisation) error {
	return s.write(ctx, "create an organisation", func(t *tx) error { return insertOrganisation(ctx, t, o) })
}

// Organisation returns one.
func (s *Store) Organisation(ctx context.Context, id string) (o record.Organisation, err error) {
	err = s.read(ctx, "read an organisation", func(q queryer) error {
		o, err = one(ctx, q, scanOrganisation, `
			SELECT `+organisationColumns+`
			FROM organisations
			WHERE id = $1`, id)
		return err
	})
	return o, err
}

// Organisations returns those whose ids follow after, by id.
func (s *Store) Organisations(ctx context.Context, after string, limit int) (list []record.Organisation, err error) {
	err = s.read(ctx, "list organisations", func(q queryer) error {
		list, err = many(ctx, q, scanOrganisation, `
			SELECT `+organisationColumns+`
			FROM organisations
			WHERE id > $1
			ORDER BY id
			LIMIT $2`, after, bounded(limit))
		return err
	})
	return list, err
}

// SetOrganisationDisabled lets none of its tokens in, or again.
func (s *Store) SetOrganisationDisabled(ctx context.Context, id string, disabled bool) error {
	return s.write(ctx, "disable an organisation", func(t *tx) error {
		n, err := t.exec(ctx, `UPDATE organisations SET disabled = $2 WHERE id = $1`, id, disabled)
		return found(n, err)
	})
}

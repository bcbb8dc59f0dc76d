package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"heyan/internal/access"
	"heyan/internal/config"
	"heyan/internal/seal"
	"heyan/internal/submit"
	"heyan/internal/sweep"
	"heyan/storage/record"
)

// Admin does beside the database what an administrator does through the API: for
// operators who have lost their token, and for scripts on the machine itself.
type Admin struct {
	stores *Stores
	access *access.Service
	now    func() time.Time
}

// OpenAdmin opens the database and brings its schema up to date, as a start of the
// service would.
func OpenAdmin(ctx context.Context, c *config.Config, now func() time.Time) (*Admin, error) {
	stores, err := OpenRecords(ctx, c, now)
	if err != nil {
		return nil, err
	}
	if err := stores.Migrate(ctx); err != nil {
		stores.Close()
		return nil, err
	}
	return &Admin{stores: stores, access: access.New(access.Config{Records: stores.Records, Now: now}), now: now}, nil
}

// Close closes the database.
func (a *Admin) Close() error { return a.stores.Close() }

// operator is who has the database in hand: there is nothing left to forbid. It is of
// no organisation that there is.
func operator() submit.Caller {
	return submit.Caller{Organisation: "operator", Scopes: access.Scopes()}
}

// Organisations returns all.
func (a *Admin) Organisations(ctx context.Context) ([]record.Organisation, error) {
	var all []record.Organisation
	for after := ""; ; {
		page, err := a.access.Organisations(ctx, operator(), after, 0)
		if err != nil || len(page) == 0 {
			return all, err
		}
		all = append(all, page...)
		after = page[len(page)-1].ID
	}
}

// Organisation returns the one of this name or id; "" is the first that was made.
func (a *Admin) Organisation(ctx context.Context, name string) (record.Organisation, error) {
	all, err := a.Organisations(ctx)
	if err != nil {
		return record.Organisation{}, err
	}
	for _, o := range all {
		if name == "" || o.ID == name || o.Name == name {
			return o, nil
		}
	}
	return record.Organisation{}, &Error{
		ZH: fmt.Sprintf("没有机构 %q；heyan organisation list 列出全部", name),
		EN: fmt.Sprintf("there is no organisation %q; heyan organisation list shows all", name),
	}
}

// CreateOrganisation makes one.
func (a *Admin) CreateOrganisation(ctx context.Context, name string) (record.Organisation, error) {
	return a.access.CreateOrganisation(ctx, operator(), name)
}

// SetOrganisationDisabled lets none of an organisation's tokens in, or again.
func (a *Admin) SetOrganisationDisabled(ctx context.Context, name string, disabled bool) error {
	o, err := a.Organisation(ctx, name)
	if err != nil {
		return err
	}
	return a.access.SetOrganisationDisabled(ctx, operator(), o.ID, disabled)
}

// CreateToken makes a token. In a database that has never had an organisation it
// makes the first one and its administrator, as the first start would.
func (a *Admin) CreateToken(ctx context.Context, organisation, name string, scopes []string, expires time.Time) (secret, id string, err error) {
	newID := func(prefix string) string { return record.NewID(prefix, a.now()) }
	if _, _, err := access.Bootstrap(ctx, a.stores.Records, a.now(), newID); err != nil {
		return "", "", unreachable(err)
	}
	o, err := a.Organisation(ctx, organisation)
	if err != nil {
		return "", "", err
	}
	n := access.NewToken{Organisation: o.ID, Name: name, Expires: expires}
	for _, s := range scopes {
		n.Scopes = append(n.Scopes, record.Scope(s))
	}
	issued, err := a.access.CreateToken(ctx, operator(), n)
	return issued.Secret, issued.ID, err
}

// Tokens returns those of an organisation, or of all for "".
func (a *Admin) Tokens(ctx context.Context, organisation string) ([]record.Token, error) {
	all, err := a.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	if organisation != "" {
		o, err := a.Organisation(ctx, organisation)
		if err != nil {
			return nil, err
		}
		all = []record.Organisation{o}
	}
	var tokens []record.Token
	for _, o := range all {
		list, err := a.access.Tokens(ctx, operator(), o.ID)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, list...)
	}
	return tokens, nil
}

// RevokeToken lets the token in no more, everywhere, within access.CacheFor.
func (a *Admin) RevokeToken(ctx context.Context, id string) error {
	all, err := a.Tokens(ctx, "")
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.ID == id {
			return a.access.RevokeToken(ctx, operator(), t.Organisation, id)
		}
	}
	return &Error{ZH: fmt.Sprintf("没有令牌 %q；heyan token list 列出全部", id), EN: fmt.Sprintf("there is no token %q; heyan token list shows all", id)}
}

// RotateKey retires the key that signs reports and makes a new one. Reports signed
// before still verify.
func (a *Admin) RotateKey(ctx context.Context) (id string, err error) {
	keys, err := seal.Open(ctx, a.stores.Records, a.now)
	if err != nil {
		return "", err
	}
	return keys.Rotate(ctx)
}

// Keys returns all signing keys, newest first, without what is secret.
func (a *Admin) Keys(ctx context.Context) ([]record.SigningKey, error) {
	return a.stores.Records.PublicKeys(ctx)
}

// Requeue lets workers try the dead job of a submission again. The reconciler of a
// running service finds it.
func (a *Admin) Requeue(ctx context.Context, submission string) error {
	err := a.exhume(ctx, submission)
	switch {
	case errors.Is(err, record.ErrNotFound):
		return &Error{ZH: fmt.Sprintf("没有提交 %q，请核对编号", submission), EN: fmt.Sprintf("there is no submission %q; check the id", submission)}
	case errors.Is(err, record.ErrConflict):
		return &Error{ZH: fmt.Sprintf("提交 %q 没有停下（不是 stuck），不用重新排队", submission), EN: fmt.Sprintf("submission %q is not stuck, there is nothing to requeue", submission)}
	case err != nil:
		return unreachable(err)
	}
	return nil
}

func (a *Admin) exhume(ctx context.Context, submission string) error {
	s, err := a.stores.Records.Submission(ctx, "", submission)
	if err != nil {
		return err
	}
	job, err := a.stores.Records.LatestJob(ctx, s.Organisation, s.ID)
	if err != nil {
		return err
	}
	return a.stores.Records.Exhume(ctx, job.ID, a.now())
}

// Schema returns the version of the database's schema and the one of this program.
func Schema(ctx context.Context, c *config.Config, now func() time.Time) (have, want int64, err error) {
	stores, err := OpenRecords(ctx, c, now)
	if err != nil {
		return 0, 0, err
	}
	defer stores.Close()
	if have, want, err = stores.Records.SchemaVersion(ctx); err != nil {
		return 0, 0, unreachable(err)
	}
	return have, want, nil
}

// Migrate brings the schema up to date and returns the versions before and after.
func Migrate(ctx context.Context, c *config.Config, now func() time.Time) (before, after int64, err error) {
	stores, err := OpenRecords(ctx, c, now)
	if err != nil {
		return 0, 0, err
	}
	defer stores.Close()
	if before, after, err = stores.Records.SchemaVersion(ctx); err != nil {
		return 0, 0, unreachable(err)
	}
	return before, after, stores.MigrateNow(ctx)
}

// Sweep sweeps once and then looks whether every filed package is there.
func Sweep(ctx context.Context, c *config.Config, now func() time.Time, log *slog.Logger) (r sweep.Result, missing []sweep.Missing, err error) {
	stores, err := OpenStores(ctx, c, log, now)
	if err != nil {
		return r, nil, err
	}
	defer stores.Close()
	if err := stores.Migrate(ctx); err != nil {
		return r, nil, err
	}
	s := newSweeper(stores, c, log)
	if r, err = s.Sweep(ctx); err != nil {
		return r, nil, err
	}
	missing, err = s.Audit(ctx)
	return r, missing, err
}

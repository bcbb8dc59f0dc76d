package httpapi

import (
	"context"
	"time"

	"heyan/internal/access"
	"heyan/internal/submit"
	"heyan/storage/record"
)

// IDInput names one thing.
type IDInput struct {
	ID string `path:"id" maxLength:"64" doc:"编号 / Id"`
}

// body is an answer with a body alone.
type body[T any] struct{ Body T }

// List is a list that is never long.
type List[T any] struct {
	Items []T `json:"items"`
}

// none is the input or the output of what has none.
type none struct{}

// Me is who asks.
type Me struct {
	Organisation Organisation `json:"organisation"`
	Token        string       `json:"token" doc:"令牌的编号 / The token's id"`
	Scopes       []string     `json:"scopes" enum:"submit,read,review,admin"`
	Limits       MyLimits     `json:"limits"`
}

// MyLimits is what a client may want to know beforehand.
type MyLimits struct {
	MaxPackageSize int64 `json:"max_package_size" doc:"安装包大小上限（字节） / Most bytes of a package"`
	MaxUploads     int   `json:"max_uploads" doc:"同时上传数上限 / Most uploads at once"`
}

func (a *API) getMe(ctx context.Context, _ *none) (*body[Me], error) {
	c := callerOf(ctx)
	o, err := a.config.Access.Organisation(ctx, c, c.Organisation)
	if err != nil {
		return nil, err
	}
	limits := a.config.Submissions.Limits()
	return &body[Me]{Me{
		Organisation: viewOrganisation(o), Token: c.Token, Scopes: scopeNames(c.Scopes),
		Limits: MyLimits{MaxPackageSize: limits.MaxSize, MaxUploads: limits.MaxUploadsPerOrganisation},
	}}, nil
}

func (a *API) listOrganisations(ctx context.Context, in *PageInput) (*body[Page[Organisation]], error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	list, err := a.config.Access.Organisations(ctx, callerOf(ctx), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	id := func(o record.Organisation) string { return o.ID }
	return &body[Page[Organisation]]{pageOf(list, in.Limit, viewOrganisation, id)}, nil
}

// CreateOrganisationInput is an organisation to be made.
type CreateOrganisationInput struct {
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"200"`
	}
}

func (a *API) createOrganisation(ctx context.Context, in *CreateOrganisationInput) (*body[Organisation], error) {
	o, err := a.config.Access.CreateOrganisation(ctx, callerOf(ctx), in.Body.Name)
	if err != nil {
		return nil, err
	}
	return &body[Organisation]{viewOrganisation(o)}, nil
}

func (a *API) getOrganisation(ctx context.Context, in *IDInput) (*body[Organisation], error) {
	o, err := a.config.Access.Organisation(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &body[Organisation]{viewOrganisation(o)}, nil
}

// PatchOrganisationInput says what becomes of an organisation.
type PatchOrganisationInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Disabled bool `json:"disabled" doc:"停用后其令牌一律无效 / None of its tokens lets in"`
	}
}

func (a *API) patchOrganisation(ctx context.Context, in *PatchOrganisationInput) (*body[Organisation], error) {
	if err := a.config.Access.SetOrganisationDisabled(ctx, callerOf(ctx), in.ID, in.Body.Disabled); err != nil {
		return nil, err
	}
	return a.getOrganisation(ctx, &IDInput{in.ID})
}

// OrganisationInput is the organisation that a request is about.
type OrganisationInput struct {
	Organisation string `query:"organisation" maxLength:"64" doc:"机构，默认为自己的 / Organisation; the caller's own by default"`
}

// OwnedInput names one thing of an organisation.
type OwnedInput struct {
	ID string `path:"id" maxLength:"64" doc:"编号 / Id"`
	OrganisationInput
}

func (a *API) listTokens(ctx context.Context, in *OrganisationInput) (*body[List[Token]], error) {
	list, err := a.config.Access.Tokens(ctx, callerOf(ctx), in.Organisation)
	if err != nil {
		return nil, err
	}
	return &body[List[Token]]{List[Token]{views(list, viewToken)}}, nil
}

// CreateTokenInput is a token to be made.
type CreateTokenInput struct {
	Body struct {
		Organisation string    `json:"organisation,omitempty" doc:"机构，默认为自己的 / Organisation; the caller's own by default"`
		Name         string    `json:"name" minLength:"1" maxLength:"200" doc:"名称，供人识别 / A name for people"`
		Scopes       []string  `json:"scopes" minItems:"1" enum:"submit,read,review,admin" doc:"权限范围 / Scopes"`
		Expires      time.Time `json:"expires,omitempty" doc:"到期时间；没有则长期有效 / When it expires; without: never"`
	}
}

func (a *API) createToken(ctx context.Context, in *CreateTokenInput) (*body[IssuedToken], error) {
	n := access.NewToken{Organisation: in.Body.Organisation, Name: in.Body.Name, Expires: in.Body.Expires}
	for _, s := range in.Body.Scopes {
		n.Scopes = append(n.Scopes, record.Scope(s))
	}
	t, err := a.config.Access.CreateToken(ctx, callerOf(ctx), n)
	if err != nil {
		return nil, err
	}
	return &body[IssuedToken]{viewIssued(t)}, nil
}

func (a *API) revokeToken(ctx context.Context, in *OwnedInput) (*none, error) {
	return nil, a.config.Access.RevokeToken(ctx, callerOf(ctx), in.Organisation, in.ID)
}

// RejudgeInput says what is judged anew by today's rules.
type RejudgeInput struct {
	Body struct {
		Organisation string    `json:"organisation,omitempty" doc:"机构；没有则为全部 / Organisation; without: all"`
		Since        time.Time `json:"since,omitempty" doc:"提交时间不早于 / Submitted at or after"`
		Until        time.Time `json:"until,omitempty" doc:"提交时间早于 / Submitted before"`
	}
}

func (a *API) createRejudge(ctx context.Context, in *RejudgeInput) (*body[Rejudge], error) {
	run, err := a.config.Submissions.Rejudge(ctx, callerOf(ctx), submit.RejudgeRequest{
		Organisation: in.Body.Organisation, Since: in.Body.Since, Until: in.Body.Until,
	})
	return rejudged(run, err)
}

func (a *API) getRejudge(ctx context.Context, in *IDInput) (*body[Rejudge], error) {
	return rejudged(a.config.Submissions.GetRejudge(ctx, callerOf(ctx), in.ID))
}

func (a *API) cancelRejudge(ctx context.Context, in *IDInput) (*body[Rejudge], error) {
	return rejudged(a.config.Submissions.CancelRejudge(ctx, callerOf(ctx), in.ID))
}

func rejudged(run record.Rejudge, err error) (*body[Rejudge], error) {
	if err != nil {
		return nil, err
	}
	return &body[Rejudge]{viewRejudge(run)}, nil
}

// LimitInput is how many of the newest.
type LimitInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"件数 / How many"`
}

func (a *API) listRejudges(ctx context.Context, in *LimitInput) (*body[List[Rejudge]], error) {
	list, err := a.config.Submissions.ListRejudges(ctx, callerOf(ctx), in.Limit)
	if err != nil {
		return nil, err
	}
	return &body[List[Rejudge]]{List[Rejudge]{views(list, viewRejudge)}}, nil
}

func (a *API) listAlarms(ctx context.Context, in *PageInput) (*body[Page[Alarm]], error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	list, err := a.config.Submissions.Alarms(ctx, callerOf(ctx), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	id := func(al record.Alarm) string { return al.ID }
	return &body[Page[Alarm]]{pageOf(list, in.Limit, viewAlarm, id)}, nil
}

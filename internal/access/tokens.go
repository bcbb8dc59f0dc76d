package access

import (
	"context"
	"slices"
	"time"

	"heyan/internal/submit"
	"heyan/storage/record"
)

// NewToken is a token to be made.
type NewToken struct {
	Organisation string // "" is the caller's
	Name         string
	Scopes       []record.Scope
	Expires      time.Time // zero: never
}

// Issued is a token just made. Secret is shown this once.
type Issued struct {
	record.Token
	Secret string
}

// CreateToken makes a token. It has no scope that the caller lacks and does not
// outlive the caller's own, except where an administrator makes it.
func (s *Service) CreateToken(ctx context.Context, c submit.Caller, n NewToken) (Issued, error) {
	org, err := s.manageable(c, n.Organisation)
	if err != nil {
		return Issued{}, err
	}
	name, err := cleanName(n.Name)
	if err != nil {
		return Issued{}, err
	}
	scopes, err := grantable(c, n.Scopes)
	if err != nil {
		return Issued{}, err
	}
	now := s.now()
	if err := s.checkExpiry(ctx, c, n.Expires, now); err != nil {
		return Issued{}, err
	}
	// The row would refuse an unknown organisation in its own words.
	if _, err := s.records.Organisation(ctx, org); err != nil {
		return Issued{}, told(err, noOrganisation())
	}
	secret := NewSecret()
	t := record.Token{
		ID: s.newID("tok"), Organisation: org, Name: name, Hash: Hash(secret),
		Scopes: scopes, Created: now, Expires: n.Expires,
	}
	if err := s.records.CreateToken(ctx, t); err != nil {
		return Issued{}, told(err, noOrganisation())
	}
	return Issued{Token: t, Secret: secret}, nil
}

// Tokens returns the tokens of the caller's organisation, or for administrators of
// any.
func (s *Service) Tokens(ctx context.Context, c submit.Caller, org string) ([]record.Token, error) {
	org, err := s.manageable(c, org)
	if err != nil {
		return nil, err
	}
	list, err := s.records.Tokens(ctx, org)
	if err != nil {
		return nil, told(err, noOrganisation())
	}
	return list, nil
}

// RevokeToken lets a token in no more; everywhere, within CacheFor. Every token may
// revoke itself. To revoke a revoked one is no error.
func (s *Service) RevokeToken(ctx context.Context, c submit.Caller, org, id string) error {
	org, err := ownOrganisation(c, org)
	if err != nil {
		return err
	}
	if id != c.Token || c.Token == "" {
		if _, err := s.manageable(c, org); err != nil {
			return err
		}
		if err := s.mayRevoke(ctx, c, org, id); err != nil {
			return err
		}
	}
	if err := s.records.RevokeToken(ctx, org, id, s.now()); err != nil {
		return told(err, noToken())
	}
	return nil
}

// mayRevoke keeps an organisation's managers from turning out the administrators
// whose tokens are in it.
func (s *Service) mayRevoke(ctx context.Context, c submit.Caller, org, id string) error {
	if isAdmin(c) {
		return nil
	}
	t, err := s.find(ctx, org, id)
	if err != nil {
		return err
	}
	if slices.Contains(t.Scopes, record.ScopeAdmin) {
		return forbidden("只有服务管理员（admin）能吊销管理员的令牌", "only administrators (scope admin) revoke an administrator's token")
	}
	return nil
}

// manageable is the organisation whose tokens the caller manages.
func (s *Service) manageable(c submit.Caller, asked string) (string, error) {
	org, err := ownOrganisation(c, asked)
	if err != nil {
		return "", err
	}
	if !isAdmin(c) && !slices.Contains(c.Scopes, record.ScopeReview) {
		return "", forbidden("管理令牌需要 review 或 admin 权限", "to manage tokens the scope review or admin is needed")
	}
	if org == "" {
		return "", noOrganisation()
	}
	return org, nil
}

// grantable checks the scopes of a token to be made, and sorts them.
func grantable(c submit.Caller, asked []record.Scope) ([]record.Scope, error) {
	var scopes []record.Scope
	for _, known := range Scopes() {
		if slices.Contains(asked, known) {
			scopes = append(scopes, known)
		}
	}
	for _, scope := range asked {
		if !slices.Contains(scopes, scope) {
			return nil, invalid("权限只能是 read、submit、review、admin", "the scopes are read, submit, review and admin")
		}
		if !isAdmin(c) && !slices.Contains(c.Scopes, scope) {
			return nil, forbidden("不能授予自己没有的权限："+string(scope), "you can't grant a scope that you lack: "+string(scope))
		}
	}
	if len(scopes) == 0 {
		return nil, invalid("至少给出一项权限：read、submit、review、admin", "give at least one scope: read, submit, review, admin")
	}
	return scopes, nil
}

// checkExpiry refuses a day that is past, or later than that of the caller's token.
func (s *Service) checkExpiry(ctx context.Context, c submit.Caller, expires, now time.Time) error {
	if !expires.IsZero() && !expires.After(now) {
		return invalid("到期时间已过，请给出将来的时间", "the time of expiry is past; give one to come")
	}
	if isAdmin(c) {
		return nil
	}
	own, err := s.find(ctx, c.Organisation, c.Token)
	if err != nil {
		return err
	}
	if own.Expires.IsZero() || !expires.IsZero() && !expires.After(own.Expires) {
		return nil
	}
	return forbidden("新令牌的到期时间不能晚于您的令牌："+own.Expires.UTC().Format(time.RFC3339),
		"a token can't outlive the one it is made with: "+own.Expires.UTC().Format(time.RFC3339))
}

// find returns one token of an organisation.
func (s *Service) find(ctx context.Context, org, id string) (record.Token, error) {
	list, err := s.records.Tokens(ctx, org)
	if err != nil {
		return record.Token{}, told(err, noToken())
	}
	i := slices.IndexFunc(list, func(t record.Token) bool { return t.ID == id })
	if i < 0 {
		return record.Token{}, noToken()
	}
	return list[i], nil
}

package access

import (
	"context"
	"errors"

	"heyan/internal/submit"
	"heyan/storage/record"
)

// maxPage is the most that one page of a list has; it is also what 0 asks for.
const maxPage = 200

func needAdmin(c submit.Caller) error {
	if isAdmin(c) {
		return nil
	}
	return forbidden("只有服务管理员（admin）能管理机构", "only the service's administrators (scope admin) manage organisations")
}

// CreateOrganisation makes an organisation, for administrators.
func (s *Service) CreateOrganisation(ctx context.Context, c submit.Caller, name string) (record.Organisation, error) {
	if err := needAdmin(c); err != nil {
		return record.Organisation{}, err
	}
	name, err := cleanName(name)
	if err != nil {
		return record.Organisation{}, err
	}
	o := record.Organisation{ID: s.newID("org"), Name: name, Created: s.now()}
	err = s.records.CreateOrganisation(ctx, o)
	if errors.Is(err, record.ErrConflict) {
		return record.Organisation{}, &submit.Error{Code: submit.CodeNameTaken, Cause: err,
			ZH: "已有同名机构，请换一个名称", EN: "an organisation has this name already; choose another one"}
	}
	if err != nil {
		return record.Organisation{}, unavailable(err)
	}
	return o, nil
}

// Organisation returns one: the caller's own, or for administrators any.
func (s *Service) Organisation(ctx context.Context, c submit.Caller, id string) (record.Organisation, error) {
	id, err := ownOrganisation(c, id)
	if err != nil {
		return record.Organisation{}, err
	}
	o, err := s.records.Organisation(ctx, id)
	if err != nil {
		return record.Organisation{}, told(err, noOrganisation())
	}
	return o, nil
}

// Organisations returns a page of them, behind the id after: for administrators all,
// for others their own.
func (s *Service) Organisations(ctx context.Context, c submit.Caller, after string, limit int) ([]record.Organisation, error) {
	if !isAdmin(c) {
		o, err := s.Organisation(ctx, c, c.Organisation)
		if err != nil || after != "" {
			return nil, err
		}
		return []record.Organisation{o}, nil
	}
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	list, err := s.records.Organisations(ctx, after, limit)
	if err != nil {
		return nil, unavailable(err)
	}
	return list, nil
}

// SetOrganisationDisabled lets none of an organisation's tokens in, or again, for
// administrators. It takes effect everywhere within CacheFor. Nobody disables the own
// organisation: no token would be left to enable it.
func (s *Service) SetOrganisationDisabled(ctx context.Context, c submit.Caller, id string, disabled bool) error {
	if err := needAdmin(c); err != nil {
		return err
	}
	if disabled && id == c.Organisation {
		return &submit.Error{Code: submit.CodeWrongState,
			ZH: "不能停用自己所在的机构：停用后没有令牌可再启用它", EN: "you can't disable your own organisation: no token would be left to enable it"}
	}
	if err := s.records.SetOrganisationDisabled(ctx, id, disabled); err != nil {
		return told(err, noOrganisation())
	}
	return nil
}

package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"heyan/internal/submit"
	"heyan/storage/record"
)

// maxWebhooks is how many an organisation can have: each is a share of the requests
// that are made at a time.
const maxWebhooks = 10

// ServiceConfig is what a Service is made of. Records must be given.
type ServiceConfig struct {
	Records record.Webhooks
	Guard   *Guard // the dispatcher's
	Now     func() time.Time
	NewID   func(prefix string) string
	Wake    func() // the dispatcher's, nil where it runs elsewhere
}

// Service manages webhooks. It is for tokens with the scope review, within their
// organisation, and administrators, within any. Errors are *submit.Error.
type Service struct{ ServiceConfig }

// New returns a Service.
func New(c ServiceConfig) *Service {
	if c.Guard == nil {
		c.Guard = NewGuard(Policy{})
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	now := c.Now
	c.Now = func() time.Time { return now().UTC().Truncate(time.Microsecond) } // as the records keep it
	if c.NewID == nil {
		c.NewID = func(prefix string) string { return record.NewID(prefix, now()) }
	}
	if c.Wake == nil {
		c.Wake = func() {}
	}
	return &Service{c}
}

// NewWebhook is a webhook to be made.
type NewWebhook struct {
	Organisation string // "" is the caller's
	URL          string
	Events       []string // none are all there are
}

// Created is a webhook just made. SecretText is shown this once.
type Created struct {
	record.Webhook
	SecretText string
}

// Create makes a webhook. Its URL is not called; SendTest does.
func (s *Service) Create(ctx context.Context, c submit.Caller, n NewWebhook) (Created, error) {
	org, err := manageable(c, n.Organisation)
	if err != nil {
		return Created{}, err
	}
	if _, err := s.Guard.CheckURL(n.URL); err != nil {
		return Created{}, invalid("url", fmt.Sprintf("回调地址不可用（%v），请给出公网的 https 地址", err),
			fmt.Sprintf("the URL can't be used (%v): give a public https one", err))
	}
	events, err := subscribed(n.Events)
	if err != nil {
		return Created{}, err
	}
	have, err := s.Records.Webhooks(ctx, org)
	if err != nil {
		return Created{}, told(err)
	}
	if len(have) >= maxWebhooks {
		return Created{}, &submit.Error{Code: submit.CodeWrongState,
			ZH: fmt.Sprintf("一个机构最多 %d 个回调，请先删除不用的", maxWebhooks),
			EN: fmt.Sprintf("an organisation has at most %d webhooks: delete one that is not used", maxWebhooks)}
	}
	w := record.Webhook{ID: s.NewID("wh"), Organisation: org, URL: n.URL, Secret: newSecret(), Events: events, Created: s.Now()}
	if err := s.Records.CreateWebhook(ctx, w); err != nil {
		return Created{}, told(err)
	}
	created := Created{Webhook: w, SecretText: SecretText(w.Secret)}
	created.Secret = nil
	return created, nil
}

// subscribed checks events and puts them into their order.
func subscribed(asked []string) ([]string, error) {
	if len(asked) == 0 {
		return Events(), nil
	}
	var events []string
	for _, known := range Events() {
		if slices.Contains(asked, known) {
			events = append(events, known)
		}
	}
	for _, e := range asked {
		if !slices.Contains(events, e) {
			return nil, invalid("events", fmt.Sprintf("没有事件 %q，可用的有 %q", e, Events()), fmt.Sprintf("there is no event %q; there are %q", e, Events()))
		}
	}
	return events, nil
}

// List returns the organisation's webhooks, without their secrets.
func (s *Service) List(ctx context.Context, c submit.Caller, org string) ([]record.Webhook, error) {
	org, err := manageable(c, org)
	if err != nil {
		return nil, err
	}
	list, err := s.Records.Webhooks(ctx, org)
	if err != nil {
		return nil, told(err)
	}
	for i := range list {
		list[i].Secret = nil
	}
	return list, nil
}

// Delete removes a webhook and its deliveries.
func (s *Service) Delete(ctx context.Context, c submit.Caller, org, id string) error {
	org, err := manageable(c, org)
	if err != nil {
		return err
	}
	if err := s.Records.DeleteWebhook(ctx, org, id); err != nil {
		return told(err)
	}
	return nil
}

// askedFor is why a webhook is disabled that its owner disabled.
const askedFor = "it was disabled through the API"

// SetDisabled lets a webhook be sent nothing, or again, and returns it, without its
// secret. What was pending is dead then, as are those that a receiver who answered
// 410 left; they can be sent again once the webhook is enabled.
func (s *Service) SetDisabled(ctx context.Context, c submit.Caller, org, id string, disabled bool) (record.Webhook, error) {
	org, err := manageable(c, org)
	if err != nil {
		return record.Webhook{}, err
	}
	if disabled {
		err = s.Records.DisableWebhook(ctx, org, id, askedFor, s.Now())
	} else {
		err = s.Records.EnableWebhook(ctx, org, id)
	}
	if err != nil {
		return record.Webhook{}, told(err)
	}
	list, err := s.List(ctx, c, org)
	if err != nil {
		return record.Webhook{}, err
	}
	for _, w := range list {
		if w.ID == id {
			return w, nil
		}
	}
	return record.Webhook{}, told(record.ErrNotFound)
}

// manageable is the organisation whose webhooks the caller manages.
func manageable(c submit.Caller, asked string) (string, error) {
	admin := slices.Contains(c.Scopes, record.ScopeAdmin)
	if !admin && !slices.Contains(c.Scopes, record.ScopeReview) || c.Organisation == "" {
		return "", &submit.Error{Code: submit.CodeForbidden,
			ZH: "管理回调需要 review 或 admin 权限", EN: "to manage webhooks the scope review or admin is needed"}
	}
	switch {
	case asked == "" || asked == c.Organisation:
		return c.Organisation, nil
	case admin:
		return asked, nil
	}
	return "", told(record.ErrNotFound)
}

func invalid(field, zh, en string) error {
	return &submit.Error{Code: submit.CodeRequestInvalid, ZH: zh, EN: en,
		Problems: []submit.Problem{{Path: field, ZH: zh, EN: en}}}
}

// told turns what the records say into what the caller is told.
func told(err error) error {
	if errors.Is(err, record.ErrNotFound) {
		return &submit.Error{Code: submit.CodeNotFound, Cause: err,
			ZH: "没有这个机构、回调或投递，请检查编号", EN: "there is no such organisation, webhook or delivery: check the id"}
	}
	return &submit.Error{Code: submit.CodeUnavailable, Cause: err, RetryAfter: 5 * time.Second,
		ZH: "数据库暂时无法访问，请稍后重试", EN: "the database can't be reached for the moment: try again shortly"}
}

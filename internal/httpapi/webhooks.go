package httpapi

import (
	"context"
	"encoding/json"
	"time"

	"heyan/internal/submit"
	"heyan/internal/webhook"
	"heyan/storage/record"
)

// Webhooks manages webhooks and their deliveries: *webhook.Service.
type Webhooks interface {
	Create(ctx context.Context, c submit.Caller, n webhook.NewWebhook) (webhook.Created, error)
	List(ctx context.Context, c submit.Caller, org string) ([]record.Webhook, error)
	SetDisabled(ctx context.Context, c submit.Caller, org, id string, disabled bool) (record.Webhook, error)
	Delete(ctx context.Context, c submit.Caller, org, id string) error
	Deliveries(ctx context.Context, c submit.Caller, org, webhook string, state record.DeliveryState, after string, limit int) ([]record.Delivery, error)
	Redeliver(ctx context.Context, c submit.Caller, org, delivery string) error
	SendTest(ctx context.Context, c submit.Caller, org, webhook string) (record.Delivery, error)
}

// Webhook is where an organisation is told.
type Webhook struct {
	ID             string     `json:"id"`
	Organisation   string     `json:"organisation"`
	URL            string     `json:"url"`
	Events         []string   `json:"events"`
	Created        time.Time  `json:"created"`
	Disabled       bool       `json:"disabled" doc:"已停用，不再投递 / Disabled: it is sent nothing"`
	DisabledAt     *time.Time `json:"disabled_at,omitempty" doc:"停用的时间 / Since when"`
	DisabledReason string     `json:"disabled_reason,omitempty" doc:"停用的原因，如对方应答 410 / Why, as that the receiver answered 410"`
}

// CreatedWebhook is a webhook just made.
type CreatedWebhook struct {
	Webhook
	Secret string `json:"secret" doc:"签名密钥，只显示这一次 / Signs deliveries, shown this once"`
}

func viewWebhook(w record.Webhook) Webhook {
	return Webhook{ID: w.ID, Organisation: w.Organisation, URL: w.URL, Events: w.Events, Created: w.Created.UTC(),
		Disabled: w.Disabled, DisabledAt: when(w.DisabledAt), DisabledReason: w.DisabledReason}
}

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID         string          `json:"id"`
	Webhook    string          `json:"webhook"`
	Event      string          `json:"event"`
	Submission string          `json:"submission,omitempty"`
	State      string          `json:"state" enum:"pending,delivered,dead"`
	Attempts   int             `json:"attempts"`
	NextAt     *time.Time      `json:"next_at,omitempty" doc:"下次尝试的时间 / When it is tried again"`
	Status     int             `json:"status,omitempty" doc:"上次应答的状态码 / Status of the last answer"`
	Error      string          `json:"error,omitempty" doc:"上次失败的原因 / Why the last attempt failed"`
	Payload    json.RawMessage `json:"payload,omitempty"`
	Created    time.Time       `json:"created"`
	Ended      *time.Time      `json:"ended,omitempty"`
}

func viewDelivery(d record.Delivery) Delivery {
	v := Delivery{
		ID: d.ID, Webhook: d.Webhook, Event: d.Event, Submission: d.Submission, State: string(d.State),
		Attempts: d.Attempts, Status: d.Status, Error: d.Error, Payload: d.Payload,
		Created: d.Created.UTC(), Ended: when(d.Ended),
	}
	if d.State == record.DeliveryPending {
		v.NextAt = when(d.NextAt)
	}
	return v
}

func (a *API) listWebhooks(ctx context.Context, in *OrganisationInput) (*body[List[Webhook]], error) {
	list, err := a.config.Webhooks.List(ctx, callerOf(ctx), in.Organisation)
	if err != nil {
		return nil, err
	}
	return &body[List[Webhook]]{List[Webhook]{views(list, viewWebhook)}}, nil
}

// CreateWebhookInput is a webhook to be made.
type CreateWebhookInput struct {
	Body struct {
		Organisation string   `json:"organisation,omitempty" doc:"机构，默认为自己的 / Organisation; the caller's own by default"`
		URL          string   `json:"url" maxLength:"2048" doc:"回调地址 / Where to send"`
		Events       []string `json:"events,omitempty" doc:"事件；没有则为全部 / Events; without: all"`
	}
}

func (a *API) createWebhook(ctx context.Context, in *CreateWebhookInput) (*body[CreatedWebhook], error) {
	w, err := a.config.Webhooks.Create(ctx, callerOf(ctx), webhook.NewWebhook{
		Organisation: in.Body.Organisation, URL: in.Body.URL, Events: in.Body.Events,
	})
	if err != nil {
		return nil, err
	}
	return &body[CreatedWebhook]{CreatedWebhook{Webhook: viewWebhook(w.Webhook), Secret: w.SecretText}}, nil
}

// PatchWebhookInput says what becomes of a webhook.
type PatchWebhookInput struct {
	OwnedInput
	Body struct {
		Disabled bool `json:"disabled" doc:"true 停用：不再投递，待投递的记为 dead；false 启用 / true disables: it is sent nothing, what is pending is dead; false enables"`
	}
}

func (a *API) patchWebhook(ctx context.Context, in *PatchWebhookInput) (*body[Webhook], error) {
	w, err := a.config.Webhooks.SetDisabled(ctx, callerOf(ctx), in.Organisation, in.ID, in.Body.Disabled)
	if err != nil {
		return nil, err
	}
	return &body[Webhook]{viewWebhook(w)}, nil
}

func (a *API) deleteWebhook(ctx context.Context, in *OwnedInput) (*none, error) {
	return nil, a.config.Webhooks.Delete(ctx, callerOf(ctx), in.Organisation, in.ID)
}

func (a *API) testWebhook(ctx context.Context, in *OwnedInput) (*body[Delivery], error) {
	d, err := a.config.Webhooks.SendTest(ctx, callerOf(ctx), in.Organisation, in.ID)
	if err != nil {
		return nil, err
	}
	return &body[Delivery]{viewDelivery(d)}, nil
}

// DeliveriesInput selects deliveries of a webhook.
type DeliveriesInput struct {
	ID    string `path:"id" maxLength:"64" doc:"回调的编号 / The webhook's id"`
	State string `query:"state" enum:"pending,delivered,dead" doc:"状态 / State"`
	OrganisationInput
	PageInput
}

func (a *API) listDeliveries(ctx context.Context, in *DeliveriesInput) (*body[Page[Delivery]], error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	list, err := a.config.Webhooks.Deliveries(ctx, callerOf(ctx), in.Organisation, in.ID,
		record.DeliveryState(in.State), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	id := func(d record.Delivery) string { return d.ID }
	return &body[Page[Delivery]]{pageOf(list, in.Limit, viewDelivery, id)}, nil
}

func (a *API) redeliver(ctx context.Context, in *OwnedInput) (*none, error) {
	return nil, a.config.Webhooks.Redeliver(ctx, callerOf(ctx), in.Organisation, in.ID)
}

package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// routes is every route there is. Operations whose bodies are JSON are huma's, which
// reads, checks and describes them; those that stream are plain handlers, described
// in describe.go.
func (a *API) routes() {
	a.huma = humago.New(memberMux{a}, a.humaConfig())

	a.route("POST /v1/submissions", a.postSubmission)
	get(a, "/v1/submissions", "list-submissions", "查询提交 / List submissions", tagSubmissions, a.listSubmissions)
	get(a, "/v1/submissions/{id}", "get-submission", "查看提交 / Get a submission", tagSubmissions, a.getSubmission)
	a.route("PUT /v1/submissions/{id}/package", a.putPackage)
	a.route("GET /v1/submissions/{id}/package", a.getPackage)
	get(a, "/v1/submissions/{id}/judgements", "list-judgements", "查看核验记录 / List a submission's judgements", tagSubmissions, a.getJudgements)
	a.route("GET /v1/submissions/{id}/report", a.getReport)
	a.route("GET /v1/submissions/{id}/events", a.getEvents)
	post(a, "/v1/submissions/{id}/recheck", http.StatusAccepted, "recheck-submission", "以更正后的备案信息重新核验 / Recheck with a corrected filing", tagSubmissions, a.recheck)
	post(a, "/v1/submissions/{id}/cancel", http.StatusOK, "cancel-submission", "取消提交 / Cancel a submission", tagSubmissions, a.cancel)
	a.route("GET /v1/packages/{sha256}/facts", a.getFacts)

	a.uploads()

	post(a, "/v1/rejudge", http.StatusAccepted, "create-rejudge", "按现行规则重新核验 / Rejudge by today's rules", tagAdmin, a.createRejudge)
	get(a, "/v1/rejudge", "list-rejudges", "查询重新核验 / List rejudge runs", tagAdmin, a.listRejudges)
	get(a, "/v1/rejudge/{id}", "get-rejudge", "查看重新核验 / Get a rejudge run", tagAdmin, a.getRejudge)
	post(a, "/v1/rejudge/{id}/cancel", http.StatusOK, "cancel-rejudge", "停止重新核验 / Cancel a rejudge run", tagAdmin, a.cancelRejudge)
	get(a, "/v1/alarms", "list-alarms", "查询告警 / List alarms", tagAdmin, a.listAlarms)

	get(a, "/v1/me", "get-me", "查看自己 / Who I am", tagAccess, a.getMe)
	get(a, "/v1/organisations", "list-organisations", "查询机构 / List organisations", tagAccess, a.listOrganisations)
	post(a, "/v1/organisations", http.StatusCreated, "create-organisation", "新建机构 / Create an organisation", tagAccess, a.createOrganisation)
	get(a, "/v1/organisations/{id}", "get-organisation", "查看机构 / Get an organisation", tagAccess, a.getOrganisation)
	register(a, huma.Operation{Method: http.MethodPatch, Path: "/v1/organisations/{id}", OperationID: "update-organisation",
		Summary: "停用或启用机构 / Disable or enable an organisation", Tags: []string{tagAccess}}, a.patchOrganisation)
	get(a, "/v1/tokens", "list-tokens", "查询令牌 / List tokens", tagAccess, a.listTokens)
	post(a, "/v1/tokens", http.StatusCreated, "create-token", "新建令牌 / Create a token", tagAccess, a.createToken)
	remove(a, "/v1/tokens/{id}", "revoke-token", "吊销令牌 / Revoke a token", tagAccess, a.revokeToken)

	if a.config.Webhooks != nil {
		get(a, "/v1/webhooks", "list-webhooks", "查询回调 / List webhooks", tagWebhooks, a.listWebhooks)
		post(a, "/v1/webhooks", http.StatusCreated, "create-webhook", "新建回调 / Create a webhook", tagWebhooks, a.createWebhook)
		register(a, huma.Operation{Method: http.MethodPatch, Path: "/v1/webhooks/{id}", OperationID: "update-webhook",
			Summary: "停用或启用回调 / Disable or enable a webhook", Tags: []string{tagWebhooks}}, a.patchWebhook)
		remove(a, "/v1/webhooks/{id}", "delete-webhook", "删除回调 / Delete a webhook", tagWebhooks, a.deleteWebhook)
		post(a, "/v1/webhooks/{id}/test", http.StatusAccepted, "test-webhook", "发送测试 / Send a test", tagWebhooks, a.testWebhook)
		get(a, "/v1/webhooks/{id}/deliveries", "list-deliveries", "查询投递 / List deliveries", tagWebhooks, a.listDeliveries)
		post(a, "/v1/deliveries/{id}/redeliver", http.StatusAccepted, "redeliver", "重新投递 / Send a delivery again", tagWebhooks, a.redeliver)
	}

	a.mux.HandleFunc("GET /healthz", a.healthz)
	a.mux.HandleFunc("GET /readyz", a.readyz)
	if a.config.Metrics != nil {
		a.mux.Handle("GET /metrics", a.config.Metrics)
	}
	if a.config.Reports.Keys != nil {
		a.mux.HandleFunc("GET /.well-known/heyan-report-keys.json", a.serve(a.getKeys))
	}
	a.mux.HandleFunc("GET /openapi.json", a.getOpenAPI)
	a.mux.HandleFunc("GET /docs", a.getDocs)
}

// route adds a route for holders of tokens.
func (a *API) route(pattern string, h handler) {
	a.mux.Handle(pattern, a.member(a.serve(h)))
}

// memberMux is where huma puts its routes: among ours, for holders of tokens.
type memberMux struct{ *API }

// HandleFunc adds a route.
func (m memberMux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.mux.Handle(pattern, m.member(http.HandlerFunc(h)))
}

type operation[I, O any] func(context.Context, *I) (*O, error)

func get[I, O any](a *API, path, id, summary, tag string, h operation[I, O]) {
	register(a, huma.Operation{Method: http.MethodGet, Path: path, OperationID: id, Summary: summary, Tags: []string{tag}}, h)
}

func post[I, O any](a *API, path string, status int, id, summary, tag string, h operation[I, O]) {
	register(a, huma.Operation{Method: http.MethodPost, Path: path, DefaultStatus: status, OperationID: id, Summary: summary, Tags: []string{tag}}, h)
}

func remove[I, O any](a *API, path, id, summary, tag string, h operation[I, O]) {
	register(a, huma.Operation{Method: http.MethodDelete, Path: path, OperationID: id, Summary: summary, Tags: []string{tag}}, h)
}

// register adds an operation of huma's whose errors are told as everywhere.
func register[I, O any](a *API, op huma.Operation, h operation[I, O]) {
	a.complete(&op)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, a.newFailure(ctx, err)
		}
		return out, nil
	})
}

package httpapi

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// The tags that group operations.
const (
	tagSubmissions = "submissions"
	tagUploads     = "uploads"
	tagAccess      = "access"
	tagWebhooks    = "webhooks"
	tagAdmin       = "admin"
)

// humaConfig is huma without anything of its own: no routes, no $schema, no Link.
func (a *API) humaConfig() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "核验 heyan", Version: "1",
				Description: "教育移动互联网应用程序安装包备案核验 / Checks installation packages against their filing",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", Description: "令牌 / A token: Authorization: Bearer heyan_…"},
				},
			},
			Security: []map[string][]string{{"bearer": {}}},
			Tags: []*huma.Tag{
				{Name: tagSubmissions, Description: "提交与核验 / Submissions and their judgement"},
				{Name: tagUploads, Description: "断点续传（tus 1.0） / Resumable uploads (tus 1.0)"},
				{Name: tagAccess, Description: "机构与令牌 / Organisations and tokens"},
				{Name: tagWebhooks, Description: "回调 / Webhooks"},
				{Name: tagAdmin, Description: "管理 / Administration"},
			},
		},
		Formats: map[string]huma.Format{
			"application/json": huma.DefaultJSONFormat,
			"json":             huma.DefaultJSONFormat,
		},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{a.translate},
	}
}

// complete gives an operation what all have: the errors, and the reading of bodies.
func (a *API) complete(op *huma.Operation) {
	op.Middlewares = append(op.Middlewares, a.bodied)
	op.MaxBodyBytes = maxJSON + 1
	op.BodyReadTimeout = -1 // requestBody sees to slow clients
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = &huma.Response{
		Description: "错误 / An error",
		Content:     map[string]*huma.MediaType{problemType: {Schema: a.schema(Problem{})}},
	}
}

func (a *API) schema(v any) *huma.Schema {
	return a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(v), true, "")
}

// Schema says what a filing in JSON looks like: the fields are rules/filing's.
func (FilingBody) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{
		Description: "备案信息：对象，或含 YAML 的字符串；字段见 docs/filing.md / The filing: an object, or a string with YAML; fields: docs/filing.md",
		OneOf:       []*huma.Schema{{Type: huma.TypeObject, AdditionalProperties: true}, {Type: huma.TypeString}},
	}
	s.PrecomputeMessages()
	for _, one := range s.OneOf {
		one.PrecomputeMessages()
	}
	return s
}

// describe adds the operations that huma does not run to the document, and writes it.
func (a *API) describe() error {
	for _, op := range a.streamed() {
		a.complete(&op)
		a.huma.OpenAPI().AddOperation(&op)
	}
	a.openAnswers()
	doc, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	if err != nil {
		return err
	}
	doc = append(doc, '\n')
	a.openapi = doc
	return a.renderDocs()
}

// openAnswers lets answers have fields that come later: only what clients send is
// held to the letter.
func (a *API) openAnswers() {
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	for name, s := range schemas {
		if closed, ok := s.AdditionalProperties.(bool); ok && !closed && !sent(name) {
			s.AdditionalProperties = nil
		}
	}
}

// sent reports whether a schema is of a request: huma names those after their input.
func sent(name string) bool {
	for _, suffix := range []string{"InputBody", "Request"} {
		if len(name) > len(suffix) && name[len(name)-len(suffix):] == suffix {
			return true
		}
	}
	return false
}

func (a *API) getOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=300")
	_ = send(w, "application/openapi+json", a.openapi)
}

// streamed describes the plain handlers.
func (a *API) streamed() []huma.Operation {
	id := pathParam("id", "编号 / Id")
	key := headerParam(IdempotencyHeader, "幂等键：同键同内容得同一答复 / Same key and content: same answer")
	digest := headerParam("Repr-Digest", "所发内容的摘要（RFC 9530，sha-256 或 md5） / Digest of what is sent")
	accepted := a.schema(AcceptedSubmission{})
	ops := []huma.Operation{
		{
			Method: http.MethodPost, Path: "/v1/submissions", OperationID: "create-submission", Tags: []string{tagSubmissions},
			Summary:     "提交安装包和备案信息 / Submit a package and its filing",
			Description: "multipart/form-data：先 filing（及可选的 purpose、lane、supersedes），最后 package；或 application/json 只提交备案信息，答复给出上传地址。 / multipart/form-data: filing first (and purpose, lane, supersedes if any), package last; or application/json with the filing alone, answered with where to upload.",
			Parameters:  []*huma.Param{key},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
				"multipart/form-data": {Schema: formSchema()},
				"application/json":    {Schema: a.schema(ReserveRequest{})},
			}},
			Responses: responses(http.StatusCreated, "已收妥 / Safely here", map[string]*huma.MediaType{"application/json": {Schema: accepted}}),
		},
		{
			Method: http.MethodPut, Path: "/v1/submissions/{id}/package", OperationID: "put-package", Tags: []string{tagSubmissions},
			Summary:     "上传安装包 / Upload the package",
			Parameters:  []*huma.Param{id, digest, headerParam("Content-Disposition", "文件名：attachment; filename=\"…\" / File name")},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: binary()}}},
			Responses:   responses(http.StatusOK, "已收妥 / Safely here", map[string]*huma.MediaType{"application/json": {Schema: accepted}}),
		},
		{
			Method: http.MethodGet, Path: "/v1/submissions/{id}/package", OperationID: "get-package", Tags: []string{tagSubmissions},
			Summary: "下载安装包 / Download the package", Parameters: []*huma.Param{id},
			Responses: responses(http.StatusOK, "安装包 / The package", map[string]*huma.MediaType{"application/octet-stream": {Schema: binary()}}),
		},
		{
			Method: http.MethodGet, Path: "/v1/submissions/{id}/report", OperationID: "get-report", Tags: []string{tagSubmissions},
			Summary: "获取报告 / Get the report",
			Parameters: []*huma.Param{id,
				queryParam("judgement", "核验的序号，默认为有效的一次 / Number of the judgement; the one in force by default", &huma.Schema{Type: huma.TypeInteger, Minimum: ptr(1.0)}),
				headerParam("If-None-Match", "已有报告的 ETag / ETag of the report that you have")},
			Responses: withStatus(responses(http.StatusOK, "报告 / The report", map[string]*huma.MediaType{
				formJSON:  {Schema: &huma.Schema{Type: huma.TypeObject, Description: "heyan.report/1: docs/schemas/report-1.json", AdditionalProperties: true}},
				formHTML:  {Schema: &huma.Schema{Type: huma.TypeString}},
				formSARIF: {Schema: &huma.Schema{Type: huma.TypeObject, Description: "SARIF 2.1.0", AdditionalProperties: true}},
			}), http.StatusNotModified, "没有变化 / Not modified"),
		},
		{
			Method: http.MethodGet, Path: "/v1/submissions/{id}/events", OperationID: "stream-events", Tags: []string{tagSubmissions},
			Summary:     "事件流 / Stream of events",
			Description: "Server-sent events：progress 事件，最后一个名为 end。 / Server-sent events: progress, the last one named end.",
			Parameters:  []*huma.Param{id, headerParam("Last-Event-ID", "已收到的最后一个事件 / The last event that you have")},
			Responses: withStatus(responses(http.StatusOK, "事件 / Events", map[string]*huma.MediaType{"text/event-stream": {Schema: a.schema(Progress{})}}),
				http.StatusNoContent, "已经结束 / It has ended"),
		},
		{
			Method: http.MethodGet, Path: "/v1/packages/{sha256}/facts", OperationID: "get-facts", Tags: []string{tagSubmissions},
			Summary: "安装包的检测结果 / What was seen of a package", Parameters: []*huma.Param{pathParam("sha256", "安装包的 SHA-256 / SHA-256 of the package")},
			Responses: responses(http.StatusOK, "heyan.facts/1", map[string]*huma.MediaType{formJSON: {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}}}),
		},
	}
	if a.staging != nil {
		ops = append(ops, describeUploads()...)
	}
	return ops
}

func describeUploads() []huma.Operation {
	version := headerParam("Tus-Resumable", "1.0.0")
	version.Required = true
	id := pathParam("id", "上传的编号 / The upload's id")
	return []huma.Operation{
		{
			Method: http.MethodPost, Path: "/v1/uploads", OperationID: "create-upload", Tags: []string{tagUploads},
			Summary:     "开始断点续传 / Begin a resumable upload",
			Description: "Upload-Metadata：submission（必填，提交的编号）、filename。 / Upload-Metadata: submission (required, the submission's id), filename.",
			Parameters:  []*huma.Param{version, headerParam("Upload-Length", "字节数 / Bytes"), headerParam("Upload-Metadata", "submission …,filename …")},
			Responses:   responses(http.StatusCreated, "Location 为上传地址 / Location is where to upload", nil),
		},
		{
			Method: http.MethodHead, Path: "/v1/uploads/{id}", OperationID: "get-upload-offset", Tags: []string{tagUploads},
			Summary: "查询已收到的字节数 / Ask how much is here", Parameters: []*huma.Param{id, version},
			Responses: responses(http.StatusOK, "Upload-Offset", nil),
		},
		{
			Method: http.MethodPatch, Path: "/v1/uploads/{id}", OperationID: "continue-upload", Tags: []string{tagUploads},
			Summary:     "续传 / Continue",
			Parameters:  []*huma.Param{id, version, headerParam("Upload-Offset", "从哪里继续 / Where to go on")},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/offset+octet-stream": {Schema: binary()}}},
			Responses:   responses(http.StatusNoContent, "已收到 / Received", nil),
		},
		{
			Method: http.MethodDelete, Path: "/v1/uploads/{id}", OperationID: "delete-upload", Tags: []string{tagUploads},
			Summary: "放弃 / Give it up", Parameters: []*huma.Param{id, version},
			Responses: responses(http.StatusNoContent, "已放弃 / Given up", nil),
		},
	}
}

func formSchema() *huma.Schema {
	text := func(description string, enum ...any) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Description: description, Enum: enum}
	}
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"filing", "package"},
		Properties: map[string]*huma.Schema{
			"filing":     text("备案信息，JSON 或 YAML，须在 package 之前 / The filing, JSON or YAML, before the package"),
			"purpose":    text("用途 / What for", "filing", "precheck"),
			"lane":       text("队列 / Queue lane", "interactive", "batch"),
			"supersedes": text("所更正或接续的提交 / The submission that this one corrects or follows"),
			"package":    {Type: huma.TypeString, Format: "binary", Description: "安装包，最后一个部分 / The package, the last part"},
		},
	}
}

func binary() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }

func pathParam(name, doc string) *huma.Param {
	return &huma.Param{Name: name, In: "path", Required: true, Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
}

func headerParam(name, doc string) *huma.Param {
	return &huma.Param{Name: name, In: "header", Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
}

func queryParam(name, doc string, s *huma.Schema) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: doc, Schema: s}
}

func responses(status int, description string, content map[string]*huma.MediaType) map[string]*huma.Response {
	return map[string]*huma.Response{strconv.Itoa(status): {Description: description, Content: content}}
}

func withStatus(r map[string]*huma.Response, status int, description string) map[string]*huma.Response {
	r[strconv.Itoa(status)] = &huma.Response{Description: description}
	return r
}

func ptr[T any](v T) *T { return &v }

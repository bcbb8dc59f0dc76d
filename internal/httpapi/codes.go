package httpapi

import (
	"net/http"

	"heyan/internal/submit"
)

// The codes of this package, beside those of internal/submit.
const (
	CodeUnauthenticated  submit.Code = "unauthenticated"
	CodeBodyInvalid      submit.Code = "body-invalid"
	CodeBodyTooLarge     submit.Code = "body-too-large"
	CodeMediaType        submit.Code = "unsupported-media-type"
	CodeNotAcceptable    submit.Code = "not-acceptable"
	CodeMethodNotAllowed submit.Code = "method-not-allowed"
	CodeMultipartInvalid submit.Code = "multipart-invalid"
	CodeUploadStalled    submit.Code = "upload-stalled"
	CodeRateLimited      submit.Code = "rate-limited"
	CodeTooManyStreams   submit.Code = "too-many-streams"
	CodeUploadOffset     submit.Code = "upload-offset-mismatch"
	CodeUploadLocked     submit.Code = "upload-locked"
	CodeTusVersion       submit.Code = "tus-version-unsupported"
	CodeInternal         submit.Code = "internal"
)

// text is words in both languages.
type text struct{ ZH, EN string }

func (t text) in(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.ZH
}

// meaning is what a code is to HTTP and to people. Detail is what is said where the
// error brings no words of its own.
type meaning struct {
	Status int
	Title  text
	Detail text
}

// meanings is the only table of codes. docs/api.md lists them all; a test compares.
func meanings() map[submit.Code]meaning {
	return map[submit.Code]meaning{
		submit.CodeFilingInvalid: {http.StatusUnprocessableEntity,
			text{"备案信息有误", "The filing is not valid"},
			text{"请按所列各项改正备案信息后重新提交", "Correct what is listed and submit again."}},
		submit.CodeRequestInvalid: {http.StatusUnprocessableEntity,
			text{"请求有误", "The request is not valid"},
			text{"请按所列各项改正后重发", "Correct what is listed and send it again."}},
		submit.CodeTooLarge: {http.StatusRequestEntityTooLarge,
			text{"安装包过大", "The package is too large"},
			text{"安装包超过上限，请提交更小的安装包", "The package is over the limit: submit a smaller one."}},
		submit.CodeEmpty: {http.StatusUnprocessableEntity,
			text{"安装包是空的", "The package is empty"},
			text{"请核对所上传的文件", "Check the file that you upload."}},
		submit.CodeStoreFull: {http.StatusInsufficientStorage,
			text{"存储空间不足", "The store is nearly full"},
			text{"请稍后重试，并通知管理员", "Try again later and tell the operator."}},
		submit.CodeDigestMismatch: {http.StatusUnprocessableEntity,
			text{"内容与声明的摘要不符", "Other bytes arrived than were announced"},
			text{"请重新上传", "Upload it again."}},
		submit.CodeSizeMismatch: {http.StatusBadRequest,
			text{"内容与声明的长度不符", "Another length arrived than was announced"},
			text{"请重新上传", "Upload it again."}},
		submit.CodeUploadCut: {http.StatusBadRequest,
			text{"上传中断", "The upload was cut short"},
			text{"安装包未保存，请重新上传", "Nothing was kept: upload it again."}},
		submit.CodeTooManyUploads: {http.StatusTooManyRequests,
			text{"同时上传过多", "Too many uploads at once"},
			text{"请稍后重试", "Try again shortly."}},
		submit.CodeNotFound: {http.StatusNotFound,
			text{"没有找到", "Not found"},
			text{"请核对地址、编号以及令牌所属的机构", "Check the address, the id and whose token you use."}},
		submit.CodeWrongState: {http.StatusConflict,
			text{"当前状态不允许此操作", "The state does not allow this"},
			text{"请先查询其状态", "Look at its state first."}},
		submit.CodeIdempotencyReused: {http.StatusUnprocessableEntity,
			text{"Idempotency-Key 已用于其他请求", "The Idempotency-Key was used for another request"},
			text{"请换一个新的 Idempotency-Key", "Send a new Idempotency-Key."}},
		submit.CodeIdempotencyInvalid: {http.StatusBadRequest,
			text{"Idempotency-Key 无效", "The Idempotency-Key is not valid"},
			text{"Idempotency-Key 应为 1 至 255 个可见 ASCII 字符", "An Idempotency-Key is 1 to 255 visible ASCII characters."}},
		submit.CodeUnavailable: {http.StatusServiceUnavailable,
			text{"服务暂时不可用", "The service is not available"},
			text{"请稍后重试", "Try again shortly."}},
		submit.CodeForbidden: {http.StatusForbidden,
			text{"没有权限", "Not allowed"},
			text{"请使用具有相应权限范围的令牌", "Use a token with the scope that this needs."}},
		submit.CodeNameTaken: {http.StatusConflict,
			text{"名称已被使用", "The name is taken"},
			text{"请换一个名称", "Choose another name."}},
		CodeUnauthenticated: {http.StatusUnauthorized,
			text{"未通过身份验证", "Not authenticated"},
			text{"请在 Authorization 头中以 Bearer 方式提供有效的令牌", "Send a valid token: Authorization: Bearer …"}},
		CodeBodyInvalid: {http.StatusBadRequest,
			text{"请求正文无法读取", "The request's body cannot be read"},
			text{"请发送格式正确的正文", "Send a well-formed body."}},
		CodeBodyTooLarge: {http.StatusRequestEntityTooLarge,
			text{"请求正文过大", "The request's body is too large"},
			text{"请缩短正文", "Send a shorter body."}},
		CodeMediaType: {http.StatusUnsupportedMediaType,
			text{"不支持的内容类型", "The media type is not supported"},
			text{"请使用接口文档所列的 Content-Type", "Use a Content-Type that the API's documentation lists."}},
		CodeNotAcceptable: {http.StatusNotAcceptable,
			text{"没有所要的格式", "Not available in that form"},
			text{"可用的格式：application/json、text/html、application/sarif+json", "Available: application/json, text/html, application/sarif+json."}},
		CodeMethodNotAllowed: {http.StatusMethodNotAllowed,
			text{"不支持的方法", "The method is not allowed"},
			text{"可用的方法见 Allow 头", "See the Allow header for the methods there are."}},
		CodeMultipartInvalid: {http.StatusBadRequest,
			text{"multipart 正文有误", "The multipart body is not valid"},
			text{"请依次发送 filing 和 package 两个部分", "Send the parts filing and package, in this order."}},
		CodeUploadStalled: {http.StatusRequestTimeout,
			text{"上传过慢或停滞", "The upload stalled"},
			text{"请检查网络后重新上传，或改用断点续传", "Check the network and upload it again, or use a resumable upload."}},
		CodeRateLimited: {http.StatusTooManyRequests,
			text{"请求过于频繁", "Too many requests"},
			text{"请按 Retry-After 稍后重试", "Wait as Retry-After says and try again."}},
		CodeTooManyStreams: {http.StatusTooManyRequests,
			text{"事件流过多", "Too many event streams"},
			text{"请关闭不用的事件流，或改为查询状态", "Close the streams you do not need, or ask for the state instead."}},
		CodeUploadOffset: {http.StatusConflict,
			text{"续传位置不符", "The offset does not match"},
			text{"请用 HEAD 查询 Upload-Offset 后从该处继续", "Ask with HEAD for the Upload-Offset and go on from there."}},
		CodeUploadLocked: {http.StatusLocked,
			text{"此上传正被另一请求使用", "Another request is using this upload"},
			text{"请稍后重试", "Try again shortly."}},
		CodeTusVersion: {http.StatusPreconditionFailed,
			text{"不支持的 tus 版本", "The tus version is not supported"},
			text{"请发送 Tus-Resumable: 1.0.0", "Send Tus-Resumable: 1.0.0."}},
		CodeInternal: {http.StatusInternalServerError,
			text{"内部错误", "Internal error"},
			text{"这是核验的问题，请将 request_id 告知管理员", "The fault is heyan's: give the operator the request_id."}},
	}
}

package submit

import (
	"errors"
	"fmt"
	"time"

	"heyan/storage/record"
)

// What callers are told, one constructor each.

func errForbidden(m method) *Error {
	return &Error{Code: CodeForbidden,
		ZH:    "此令牌没有这项操作的权限，请使用具有相应权限范围的令牌",
		EN:    "this token may not do this: use one with the scope that it needs",
		Cause: fmt.Errorf("no scope for %s", m)}
}

func errNotFound() *Error {
	return &Error{Code: CodeNotFound,
		ZH: "没有这份提交，请核对编号以及令牌所属的机构",
		EN: "there is no such submission: check the id and whose token you use"}
}

func errInvalid(problems ...Problem) *Error {
	return &Error{Code: CodeRequestInvalid, Problems: problems,
		ZH: "请求有误，请按所列各项改正后重发",
		EN: "the request is not valid: correct what is listed and send it again"}
}

func errFiling(problems []Problem) *Error {
	return &Error{Code: CodeFilingInvalid, Problems: problems,
		ZH: "备案信息无法读取，请按所列各行改正后重新提交",
		EN: "the filing cannot be read: correct the lines listed and submit again"}
}

func errKeyInvalid() *Error {
	return &Error{Code: CodeIdempotencyInvalid,
		ZH: "Idempotency-Key 应为 1 至 255 个可见 ASCII 字符",
		EN: "an Idempotency-Key is 1 to 255 visible ASCII characters"}
}

func errKeyReused(cause error) *Error {
	return &Error{Code: CodeIdempotencyReused, Cause: cause,
		ZH: "这个 Idempotency-Key 已用于内容不同的请求，请换一个新的",
		EN: "this Idempotency-Key was used for another request: send a new one"}
}

func errTooLarge(limit int64) *Error {
	return &Error{Code: CodeTooLarge,
		ZH: fmt.Sprintf("安装包超过 %d 字节的上限，请提交更小的安装包", limit),
		EN: fmt.Sprintf("the package is over the limit of %d bytes: submit a smaller one", limit)}
}

func errEmpty() *Error {
	return &Error{Code: CodeEmpty,
		ZH: "安装包是空的，请核对所上传的文件",
		EN: "the package has no bytes: check the file you upload"}
}

func errFull(cause error) *Error {
	return &Error{Code: CodeStoreFull, Cause: cause, RetryAfter: 5 * time.Minute,
		ZH: "存储空间不足，安装包未保存，请稍后重试并通知管理员",
		EN: "the store is nearly full and the package was not kept: try again later and tell the operator"}
}

func errDigest(announced, got string) *Error {
	return &Error{Code: CodeDigestMismatch,
		ZH: fmt.Sprintf("收到的内容的 SHA-256 是 %s，与声明的 %s 不符，请重新上传", got, announced),
		EN: fmt.Sprintf("the SHA-256 of what arrived is %s, announced was %s: upload it again", got, announced)}
}

func errSize(announced, got int64) *Error {
	e := &Error{Code: CodeSizeMismatch,
		ZH: fmt.Sprintf("声明 %d 字节，收到 %d 字节，请重新上传", announced, got),
		EN: fmt.Sprintf("%d bytes were announced and %d arrived: upload it again", announced, got)}
	if got > announced {
		e.ZH = fmt.Sprintf("收到的内容多于声明的 %d 字节，请核对后重新上传", announced)
		e.EN = fmt.Sprintf("more than the announced %d bytes arrived: check and upload it again", announced)
	}
	return e
}

func errCut(cause error) *Error {
	return &Error{Code: CodeUploadCut, Cause: cause,
		ZH: "上传中断，安装包未保存，请重新上传",
		EN: "the upload was cut short and the package was not kept: upload it again"}
}

func errTooMany() *Error {
	return &Error{Code: CodeTooManyUploads, RetryAfter: 5 * time.Second,
		ZH: "同时上传的安装包过多，请稍后重试",
		EN: "too many packages are being uploaded at once: try again shortly"}
}

func errState(state record.State) *Error {
	return &Error{Code: CodeWrongState,
		ZH: fmt.Sprintf("这份提交当前的状态是 %s，不能进行此操作，请先查询其状态", state),
		EN: fmt.Sprintf("the submission is %s, which does not allow this: look at its state first", state)}
}

func errPackageGone() *Error {
	return &Error{Code: CodeNotFound,
		ZH: "这份提交没有保存安装包：尚未上传，或预检已过期",
		EN: "no package is kept for this submission: it was not uploaded yet, or the precheck has expired"}
}

func errUnavailable(cause error) *Error {
	return &Error{Code: CodeUnavailable, Cause: cause, RetryAfter: 10 * time.Second,
		ZH: "服务暂时不可用，请稍后重试",
		EN: "the service is not available for the moment: try again shortly"}
}

func errTooSlow(took, limit time.Duration) *Error {
	return &Error{Code: CodeUploadCut,
		ZH:    fmt.Sprintf("上传历时超过 %v，安装包未保存，请改用断点续传", limit),
		EN:    fmt.Sprintf("the upload took more than %v and was not kept: use a resumable upload", limit),
		Cause: fmt.Errorf("took %v", took)}
}

// told turns an error of the records into what the caller is told.
func told(err error) error {
	var known *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return known
	case errors.Is(err, record.ErrNotFound):
		return errNotFound()
	case errors.Is(err, record.ErrKeyReused):
		return errKeyReused(err)
	default:
		return errUnavailable(err)
	}
}

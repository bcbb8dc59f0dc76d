package access

import (
	"errors"
	"time"

	"heyan/internal/submit"
	"heyan/storage/record"
)

// retryAfter is when records that could not be reached may be asked again.
const retryAfter = 5 * time.Second

func unavailable(cause error) error {
	return &submit.Error{
		Code: submit.CodeUnavailable, Cause: cause, RetryAfter: retryAfter,
		ZH: "数据库暂时无法访问，请稍后重试", EN: "the database can't be reached for the moment; try again later",
	}
}

func forbidden(zh, en string) error {
	return &submit.Error{Code: submit.CodeForbidden, ZH: zh, EN: en}
}

func invalid(zh, en string) error {
	return &submit.Error{Code: submit.CodeRequestInvalid, ZH: zh, EN: en}
}

func notFound(zh, en string) error {
	return &submit.Error{Code: submit.CodeNotFound, Cause: record.ErrNotFound, ZH: zh, EN: en}
}

func noOrganisation() error {
	return notFound("没有这个机构，请检查机构编号", "there is no such organisation; check its id")
}

func noToken() error {
	return notFound("没有这个令牌，请检查令牌编号", "there is no such token; check its id")
}

// told turns what the records say into what the caller is told: missing where it was
// not found, else that they cannot be reached.
func told(err, missing error) error {
	if errors.Is(err, record.ErrNotFound) {
		return missing
	}
	return unavailable(err)
}

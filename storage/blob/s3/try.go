package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/minio/minio-go/v7"

	"heyan/storage/blob"
)

const (
	attempts   = 3
	firstPause = 50 * time.Millisecond
)

// errSlow ends a request that took longer than its deadline. It is not tried again:
// the caller has waited long enough.
var errSlow = errors.New("the object store did not answer in time")

// try runs do up to three times while it fails in ways that pass, each time within
// the timeout (none if it is 0). It gives the error its kind.
func (s *Store) try(ctx context.Context, timeout time.Duration, do func(context.Context) error) error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := once(ctx, timeout, do)
		if err == nil || attempt == attempts || !passing(err) || ctx.Err() != nil {
			return kind(err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return kind(err)
		}
		pause *= 4
	}
}

func once(ctx context.Context, timeout time.Duration, do func(context.Context) error) error {
	if timeout == 0 {
		return do(ctx)
	}
	attempt, cancel := context.WithTimeoutCause(ctx, timeout, errSlow)
	defer cancel()
	err := do(attempt)
	if err != nil && context.Cause(attempt) != nil {
		return context.Cause(attempt)
	}
	return err
}

// passing says whether an error may be gone at the next attempt: no answer at all,
// or one of the server being busy.
func passing(err error) bool {
	if errors.Is(err, errSlow) || errors.Is(err, context.Canceled) {
		return false
	}
	answer := minio.ToErrorResponse(err)
	if answer.StatusCode == 0 && answer.Code == "" {
		return true
	}
	return !full(answer) && (answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests ||
		slices.Contains(busyCodes, answer.Code))
}

// unsure says whether a write that failed so may have been carried out.
func unsure(err error) bool {
	answer := minio.ToErrorResponse(err)
	return answer.StatusCode == 0 || answer.StatusCode >= 500
}

var (
	busyCodes = []string{
		"RequestTimeout", "SlowDown", "SlowDownRead", "SlowDownWrite", "Throttling", "ThrottlingException",
		"ConditionalRequestConflict", "OperationAborted",
	}
	fullCodes = []string{
		"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage", "InsufficientCapacity",
		"InsufficientStorageSpace", "StorageFull", "DiskQuotaExceeded", "NoSpaceLeft",
	}
)

func full(answer minio.ErrorResponse) bool {
	return answer.StatusCode == http.StatusInsufficientStorage || slices.Contains(fullCodes, answer.Code)
}

// kind gives an error of the server the contract's kind.
func kind(err error) error {
	if err == nil {
		return nil
	}
	answer := minio.ToErrorResponse(err)
	switch {
	case answer.Code == minio.NoSuchKey:
		return blob.ErrNotFound
	case answer.Code == minio.PreconditionFailed || answer.StatusCode == http.StatusPreconditionFailed:
		return blob.ErrExists
	case full(answer):
		return fmt.Errorf("%w: %w", blob.ErrFull, err)
	case answer.Code != "":
		return fmt.Errorf("%w (%s)", err, answer.Code)
	}
	return err
}

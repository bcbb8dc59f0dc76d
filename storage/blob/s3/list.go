package s3

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"heyan/storage/blob"
)

const page = 1000 // keys a server gives at once

// List implements blob.Store. Objects that are none of heyan's are passed over.
func (s *Store) List(ctx context.Context, after string, limit int) ([]blob.Object, error) {
	options := minio.ListObjectsOptions{Prefix: s.Prefix, Recursive: true, MaxKeys: min(limit, page), FetchOwner: new(bool)}
	if after != "" {
		if err := blob.CheckKey(after); err != nil {
			return nil, fmt.Errorf("list objects: %w", err)
		}
		options.StartAfter = s.Prefix + after
	}
	if limit <= 0 {
		return nil, nil
	}
	var found []blob.Object
	err := s.try(ctx, time.Duration(1+limit/page)*s.Timeout, func(ctx context.Context) error {
		found = found[:0]
		for info := range s.client.ListObjectsIter(ctx, s.Bucket, options) {
			if info.Err != nil {
				return info.Err
			}
			key, ours := strings.CutPrefix(info.Key, s.Prefix)
			if !ours || blob.CheckKey(key) != nil || key <= after {
				continue
			}
			found = append(found, blob.Object{Key: key, Size: info.Size, Modified: info.LastModified.UTC()})
			if len(found) == limit {
				return nil
			}
		}
		return ctx.Err() // which ends the listing without a word
	})
	if err != nil {
		return nil, fmt.Errorf("list objects: %w", err)
	}
	return found, nil
}

// Sweep implements blob.Store: it aborts multipart uploads below the prefix that
// began before the time, got no part since then, and are none of this process.
func (s *Store) Sweep(ctx context.Context, before time.Time) (int, error) {
	removed := 0
	var keyMarker, idMarker string
	for {
		var found minio.ListMultipartUploadsResult
		err := s.try(ctx, s.Timeout, func(ctx context.Context) (err error) {
			// Without a prefix: MinIO takes one for the name of an object.
			found, err = s.client.ListMultipartUploads(ctx, s.Bucket, "", keyMarker, idMarker, "", page)
			return err
		})
		if err != nil {
			return removed, fmt.Errorf("list uploads: %w", err)
		}
		for _, upload := range found.Uploads {
			dead, err := s.isDead(ctx, upload, before)
			if err == nil && dead {
				err = s.abort(ctx, upload.Key, upload.UploadID)
			}
			if err != nil {
				return removed, fmt.Errorf("sweep upload of %q: %w", upload.Key, err)
			}
			if dead {
				removed++
			}
		}
		if !found.IsTruncated || found.NextKeyMarker == keyMarker && found.NextUploadIDMarker == idMarker {
			return removed, nil
		}
		keyMarker, idMarker = found.NextKeyMarker, found.NextUploadIDMarker
	}
}

func (s *Store) isDead(ctx context.Context, upload minio.ObjectMultipartInfo, before time.Time) (bool, error) {
	key, ours := strings.CutPrefix(upload.Key, s.Prefix)
	if !ours || blob.CheckKey(key) != nil || !upload.Initiated.Before(before) || s.isRunning(upload.UploadID) {
		return false, nil
	}
	for marker := 0; ; {
		var parts minio.ListObjectPartsResult
		err := s.try(ctx, s.Timeout, func(ctx context.Context) (err error) {
			parts, err = s.client.ListObjectParts(ctx, s.Bucket, upload.Key, upload.UploadID, marker, page)
			return err
		})
		if gone(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		for _, part := range parts.ObjectParts {
			if !part.LastModified.Before(before) {
				return false, nil
			}
		}
		if !parts.IsTruncated || parts.NextPartNumberMarker <= marker {
			return true, nil
		}
		marker = parts.NextPartNumberMarker
	}
}

package submit

import (
	"context"
	"errors"

	"heyan/storage/blob"
	"heyan/storage/record"
)

// damaged returns the object that the records have for the bytes of a package just
// stored, if the store no longer has it as it was put; the zero Damage where all is
// well, or where these bytes are new. So a package that was lost is there again, for
// all submissions that have it, as soon as somebody uploads it again; to lead the
// new submission to an object that is gone would lose an acknowledged one. Only the
// size is compared: who reads the bytes hashes them.
func (s *Service) damaged(ctx context.Context, b record.Blob) (record.Damage, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	known, err := s.records.BlobBySHA256(ctx, b.SHA256)
	if errors.Is(err, record.ErrNotFound) {
		return record.Damage{}, nil
	}
	if err != nil {
		return record.Damage{}, told(err)
	}
	o, err := s.blobs.Stat(ctx, known.Key)
	d := record.Damage{Key: known.Key}
	switch {
	case errors.Is(err, blob.ErrNotFound):
		d.Kind = record.AlarmBlobMissing
	case err != nil:
		return record.Damage{}, errUnavailable(err)
	case o.Size != known.Size:
		d.Kind = record.AlarmBlobAltered
	default:
		return record.Damage{}, nil
	}
	return d, nil
}

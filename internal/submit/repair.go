package submit

import (
	"context"
	"errors"

	"heyan/storage/blob"
	"heyan/storage/record"
)

// damaged returns the object that the records have for the bytes of a package, if the
// store no longer has it as it was put; the zero Damage where all is well, or where
// these bytes are new. So a package that was lost is there again, for all submissions
// that have it, as soon as somebody uploads it again; to lead a new submission to an
// object that is gone would lose an acknowledged one. The bytes are not read: their
// size is compared, and an alarm of somebody who did read and hash them is believed.
func (s *Service) damaged(ctx context.Context, sha256 string) (record.Damage, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	known, err := s.records.BlobBySHA256(ctx, sha256)
	if errors.Is(err, record.ErrNotFound) {
		return record.Damage{}, nil
	}
	if err != nil {
		return record.Damage{}, told(err)
	}
	o, err := s.blobs.Stat(ctx, known.Key)
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return record.Damage{Key: known.Key, Kind: record.AlarmBlobMissing}, nil
	case err != nil:
		return record.Damage{}, errUnavailable(err)
	}
	altered := o.Size != known.Size
	if !altered {
		if altered, err = s.records.BlobAltered(ctx, known); err != nil {
			return record.Damage{}, told(err)
		}
	}
	if !altered {
		return record.Damage{}, nil
	}
	return record.Damage{Key: known.Key, Kind: record.AlarmBlobAltered}, nil
}

// lost reports whether the package of a submission is damaged: then one that is
// handed in for it once more is stored, though the submission stays as it is.
func (s *Service) lost(ctx context.Context, sub record.Submission) (bool, error) {
	if sub.SHA256 == "" { // it has none, or had one and gave it up
		return false, nil
	}
	d, err := s.damaged(ctx, sub.SHA256)
	return d.Key != "", err
}

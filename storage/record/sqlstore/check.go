package sqlstore

import (
	"context"
	"time"
)

// Check returns the engine and version, and how far its clock is ahead of now.
func (s *Store) Check(ctx context.Context, now time.Time) (version string, skew time.Duration, err error) {
	var clock int64
	asked := time.Now() // only for how long the answer takes
	err = s.read(ctx, "check the database", func(q queryer) error {
		if version, err = one(ctx, q, column[string], s.dialect.version); err != nil {
			return err
		}
		clock, err = one(ctx, q, column[int64], s.dialect.clock)
		return err
	})
	if err != nil {
		return "", 0, err
	}
	return version, time.UnixMicro(clock).Sub(now.Add(time.Since(asked) / 2)), nil
}

// Size returns the bytes that the database takes.
func (s *Store) Size(ctx context.Context) (size int64, err error) {
	err = s.read(ctx, "measure the database", func(q queryer) error {
		size, err = one(ctx, q, column[int64], s.dialect.size)
		return err
	})
	return size, err
}

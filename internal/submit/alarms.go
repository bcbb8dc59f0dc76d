package submit

import (
	"context"

	"heyan/storage/record"
)

// Alarms returns what operators must look at, the newest first; after is the id of
// the last one seen.
func (s *Service) Alarms(ctx context.Context, c Caller, after string, limit int) ([]record.Alarm, error) {
	if err := allow(c, methodAlarms); err != nil {
		return nil, err
	}
	list, err := s.records.Alarms(ctx, after, page(limit))
	return list, told(err)
}

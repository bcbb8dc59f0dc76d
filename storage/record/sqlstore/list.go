package sqlstore

import (
	"context"
	"fmt"

	"heyan/storage/record"
)

// ListSubmissions returns the newest first, without Filing.
func (s *Store) ListSubmissions(ctx context.Context, f record.Filter) (list []record.Submission, err error) {
	err = s.read(ctx, "list submissions", func(q queryer) error {
		query, args, err := submissionList(ctx, q, f)
		if err != nil {
			return err
		}
		list, err = filtered(ctx, s.reader, scanSubmission, query, args)
		return err
	})
	return list, err
}

func submissionList(ctx context.Context, q queryer, f record.Filter) (query string, args []any, err error) {
	var w filter
	if f.Organisation != "" {
		w.where("organisation =", f.Organisation)
	}
	if f.PackageID != "" {
		w.where("package_id =", indexed(f.PackageID))
		w.and("package_id <> ''")
	}
	if f.SHA256 != "" {
		w.where("sha256 =", f.SHA256)
		w.and("sha256 <> '' AND state <> 'expired'")
	}
	if f.MD5 != "" {
		w.where("md5 =", f.MD5)
		w.and("md5 <> '' AND state <> 'expired'")
	}
	if f.Platform != "" {
		w.where("platform =", f.Platform)
	}
	if f.Purpose != "" {
		w.where("purpose =", f.Purpose)
	}
	if !f.Since.IsZero() {
		w.where("created >=", f.Since)
	}
	if !f.Before.IsZero() {
		w.where("created <", f.Before)
	}
	if f.After != "" {
		last, err := lastSeen(ctx, q, f)
		if err != nil {
			return "", nil, err
		}
		w.after(last, f.After)
	}
	query = w.newest(submissionColumns, "submissions", alternatives(&w, f), f.Limit)
	return query, w.args, nil
}

// lastSeen returns when the submission was made behind which the list goes on.
func lastSeen(ctx context.Context, q queryer, f record.Filter) (int64, error) {
	created, err := one(ctx, q, column[int64], `
		SELECT created
		FROM submissions
		WHERE id = $1 AND (organisation = $2 OR CAST($2 AS TEXT) = '')`, f.After, f.Organisation)
	if err != nil {
		return 0, fmt.Errorf("the last one seen: %w", err)
	}
	return created, nil
}

// alternatives are the states and verdicts that are asked for, each with each.
func alternatives(w *filter, f record.Filter) []string {
	var states, verdicts []string
	for _, state := range f.States {
		states = append(states, "state = "+w.arg(state))
	}
	for _, verdict := range f.Verdicts {
		verdicts = append(verdicts, "verdict = "+w.arg(verdict)+" AND verdict <> ''")
	}
	if len(states) == 0 || len(verdicts) == 0 {
		return append(states, verdicts...)
	}
	var all []string
	for _, state := range states {
		for _, verdict := range verdicts {
			all = append(all, state+" AND "+verdict)
		}
	}
	return all
}

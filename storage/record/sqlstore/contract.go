package sqlstore

import "heyan/storage/record"

// The whole contract.
var (
	_ record.Submissions   = (*Store)(nil)
	_ record.Idempotencies = (*Store)(nil)
	_ record.Judgements    = (*Store)(nil)
	_ record.Jobs          = (*Store)(nil)
	_ record.JobAdmin      = (*Store)(nil)
	_ record.FactsStore    = (*Store)(nil)
	_ record.Blobs         = (*Store)(nil)
	_ record.Access        = (*Store)(nil)
	_ record.Organisations = (*Store)(nil)
	_ record.Webhooks      = (*Store)(nil)
	_ record.Outbox        = (*Store)(nil)
	_ record.Keys          = (*Store)(nil)
	_ record.Alarms        = (*Store)(nil)
	_ record.Rejudges      = (*Store)(nil)
	_ record.Checker       = (*Store)(nil)
	_ record.Sizer         = (*Store)(nil)
	_ record.Backuper      = (*Store)(nil)
)

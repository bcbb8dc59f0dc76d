package record

import (
	"context"
	"time"
)

// Idempotency ties a caller's key to the answer it got.
type Idempotency struct {
	Key string // as sent; empty: none
	// Request is the digest of all that was asked. The same key with another
	// request is ErrKeyReused.
	Request string
	Expires time.Time
}

// NewSubmission is a submission to be made, with its job where the package is there.
type NewSubmission struct {
	Submission  Submission
	Idempotency Idempotency
	// Blob is the package just put into the store, nil where it is still awaited.
	// JobID is then the id of the job to make.
	Blob  *Blob
	JobID string
	// AttachedExpires is what Expires becomes once an awaited precheck has its
	// package; zero leaves Expires. A filing with its package does not expire.
	AttachedExpires time.Time
}

// Accepted is what became of a submission handed in.
type Accepted struct {
	Submission Submission
	// Replayed: the idempotency key was there, Submission is the earlier one and
	// nothing was made.
	Replayed bool
	// BlobKey is where the package's bytes are. Another key than the one handed in
	// means that the bytes were there already: the caller deletes its copy.
	BlobKey string
	// Repaired: the object handed in has taken the place of Blob.Instead, for all
	// submissions that had it. An alarm is recorded with it. A replay repairs as well.
	Repaired bool
	// Job is the job made, "" where there is none.
	Job string
	// Twin is the SHA-256 of another package with the same MD5, "" where there is
	// none. An alarm is recorded with it.
	Twin string
}

// Submissions is what serves the API's callers.
type Submissions interface {
	// CreateSubmission makes a submission and, with a blob, its job: state queued.
	// ErrKeyReused; ErrNotFound where Supersedes is not the organisation's. Where the
	// records have the bytes under another key, that one stays, unless it is the
	// Instead of the blob: then the new object takes its place.
	CreateSubmission(ctx context.Context, n NewSubmission) (Accepted, error)
	// AttachPackage gives an awaiting submission its package and makes its job.
	// ErrConflict where it is not awaiting one, unless it has these very bytes:
	// then it is Replayed. Keys are as with CreateSubmission.
	AttachPackage(ctx context.Context, org, id string, b Blob, jobID, fileName string, now time.Time) (Accepted, error)
	// Submission returns one. org "" is every organisation, for administrators.
	Submission(ctx context.Context, org, id string) (Submission, error)
	// ListSubmissions returns the newest first, without Filing. org "" is every
	// organisation, for administrators.
	ListSubmissions(ctx context.Context, f Filter) ([]Submission, error)
	// Recheck makes a job against a corrected filing: judged → queued. ErrConflict
	// in any other state.
	Recheck(ctx context.Context, r Recheck) (Job, error)
	// Cancel ends a submission that is not judged: at once where no worker has it,
	// else by asking the worker. ErrConflict where it has ended. A recheck that is
	// canceled leaves the submission judged, with its filing as before.
	Cancel(ctx context.Context, org, id string, now time.Time) (Submission, error)
}

// Idempotencies tells beforehand what a key was used for, so that a package that
// was received before is not stored again only to be compared.
type Idempotencies interface {
	// IdempotencyKey returns the digest of the request that the organisation's key
	// was used for and the submission that was its answer. ErrNotFound where it was
	// not used or is no longer remembered.
	IdempotencyKey(ctx context.Context, org, key string, now time.Time) (request, submission string, err error)
}

// Recheck is a corrected filing for a judged submission.
type Recheck struct {
	Organisation, Submission, JobID string
	Filing                          []byte
	FilingDigest, Platform, AppName string
	Lane                            string
	Idempotency                     Idempotency
	Now                             time.Time
}

// Filter selects submissions. Zero fields do not restrict.
type Filter struct {
	Organisation  string
	States        []State
	Verdicts      []string
	Platform      string
	PackageID     string
	SHA256, MD5   string
	Purpose       Purpose
	Since, Before time.Time // Created
	After         string    // keyset: the id of the last one seen
	Limit         int
}

// Judgements reads what was judged.
type Judgements interface {
	// Judgements returns all of a submission, oldest first.
	Judgements(ctx context.Context, org, submission string) ([]Judgement, error)
	// Report returns the report of one judgement; seq 0 is the one in force.
	Report(ctx context.Context, org, submission string, seq int) (Judgement, Report, error)
	// ReportByDigest tells whether a report is ours: the judgement it belongs to.
	ReportByDigest(ctx context.Context, digest string) (Judgement, Report, error)
	// Earlier returns the newest judged filing of the app in the organisation on
	// the platform, other than the submission and created before it, nil without one.
	Earlier(ctx context.Context, org, packageID, platform, submission string) (*Earlier, error)
	// Elsewhere reports whether another organisation has a judged filing of the app.
	Elsewhere(ctx context.Context, org, packageID string) (bool, error)
	// FactsVisible reports whether the organisation ever submitted these bytes.
	FactsVisible(ctx context.Context, org, sha256 string) (bool, error)
}

// Jobs is what workers live on.
type Jobs interface {
	// Claim gives the job to the worker until now+lease: state running, Epoch and
	// Attempts one more, Lost one more where another's lease had run out. ErrNotDue.
	Claim(ctx context.Context, job, worker string, now time.Time, lease time.Duration) (Job, error)
	// Heartbeat extends the lease and says how far the work is. It reports whether
	// cancelling was asked. ErrFenced.
	Heartbeat(ctx context.Context, b Beat) (cancel bool, err error)
	// Release puts a job back: queued, due at runAt. ErrFenced.
	Release(ctx context.Context, r Release) error
	// Finish writes a job's outcome: judgement, report, facts, the submission's
	// state, the deliveries to the organisation's webhooks. It is the last thing a
	// worker does with a job, and happens once. ErrFenced.
	Finish(ctx context.Context, o Outcome) (Judgement, error)
	// FinishCanceled ends a running job whose cancelling was asked. ErrFenced.
	FinishCanceled(ctx context.Context, job string, epoch int64, now time.Time) error
	// Bury makes a job dead: an operator must look. ErrFenced.
	Bury(ctx context.Context, job string, epoch int64, reason string, now time.Time) error
}

// JobAdmin looks after jobs from outside.
type JobAdmin interface {
	// Job returns one, without Filing.
	Job(ctx context.Context, id string) (Job, error)
	// LatestJob returns the newest job of a submission that is no re-judgement.
	LatestJob(ctx context.Context, org, submission string) (Job, error)
	// Due returns up to limit jobs of a lane that are due at now and have no live
	// lease, those due longest first.
	Due(ctx context.Context, lane string, now time.Time, limit int) ([]Job, error)
	// Exhume makes a dead job queued again, its attempts, crashes and lost leases
	// counted from 0. ErrConflict where it is not dead.
	Exhume(ctx context.Context, id string, now time.Time) error
	// Abandon ends the leases of all running jobs and all claims to analyse, and
	// returns how many jobs these were. It is for who knows that no worker of this
	// database lives. The jobs are due at once; their next claims count a lost lease
	// as if it had run out.
	Abandon(ctx context.Context, now time.Time) (jobs int, err error)
	// Backlog returns, by lane, how many jobs wait and since when the oldest is due.
	Backlog(ctx context.Context, now time.Time) ([]Backlog, error)
}

// Backlog is what waits in a lane.
type Backlog struct {
	Lane   string
	Queued int64
	// Running counts the jobs with a live lease, Dead those for an operator.
	Running, Dead int64
	OldestDue     time.Time // zero where nothing waits
}

// Beat is a heartbeat.
type Beat struct {
	Job        string
	Epoch      int64
	LeaseUntil time.Time
	Stage      string
	Percent    int
}

// Release is why and until when a job is put back.
type Release struct {
	Job    string
	Epoch  int64
	RunAt  time.Time
	Reason string
	// Crashed counts one more child that died on the package.
	Crashed bool
	// Unattempted takes the attempt back: the worker is stopping, or another
	// analyses the same bytes just now.
	Unattempted bool
}

// Outcome is a finished job.
type Outcome struct {
	Job       string
	Epoch     int64
	Judgement Judgement // without Submission, Job, Seq, Cause
	Report    Report
	PackageID string
	Version   string
	// Platform is that of the package as it was found, "" where it is none.
	Platform string
	// Payload makes a webhook's body once the judgement has its number.
	// No event, or no Payload, is no delivery. It may be called more than once, and
	// gets the submission without Filing.
	Payload func(s Submission, j Judgement) (event string, body []byte)
	NewID   func() string // of deliveries
	Now     time.Time
}

// FactsStore is the cache of facts by the package's bytes and the analyzers' version.
type FactsStore interface {
	// Facts returns heyan.facts/1 JSON. version "" is the newest there is.
	// ErrNotFound.
	Facts(ctx context.Context, sha256, version string) (body []byte, ofVersion string, err error)
	// PutFacts keeps facts and ends whatever claim there is to make them. Facts that
	// are there stay.
	PutFacts(ctx context.Context, sha256, version string, body []byte, now time.Time) error
	// ClaimAnalysis reports whether the caller is the one to analyse these bytes
	// until now+lease: another's live claim gives false. The same owner extends.
	ClaimAnalysis(ctx context.Context, sha256, version, owner string, now time.Time, lease time.Duration) (bool, error)
	// EndAnalysis gives the claim up.
	EndAnalysis(ctx context.Context, sha256, version, owner string) error
}

// Blobs looks after the blob store's contents.
type Blobs interface {
	// BlobBySHA256 returns the live blob of these bytes, or ErrNotFound.
	BlobBySHA256(ctx context.Context, sha256 string) (Blob, error)
	// BlobAltered reports whether an AlarmBlobAltered later than the object names
	// its key or its digest: the store was seen to give other bytes. Only the newest
	// alarms are looked at.
	BlobAltered(ctx context.Context, b Blob) (bool, error)
	// KnownKeys returns those of the keys that a row names, live or being deleted.
	KnownKeys(ctx context.Context, keys []string) (map[string]bool, error)
	// CondemnBlobs marks as being deleted up to limit blobs that no submission
	// refers to and that are older than before, and returns them together with
	// those marked earlier. A new upload of the same bytes gets a new key.
	CondemnBlobs(ctx context.Context, before time.Time, limit int) ([]Blob, error)
	// ForgetBlob removes the row of a condemned blob after its object is gone.
	ForgetBlob(ctx context.Context, key string) error
	// ExpireSubmissions ends up to limit submissions whose Expires has passed:
	// awaiting ones become expired; prechecks that are judged, canceled or stuck give their
	// package up and become expired. It returns how many. Filings' packages stay.
	// Idempotency keys that are past their time go as well.
	ExpireSubmissions(ctx context.Context, now time.Time, limit int) (int, error)
	// FiledBlobs returns up to limit blobs that filings refer to whose keys follow
	// after, for the check that nothing filed is missing.
	FiledBlobs(ctx context.Context, after string, limit int) ([]Blob, error)
}

// Access is organisations and tokens.
type Access interface {
	// Bootstrap makes the first organisation and its administrator's token, once
	// in the life of the database: won is false where it was done before.
	Bootstrap(ctx context.Context, o Organisation, t Token) (won bool, err error)
	// TokenByHash returns a token that is neither revoked nor expired, of an
	// organisation that is not disabled. ErrNotFound.
	TokenByHash(ctx context.Context, hash string, now time.Time) (Token, error)
	// TouchToken notes that a token was used, at most once a minute.
	TouchToken(ctx context.Context, id string, now time.Time) error
	CreateToken(ctx context.Context, t Token) error
	Tokens(ctx context.Context, org string) ([]Token, error)
	RevokeToken(ctx context.Context, org, id string, now time.Time) error
}

// Organisations are made and seen by administrators.
type Organisations interface {
	CreateOrganisation(ctx context.Context, o Organisation) error // ErrConflict: the name is taken
	Organisation(ctx context.Context, id string) (Organisation, error)
	Organisations(ctx context.Context, after string, limit int) ([]Organisation, error)
	// SetOrganisationDisabled lets none of its tokens in, or again.
	SetOrganisationDisabled(ctx context.Context, id string, disabled bool) error
}

// Webhooks and their deliveries.
type Webhooks interface {
	CreateWebhook(ctx context.Context, w Webhook) error
	Webhooks(ctx context.Context, org string) ([]Webhook, error)
	DeleteWebhook(ctx context.Context, org, id string) error
	// DisableWebhook disables a webhook; its pending deliveries are dead.
	// EnableWebhook ends that. What is so already stays as it is.
	DisableWebhook(ctx context.Context, org, id, reason string, now time.Time) error
	EnableWebhook(ctx context.Context, org, id string) error
	// Deliveries returns the newest first; state "" is all.
	Deliveries(ctx context.Context, org, webhook string, state DeliveryState, after string, limit int) ([]Delivery, error)
	// Redeliver makes a delivery pending again, its attempts counted from 0.
	// ErrConflict where its webhook is disabled.
	Redeliver(ctx context.Context, org, id string, now time.Time) error
	// AddDelivery sends an event to one webhook (a test, an alarm).
	AddDelivery(ctx context.Context, d Delivery) error
}

// Outbox is what the dispatcher of webhooks lives on.
type Outbox interface {
	// ClaimDeliveries gives up to limit deliveries that are due to the caller until
	// now+lease, each with its webhook at the same place. Epoch and Attempts are one
	// more: a dispatcher that dies has made an attempt.
	ClaimDeliveries(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]Delivery, []Webhook, error)
	// EndDelivery writes what came of an attempt: delivered, dead, or pending at
	// NextAt, with Status, Error and Attempts: one less than claimed where none was
	// made. ErrFenced.
	EndDelivery(ctx context.Context, d Delivery, now time.Time) error
	// EndGone writes an attempt whose receiver wants no more: the delivery is dead
	// with Status and Error, its webhook is disabled for the reason of Error, and the
	// alarm is recorded, all at once. ErrFenced.
	EndGone(ctx context.Context, d Delivery, a Alarm, now time.Time) error
}

// Keys are the signing keys.
type Keys interface {
	// EnsureKey keeps k if no key is active and returns the active one: however
	// many nodes start, there is one.
	EnsureKey(ctx context.Context, k SigningKey) (SigningKey, error)
	// RotateKey retires the active key and makes k active.
	RotateKey(ctx context.Context, k SigningKey, now time.Time) error
	// PublicKeys returns all keys, newest first, without Private.
	PublicKeys(ctx context.Context) ([]SigningKey, error)
}

// Alarms is what operators must look at.
type Alarms interface {
	RaiseAlarm(ctx context.Context, a Alarm) error
	Alarms(ctx context.Context, after string, limit int) ([]Alarm, error)
}

// Rejudges are runs of today's rules over old judgements.
type Rejudges interface {
	CreateRejudge(ctx context.Context, r Rejudge) error
	Rejudge(ctx context.Context, id string) (Rejudge, error)
	Rejudges(ctx context.Context, limit int) ([]Rejudge, error)
	// CancelRejudge ends a running run and its jobs that no worker has. ErrConflict
	// where it has ended.
	CancelRejudge(ctx context.Context, id string, now time.Time) error
	// AdvanceRejudge makes jobs for up to limit more submissions of a running run
	// (judged ones, with stored facts) behind its cursor, all in one transaction,
	// and returns the run and the jobs. Without any left the run is done. What was
	// submitted after the run was made is not part of it.
	AdvanceRejudge(ctx context.Context, id string, newID func() string, now time.Time, limit int) (Rejudge, []Job, error)
	// RunningRejudges returns the ids of the runs that are not at their end.
	RunningRejudges(ctx context.Context) ([]string, error)
}

// Checker says whether the database is reached.
type Checker interface {
	// Check returns the engine and version, and the clock's difference to now.
	Check(ctx context.Context, now time.Time) (version string, skew time.Duration, err error)
}

// Backuper is a database that is one file and can be copied while it is used.
type Backuper interface {
	// Backup writes a consistent copy to a file that is not there yet.
	Backup(ctx context.Context, path string) error
}

// Sizer says how large the database is.
type Sizer interface {
	// Size returns the bytes it takes.
	Size(ctx context.Context) (int64, error)
}

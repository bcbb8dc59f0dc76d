// Package record is the contract of the database: what heyan knows of
// organisations, submissions, jobs and judgements. It is the truth: the queue is
// a hint and a blob that no record names is rubbish.
//
// One implementation speaks SQL in two dialects (sqlstore: SQLite, PostgreSQL);
// recordtest is the suite that both pass. Consumers accept the small interface
// they need: Submissions, Jobs, ...
//
// # Promises
//
// Every method is one transaction: it happens whole and durably, or not at all.
// A commit that is acknowledged survives a crash of the machine. Times are UTC and
// kept to the microsecond. The caller brings the clock and the ids (NewID), so
// everything can be replayed.
//
// Isolation: every method that serves a caller takes the caller's organisation and
// finds nothing of another one; what is not found and what is another's are the
// same ErrNotFound.
//
// # States
//
// A submission: awaiting → queued → running → judged; canceled and expired are
// ends; judged → queued → running → judged again by a recheck. A job: queued →
// running → done; running → queued (lease lost, back-off); canceled and dead are
// ends, dead → queued by an operator. A submission's state follows its newest
// job that is not a re-judgement. Transitions are guarded in the statements
// themselves, never read first and written later. All of them are in
// transitions.go.
package record

import (
	"errors"
	"time"
)

// What records say besides that the database could not be reached.
var (
	ErrNotFound = errors.New("not found")
	// ErrConflict: a unique name or key is taken, or the state does not allow it.
	ErrConflict = errors.New("conflict")
	// ErrFenced: the job is no longer this worker's. What it found is thrown away.
	ErrFenced = errors.New("the lease is lost")
	// ErrKeyReused: the idempotency key was used for another request.
	ErrKeyReused = errors.New("the idempotency key was used for another request")
	// ErrNotDue: the job is finished, not yet due, or another worker's.
	ErrNotDue = errors.New("the job is not to be claimed")
)

// Organisation is a caller of heyan: a platform, a province, a provider.
type Organisation struct {
	ID, Name string
	Created  time.Time
	Disabled bool
}

// Scope is what a token may do.
type Scope string

// Admin is everything within all organisations and of the service; Review reads
// and rechecks; Submit submits and reads what was submitted; Read reads.
const (
	ScopeSubmit Scope = "submit"
	ScopeRead   Scope = "read"
	ScopeReview Scope = "review"
	ScopeAdmin  Scope = "admin"
)

// Token is a bearer token, without the secret: only its SHA-256 is kept.
type Token struct {
	ID, Organisation, Name string
	Hash                   string // hex
	Scopes                 []Scope
	Created                time.Time
	Expires, Revoked       time.Time // zero: never
	LastUsed               time.Time // to the minute
}

// Blob is one package's bytes in the blob store.
type Blob struct {
	Key         string
	SHA256, MD5 string // hex
	Size        int64
	Created     time.Time
	// Instead is given with a package that is handed in: the object of the same
	// bytes that was found damaged and that this one is to replace. Zero: none.
	Instead Damage
}

// Damage is an object that the store does not have as it was put.
type Damage struct {
	Key  string
	Kind string // AlarmBlobMissing or AlarmBlobAltered
}

// Purpose is why a package was submitted.
type Purpose string

// A filing is kept; a precheck expires.
const (
	PurposeFiling   Purpose = "filing"
	PurposePrecheck Purpose = "precheck"
)

// State is where a submission stands.
type State string

// The states of a submission.
const (
	StateAwaiting State = "awaiting" // its package is not uploaded yet
	StateQueued   State = "queued"
	StateRunning  State = "running"
	StateJudged   State = "judged"
	StateCanceled State = "canceled"
	StateExpired  State = "expired" // the package did not come in time, or a precheck ran out
	StateStuck    State = "stuck"   // its job is dead: an operator must look
)

// Submission is a package and its filing as they were handed over.
type Submission struct {
	ID, Organisation string
	Purpose          Purpose
	State            State
	Lane             string // queue.Lane
	// Filing is the filing as it was sent, JSON; a recheck replaces it.
	Filing       []byte
	FilingDigest string // "sha256:…" of Filing
	Platform     string // as filed
	AppName      string // as filed
	FileName     string // as sent, for people; never a path
	// SHA256, MD5, Size are the package's, empty while awaited and after a
	// precheck expired and its package was given up.
	SHA256, MD5 string
	Size        int64
	// Supersedes is the id of the submission that this one corrects or follows.
	Supersedes string
	// PackageID is the app's, as judged; empty before.
	PackageID, Version string
	// Verdict, Judgement and ReportDigest are of the judgement in force: the newest
	// that is not a re-judgement. Judgement counts from 1; 0 is none.
	Verdict      string
	Judgement    int
	ReportDigest string
	// Rejudged is the verdict of the newest re-judgement where it differs from
	// Verdict, else empty.
	Rejudged         string
	Created, Updated time.Time
	Acknowledged     time.Time // the package was there and the job committed
	Expires          time.Time // zero: never
	CreatedBy        string    // token id
}

// Cause is why a judgement was made.
type Cause string

// The causes.
const (
	CauseSubmitted Cause = "submitted"
	CauseRechecked Cause = "rechecked"
	CauseRejudged  Cause = "rejudged"
)

// JobState is where a job stands.
type JobState string

// The states of a job.
const (
	JobQueued   JobState = "queued"
	JobRunning  JobState = "running"
	JobDone     JobState = "done"
	JobCanceled JobState = "canceled"
	JobDead     JobState = "dead"
)

// Job is one judgement to be made.
type Job struct {
	ID, Submission, Organisation string
	Cause                        Cause
	Lane                         string
	State                        JobState
	// Filing is what to judge against, as Submission.Filing.
	Filing []byte
	// SHA256, MD5, Size and BlobKey are the package's. BlobKey is empty where the
	// package was given up: then only stored facts can be judged.
	SHA256, MD5, BlobKey string
	Size                 int64
	PackageID            string // of an earlier judgement of the submission
	// Epoch counts claims; every write of a worker names it.
	Epoch int64
	// Attempts counts claims, Crashes the children that died on the package,
	// Lost the leases that ran out (a worker died).
	Attempts, Crashes, Lost int
	RunAt, LeaseUntil       time.Time
	Worker                  string
	CancelRequested         bool
	Stage                   string // what the worker is doing: see internal/worker
	Percent                 int
	Error                   string // why it was put back or is dead, for operators
	Run                     string // the rejudge run it belongs to
	Created, Started, Ended time.Time
}

// Judgement is one finished job's result. It never changes.
type Judgement struct {
	Submission, Job string
	Seq             int // from 1, within the submission
	Cause           Cause
	Verdict         string
	ReportDigest    string // "sha256:…" of the report's bytes
	// The inputs' digests, "sha256:…", as the report has them.
	PackageDigest, FilingDigest, PolicyDigest, PreviousDigest string
	AsOf                                                      string // the day
	Engine, Rules                                             string
	Created                                                   time.Time
}

// Report is a report's exact bytes and our signature of them.
type Report struct {
	Digest    string
	Body      []byte // JSON, stored compressed
	KeyID     string
	Signature []byte
	Created   time.Time
}

// Earlier is the newest judged filing of the same app in the organisation.
type Earlier struct {
	Submission, ReportDigest string
	Report                   []byte
}

// SigningKey signs reports. One is active; retired ones verify.
type SigningKey struct {
	ID              string
	Public, Private []byte // Ed25519; Private is empty where only verifying is asked
	Created         time.Time
	Retired         time.Time // zero: active
}

// Alarm is what an operator must look at.
type Alarm struct {
	ID, Kind, Detail, Submission string
	Created                      time.Time
}

// The kinds of alarms.
const (
	AlarmMD5Collision = "md5-collision" // one MD5, two SHA-256
	AlarmBlobMissing  = "blob-missing"  // a record names bytes that are gone
	AlarmBlobAltered  = "blob-altered"  // the store gives other bytes than were put
	AlarmJobDead      = "job-dead"
	AlarmWebhookGone  = "webhook-gone" // its receiver wants no more: it was disabled
)

// Webhook is where an organisation wants to be told.
type Webhook struct {
	ID, Organisation, URL string
	Secret                []byte // signs deliveries
	Events                []string
	Created               time.Time
	// Disabled: it gets no new deliveries and is sent none, since DisabledAt, for
	// DisabledReason.
	Disabled       bool
	DisabledAt     time.Time
	DisabledReason string
}

// WebhookDisabled is the Error of a delivery that was not made for that.
const WebhookDisabled = "the webhook is disabled"

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery. Dead ones are kept and can be sent again.
const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryDead      DeliveryState = "dead"
)

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID, Webhook, Organisation string
	Event                     string // "submission.judged", ...
	Submission                string
	Payload                   []byte
	State                     DeliveryState
	Attempts                  int
	NextAt                    time.Time
	Epoch                     int64 // counts claims
	Status                    int   // of the last answer, 0 where there was none
	Error                     string
	Created, Ended            time.Time
}

// RejudgeState is where a rejudge run stands.
type RejudgeState string

// The states of a run.
const (
	RejudgeRunning  RejudgeState = "running"
	RejudgeDone     RejudgeState = "done"
	RejudgeCanceled RejudgeState = "canceled"
)

// Rejudge is a run of today's rules over what was judged before. Its cursor makes
// it resumable: whoever claims it goes on behind the last submission that has its
// job.
type Rejudge struct {
	ID, Organisation string // Organisation empty: all
	State            RejudgeState
	Since, Until     time.Time // of the submissions' creation; zero: open
	Cursor           string
	Queued           int // jobs made so far
	Done             int // of them judged
	Changed          int // of them with another verdict than the one in force
	CreatedBy        string
	Created, Ended   time.Time
}

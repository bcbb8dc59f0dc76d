package submit

import (
	"fmt"
	"io"
	"time"

	"heyan/queue"
	"heyan/storage/record"
)

// Caller is who asks: a verified token's organisation and scopes.
type Caller struct {
	Organisation string
	Token        string // id
	Scopes       []record.Scope
}

// Request is a submission as it is handed in.
type Request struct {
	// Filing is the form as sent: JSON or YAML, as rules/filing reads it.
	Filing     []byte
	Purpose    record.Purpose // "" is PurposeFiling
	Lane       queue.Lane     // "" is Interactive
	Supersedes string
	// IdempotencyKey is the caller's, "" without one.
	IdempotencyKey string
}

// Upload is a package on its way in.
type Upload struct {
	// Package is read once, to its end, as it arrives. A read error that is an
	// *Error is told to the caller as it is; any other is CodeUploadCut.
	Package io.Reader
	// Size is what was announced, blob.UnknownSize where nothing was.
	Size     int64
	FileName string
	// SHA256 is what the caller says it sends (Repr-Digest), hex, "" where it does
	// not say. Other bytes are refused: CodeDigestMismatch.
	SHA256 string
}

// Accepted is an acknowledged submission: its bytes are durable and its row is
// committed.
type Accepted struct {
	Submission record.Submission
	Replayed   bool // an earlier answer to the same idempotency key
}

// Progress is where a submission and its newest job stand. Job is zero where there
// is none yet.
type Progress struct {
	Submission record.Submission
	Job        record.Job
}

// RejudgeRequest asks for today's rules over what was judged before. Zero fields
// do not restrict.
type RejudgeRequest struct {
	Organisation string
	Since, Until time.Time // of the submissions' creation
}

// Code is the stable name of an error that a caller is told, listed in docs/api.md.
type Code string

// The codes of this package. internal/httpapi gives each a status and words.
const (
	CodeFilingInvalid      Code = "filing-invalid"
	CodeRequestInvalid     Code = "request-invalid" // purpose, lane, supersedes, digest, dates: see Problems
	CodeTooLarge           Code = "package-too-large"
	CodeEmpty              Code = "package-empty"
	CodeStoreFull          Code = "store-full"
	CodeDigestMismatch     Code = "digest-mismatch"
	CodeSizeMismatch       Code = "size-mismatch"
	CodeUploadCut          Code = "upload-cut" // the client went away or stalled
	CodeTooManyUploads     Code = "too-many-uploads"
	CodeNotFound           Code = "not-found"
	CodeWrongState         Code = "wrong-state"
	CodeIdempotencyReused  Code = "idempotency-key-reused"
	CodeIdempotencyInvalid Code = "idempotency-key-invalid"
	CodeUnavailable        Code = "unavailable" // database or store cannot be reached: try again
	CodeForbidden          Code = "forbidden"
	CodeNameTaken          Code = "name-taken"
)

// Error is what a caller is told. Everything else that a method returns is a fault
// of ours.
type Error struct {
	Code Code
	// ZH and EN are one sentence each that says what to do.
	ZH, EN string
	// RetryAfter is when it may work, 0 where time does not help.
	RetryAfter time.Duration
	// Problems are the lines of a filing that does not parse.
	Problems []Problem
	Cause    error
}

// Problem is one fault of a filing.
type Problem struct {
	Line int `json:"line,omitempty"`
	// Path is where in the filing, "" for the whole.
	Path string `json:"path,omitempty"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.Cause)
	}
	return string(e.Code)
}

func (e *Error) Unwrap() error { return e.Cause }

package submit

import (
	"time"

	"heyan/queue"
	"heyan/storage/record"
)

// Metrics is told what happens. Its methods must not block.
type Metrics interface {
	// UploadStarted and UploadEnded are called in pairs. outcome is "ok" or the
	// Code of the error; bytes are those that were read.
	UploadStarted()
	UploadEnded(outcome string, bytes int64, took time.Duration)
	// Submitted is called for every acknowledged package.
	Submitted(purpose record.Purpose, lane queue.Lane, replayed bool)
	// PublishFailed: the queue was not told of a job; the reconciler will.
	PublishFailed(lane queue.Lane)
	// MD5Twin: a package has the MD5 of another with a different SHA-256.
	MD5Twin()
	// LeftBehind: an object was stored that no row may name. The sweeper takes it.
	LeftBehind()
}

type noMetrics struct{}

func (noMetrics) UploadStarted()                             {}
func (noMetrics) UploadEnded(string, int64, time.Duration)   {}
func (noMetrics) Submitted(record.Purpose, queue.Lane, bool) {}
func (noMetrics) PublishFailed(queue.Lane)                   {}
func (noMetrics) MD5Twin()                                   {}
func (noMetrics) LeftBehind()                                {}

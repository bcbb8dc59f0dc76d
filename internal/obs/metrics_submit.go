package obs

import (
	"strconv"
	"time"

	"heyan/internal/submit"
	"heyan/queue"
	"heyan/storage/record"
)

func (m *Metrics) submitMetrics(f factory) {
	m.uploadsRunning = f.gauge("heyan_uploads_running", "Uploads being received now.")
	m.uploads = f.counterVec("heyan_uploads_total", "Uploads that ended, by outcome: ok or the error's code.", "outcome")
	m.uploadBytes = f.counter("heyan_upload_bytes_total", "Bytes of packages received, those refused included.")
	m.uploadSeconds = f.histogram("heyan_upload_seconds", "How long uploads took.", slow())
	m.submissions = f.counterVec("heyan_submissions_total", "Acknowledged submissions, by purpose, lane and whether an idempotency key was replayed.", "purpose", "lane", "replayed")
	m.publishFailed = f.counterVec("heyan_queue_publish_failed_total", "Jobs that the queue could not be told of; the reconciler makes it good.", "lane")
	m.md5Twins = f.counter("heyan_md5_twins_total", "Packages with the MD5 of another and a different SHA-256.")
	m.leftBehind = f.counter("heyan_objects_left_behind_total", "Objects stored that no row may name; the sweeper removes them.")
}

type submitMetrics struct{ *Metrics }

// Submit is what internal/submit reports to.
func (m *Metrics) Submit() submit.Metrics { return submitMetrics{m} }

func (m submitMetrics) UploadStarted() { m.uploadsRunning.Inc() }

func (m submitMetrics) UploadEnded(outcome string, bytes int64, took time.Duration) {
	m.uploadsRunning.Dec()
	m.uploads.WithLabelValues(outcome).Inc()
	m.uploadBytes.Add(float64(bytes))
	m.uploadSeconds.Observe(took.Seconds())
}

func (m submitMetrics) Submitted(purpose record.Purpose, lane queue.Lane, replayed bool) {
	m.submissions.WithLabelValues(string(purpose), string(lane), strconv.FormatBool(replayed)).Inc()
}

func (m submitMetrics) PublishFailed(lane queue.Lane) {
	m.publishFailed.WithLabelValues(string(lane)).Inc()
}
func (m submitMetrics) MD5Twin()    { m.md5Twins.Inc() }
func (m submitMetrics) LeftBehind() { m.leftBehind.Inc() }

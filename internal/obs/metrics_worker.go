package obs

import (
	"time"

	"heyan/internal/worker"
	"heyan/queue"
)

func (m *Metrics) workerMetrics(f factory) {
	m.jobWait = f.histogramVec("heyan_job_wait_seconds", "From when a job was due to when a worker had it.", slow(), "lane")
	m.jobStage = f.histogramVec("heyan_job_stage_seconds", "How long jobs were in a stage.", slow(), "stage")
	m.jobAttempts = f.counterVec("heyan_job_attempts_total", "Attempts at jobs, by how they ended.", "lane", "ending")
	m.jobSeconds = f.histogramVec("heyan_job_seconds", "How long attempts at jobs took, by how they ended.", slow(), "ending")
	m.verdicts = f.counterVec("heyan_verdicts_total", "Verdicts written.", "verdict")
	m.childStopped = f.counter("heyan_child_stopped_total", "Reading processes that were killed by a limit or died.")
	m.factsLooked = f.counterVec("heyan_facts_cache_total", "Looks into the cache of facts, by whether they were there.", "found")
	m.republished = f.counterVec("heyan_jobs_republished_total", "Jobs that the reconciler published anew.", "lane")
}

type workerMetrics struct{ *Metrics }

// Worker is what internal/worker reports to.
func (m *Metrics) Worker() worker.Metrics { return workerMetrics{m} }

func (m workerMetrics) Started(lane queue.Lane, waited time.Duration) {
	m.jobWait.WithLabelValues(string(lane)).Observe(waited.Seconds())
}

func (m workerMetrics) StageEnded(stage worker.Stage, took time.Duration) {
	m.jobStage.WithLabelValues(string(stage)).Observe(took.Seconds())
}

func (m workerMetrics) Ended(lane queue.Lane, ending worker.Ending, took time.Duration) {
	m.jobAttempts.WithLabelValues(string(lane), string(ending)).Inc()
	m.jobSeconds.WithLabelValues(string(ending)).Observe(took.Seconds())
}

func (m workerMetrics) Judged(verdict string) { m.verdicts.WithLabelValues(verdict).Inc() }
func (m workerMetrics) ChildStopped()         { m.childStopped.Inc() }

func (m workerMetrics) FactsLooked(found bool) {
	label := "no"
	if found {
		label = "yes"
	}
	m.factsLooked.WithLabelValues(label).Inc()
}

func (m workerMetrics) Republished(lane queue.Lane, n int) {
	m.republished.WithLabelValues(string(lane)).Add(float64(n))
}

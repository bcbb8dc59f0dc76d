package worker

import (
	"time"

	"heyan/queue"
)

// Stage is what a worker is doing with a job, as Job.Stage says it.
type Stage string

// The stages, in their order.
const (
	StageFetching  Stage = "fetching"  // the package is opened, or copied from the store
	StageVerifying Stage = "verifying" // its bytes are hashed, and read in the child
	StageAnalysing Stage = "analysing" // the hashes are made, the child still reads
	StageJudging   Stage = "judging"
	StageSaving    Stage = "saving"
)

// Stages are all stages in their order.
func Stages() []Stage {
	return []Stage{StageFetching, StageVerifying, StageAnalysing, StageJudging, StageSaving}
}

// begins and ends are the part of a job's percent that a stage is.
func (s Stage) begins() int {
	switch s {
	case StageVerifying:
		return 20
	case StageAnalysing:
		return 80
	case StageJudging:
		return 95
	case StageSaving:
		return 98
	}
	return 0
}

func (s Stage) ends() int {
	switch s {
	case StageFetching:
		return StageVerifying.begins()
	case StageVerifying:
		return StageAnalysing.begins()
	case StageAnalysing:
		return StageJudging.begins()
	case StageJudging:
		return StageSaving.begins()
	}
	return 100
}

// Ending is what became of one attempt at a job.
type Ending string

// The endings.
const (
	EndJudged   Ending = "judged"
	EndRetried  Ending = "retried"  // a store, the database or we failed: back-off
	EndCrashed  Ending = "crashed"  // the child died on the package, or we panicked: back-off
	EndDamaged  Ending = "damaged"  // the stored bytes are missing or altered: back-off
	EndWaiting  Ending = "waiting"  // another job analyses the same bytes
	EndStopped  Ending = "stopped"  // the worker stops: put back at once
	EndCanceled Ending = "canceled" // as was asked
	EndFenced   Ending = "fenced"   // the lease was lost: thrown away
	EndBuried   Ending = "buried"   // dead, an operator must look
)

// Metrics is told what workers do. Its methods are called concurrently.
type Metrics interface {
	// Started: a job was claimed this long after it was due.
	Started(lane queue.Lane, waited time.Duration)
	// StageEnded: a job was this long in the stage.
	StageEnded(stage Stage, took time.Duration)
	// Ended: one attempt at a job ended.
	Ended(lane queue.Lane, ending Ending, took time.Duration)
	// Judged: a verdict was written.
	Judged(verdict string)
	// ChildStopped: a child was killed or died.
	ChildStopped()
	// FactsLooked: facts were looked for in the cache.
	FactsLooked(found bool)
	// Republished: the reconciler published so many jobs anew.
	Republished(lane queue.Lane, n int)
}

// NoMetrics tells nobody.
type NoMetrics struct{}

var _ Metrics = NoMetrics{}

// Started implements Metrics.
func (NoMetrics) Started(queue.Lane, time.Duration) {}

// StageEnded implements Metrics.
func (NoMetrics) StageEnded(Stage, time.Duration) {}

// Ended implements Metrics.
func (NoMetrics) Ended(queue.Lane, Ending, time.Duration) {}

// Judged implements Metrics.
func (NoMetrics) Judged(string) {}

// ChildStopped implements Metrics.
func (NoMetrics) ChildStopped() {}

// FactsLooked implements Metrics.
func (NoMetrics) FactsLooked(bool) {}

// Republished implements Metrics.
func (NoMetrics) Republished(queue.Lane, int) {}

// Package recordtest is the suite that every database passes: each promise of
// package record, on a real one.
package recordtest

import (
	"testing"

	"heyan/storage/record"
)

// Store is the whole contract.
type Store interface {
	record.Submissions
	record.Idempotencies
	record.Judgements
	record.Jobs
	record.JobAdmin
	record.FactsStore
	record.Blobs
	record.Access
	record.Organisations
	record.Webhooks
	record.Outbox
	record.Keys
	record.Alarms
	record.Rejudges
	record.Checker
}

// Database is an empty one, for one test.
type Database struct {
	Store
	// Again opens it once more, as another process would.
	Again func(t *testing.T) Store
	// Watch notes from now on every change of a state, by the database's own means.
	Watch func(t *testing.T) (seen func() []Change)
}

// Change is one row's change of state; From "" is its making.
type Change struct {
	Table    string // "submissions" or "jobs"
	ID       string
	From, To string
}

// RunTests runs the suite.
func RunTests(t *testing.T, open func(t *testing.T) Database) {
	for _, group := range [][]test{
		submissionTests, idempotencyTests, attachTests, listTests,
		blobTests, expiryTests,
		jobTests, finishTests, cancelTests, recheckTests, judgementTests, factsTests, rejudgeTests,
		accessTests, webhookTests, keyTests,
		isolationTests, raceTests, transitionTests,
	} {
		for _, one := range group {
			t.Run(one.name, func(t *testing.T) {
				t.Parallel()
				one.run(newEnv(t, open(t)))
			})
		}
	}
}

type test struct {
	name string
	run  func(*env)
}

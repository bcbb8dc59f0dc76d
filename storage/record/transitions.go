package record

// Transition is one change of a state, and what makes it. From "" is the making
// of the row.
type Transition[S ~string] struct {
	From, To S
	By       string
}

// SubmissionTransitions are all changes of a submission's state. There are no
// others: recordtest watches that.
func SubmissionTransitions() []Transition[State] {
	return []Transition[State]{
		{"", StateAwaiting, "CreateSubmission without its package"},
		{"", StateQueued, "CreateSubmission with its package"},
		{StateAwaiting, StateQueued, "AttachPackage"},
		{StateAwaiting, StateCanceled, "Cancel"},
		{StateAwaiting, StateExpired, "ExpireSubmissions"},
		{StateQueued, StateRunning, "Claim"},
		{StateQueued, StateCanceled, "Cancel"},
		{StateQueued, StateJudged, "Cancel of a recheck"},
		{StateRunning, StateQueued, "Release"},
		{StateRunning, StateJudged, "Finish; the end of a canceled recheck"},
		{StateRunning, StateCanceled, "FinishCanceled; Cancel where the lease ran out"},
		{StateRunning, StateStuck, "Bury"},
		{StateStuck, StateQueued, "Exhume"},
		{StateStuck, StateCanceled, "Cancel"},
		{StateStuck, StateJudged, "Cancel of a recheck"},
		{StateStuck, StateExpired, "ExpireSubmissions of a precheck"},
		{StateJudged, StateQueued, "Recheck"},
		{StateJudged, StateExpired, "ExpireSubmissions of a precheck"},
		{StateCanceled, StateExpired, "ExpireSubmissions of a precheck"},
	}
}

// JobTransitions are all changes of a job's state. A claim after a lost lease
// leaves it running, with the next epoch.
func JobTransitions() []Transition[JobState] {
	return []Transition[JobState]{
		{"", JobQueued, "CreateSubmission, AttachPackage, Recheck, AdvanceRejudge"},
		{JobQueued, JobRunning, "Claim"},
		{JobQueued, JobCanceled, "Cancel, CancelRejudge"},
		{JobRunning, JobQueued, "Release"},
		{JobRunning, JobDone, "Finish"},
		{JobRunning, JobCanceled, "FinishCanceled; Cancel where the lease ran out"},
		{JobRunning, JobDead, "Bury"},
		{JobDead, JobQueued, "Exhume"},
		{JobDead, JobCanceled, "Cancel, ExpireSubmissions"},
	}
}

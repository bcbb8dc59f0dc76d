package recordtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"heyan/storage/record"
)

var transitionTests = []test{
	{"no state changes but as the table says", anyOrder},
}

// everyTransition goes through the table once.
func everyTransition(e *env) {
	ctx := e.Context()
	cancel := func(id string) { must[record.Submission](e)(e.Cancel(ctx, orgA, id, e.now)) }
	bury := func(job string) record.Job {
		j := e.claim(job)
		e.ok(e.Bury(ctx, j.ID, j.Epoch, "", e.now))
		return j
	}
	attached, withdrawn := e.create(e.awaiting(orgA)).Submission, e.create(e.awaiting(orgA)).Submission
	e.create(e.awaiting(orgA)) // expires
	must[record.Accepted](e)(e.AttachPackage(ctx, orgA, attached.ID, e.blob("attached"), e.id("job"), "", e.now))
	cancel(withdrawn.ID)
	cancel(e.create(e.precheck(orgA)).Submission.ID) // queued → canceled, expires
	running := e.create(e.filing(orgA))
	j := e.claim(running.Job)
	e.ok(e.Release(ctx, record.Release{Job: j.ID, Epoch: j.Epoch, RunAt: e.now}))
	j = e.claim(running.Job)
	cancel(running.Submission.ID)
	e.ok(e.FinishCanceled(ctx, j.ID, j.Epoch, e.now))
	bury(e.create(e.precheck(orgA)).Job) // stuck, expires
	given := e.create(e.filing(orgA))
	bury(given.Job)
	cancel(given.Submission.ID)
	exhumed := e.create(e.filing(orgA))
	e.ok(e.Exhume(ctx, bury(exhumed.Job).ID, e.now))
	e.judged(e.precheck(orgA), "pass") // expires
	sub := e.judged(e.filing(orgA), "pass")
	e.recheck(sub, "{}")
	cancel(sub.ID) // queued → judged
	bury(e.recheck(sub, "{}").ID)
	cancel(sub.ID) // stuck → judged
	e.later(2 * time.Hour)
	e.same(must[int](e)(e.ExpireSubmissions(ctx, e.now, 10)), 4)
}

// anyOrder lets many callers do anything at any time to a few submissions, while
// the database itself notes every change of a state.
func anyOrder(e *env) {
	seen := e.Watch(e.T)
	everyTransition(e)
	m := &mayhem{env: e, other: e.Again(e.T)}
	for range 12 {
		m.submit(rand.New(rand.NewPCG(1, m.step.next())))
	}
	var wg sync.WaitGroup
	for worker := range uint64(8) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(worker, 7))
			for range 150 {
				m.act(r)
			}
		})
	}
	wg.Wait()
	for _, id := range m.subs {
		e.consistent(id)
	}
	allowed := map[Change]bool{}
	for _, t := range record.SubmissionTransitions() {
		allowed[Change{Table: "submissions", From: string(t.From), To: string(t.To)}] = true
	}
	for _, t := range record.JobTransitions() {
		allowed[Change{Table: "jobs", From: string(t.From), To: string(t.To)}] = true
	}
	met := map[Change]int{}
	for _, c := range seen() {
		id := c.ID
		c.ID = ""
		if met[c]++; !allowed[c] {
			e.Errorf("%s of %s: %q to %q", c.Table, id, c.From, c.To)
		}
	}
	for c := range allowed {
		if met[c] == 0 {
			e.Errorf("%s never went from %q to %q: the test does not show that this works", c.Table, c.From, c.To)
		}
	}
}

// mayhem is what the callers know together.
type mayhem struct {
	*env
	other Store
	step  counter

	mu   sync.Mutex
	subs []string
	held []record.Job // claimed, maybe long lost
	jobs []string
}

// counter is a clock: each step is three seconds, so that leases run out.
type counter struct {
	mu sync.Mutex
	n  uint64
}

func (c *counter) next() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}

func (m *mayhem) clock() time.Time {
	return m.now.Add(time.Duration(m.step.next()) * 3 * time.Second)
}

func pick[T any](m *mayhem, r *rand.Rand, list *[]T) (v T, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(*list) == 0 {
		return v, false
	}
	return (*list)[r.IntN(len(*list))], true
}

func (m *mayhem) note(list *[]string, v string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	*list = append(*list, v)
}

// told fails the test for an error that is not one of the contract's.
func (m *mayhem) told(what string, err error) {
	for _, one := range []error{record.ErrNotFound, record.ErrConflict, record.ErrFenced, record.ErrNotDue} {
		if errors.Is(err, one) {
			return
		}
	}
	if err != nil {
		m.Errorf("%s: %v", what, err)
	}
}

func (m *mayhem) submit(r *rand.Rand) {
	now := m.clock()
	n := []func(string) record.NewSubmission{m.filing, m.precheck, m.awaiting}[r.IntN(3)](orgA)
	n.Submission.Created = now
	if n.Blob != nil && r.IntN(2) == 0 {
		content := fmt.Sprint("shared ", r.IntN(3))
		n.Blob.SHA256, n.Blob.MD5 = "sha256 of "+content, "md5 of "+content
	}
	if !n.Submission.Expires.IsZero() {
		n.Submission.Expires = now.Add(time.Minute)
	}
	_, err := m.CreateSubmission(m.Context(), n)
	m.told("CreateSubmission", err)
	m.note(&m.subs, n.Submission.ID)
	if n.JobID != "" {
		m.note(&m.jobs, n.JobID)
		if n.Blob != nil {
			m.told("PutFacts", m.PutFacts(m.Context(), n.Blob.SHA256, "1", []byte("{}"), now))
		}
	}
}

// act does one thing.
func (m *mayhem) act(r *rand.Rand) {
	store := []Store{m.Store, m.other}[r.IntN(2)]
	sub, _ := pick(m, r, &m.subs)
	switch n := r.IntN(100); {
	case n < 10:
		m.submit(r)
	case n < 16:
		job := m.id("job")
		_, err := store.AttachPackage(m.Context(), orgA, sub, m.blob(job), job, "", m.clock())
		m.told("AttachPackage", err)
		m.note(&m.jobs, job)
	case n < 20:
		_, err := store.Cancel(m.Context(), orgA, sub, m.clock())
		m.told("Cancel", err)
	case n < 30:
		re := m.rechecking(record.Submission{ID: sub, Organisation: orgA}, "{}")
		re.Now = m.clock()
		_, err := store.Recheck(m.Context(), re)
		m.told("Recheck", err)
		m.note(&m.jobs, re.JobID)
		if r.IntN(4) == 0 {
			_, err := store.Cancel(m.Context(), orgA, sub, m.clock())
			m.told("Cancel", err)
		}
	case n < 34:
		_, err := store.ExpireSubmissions(m.Context(), m.clock(), 3)
		m.told("ExpireSubmissions", err)
	case n < 36:
		_, err := store.CondemnBlobs(m.Context(), m.clock(), 3)
		m.told("CondemnBlobs", err)
	case n < 40:
		m.rejudge(store)
	case n < 46:
		job, _ := pick(m, r, &m.jobs)
		m.told("Exhume", store.Exhume(m.Context(), job, m.clock()))
	case n < 72:
		m.claimAny(store, r)
	default:
		m.endAny(store, r)
	}
}

func (m *mayhem) rejudge(store Store) {
	run := m.id("run")
	m.told("CreateRejudge", store.CreateRejudge(m.Context(), record.Rejudge{ID: run, Organisation: orgA, Created: m.clock()}))
	_, jobs, err := store.AdvanceRejudge(m.Context(), run, func() string { return m.id("job") }, m.clock(), 3)
	m.told("AdvanceRejudge", err)
	for _, j := range jobs {
		m.note(&m.jobs, j.ID)
	}
	if len(jobs) == 2 {
		m.told("CancelRejudge", store.CancelRejudge(m.Context(), run, m.clock()))
	}
}

func (m *mayhem) claimAny(store Store, r *rand.Rand) {
	now := m.clock()
	for _, lane := range []string{"interactive", "batch"} {
		due, err := store.Due(m.Context(), lane, now, 5)
		m.told("Due", err)
		if len(due) == 0 {
			continue
		}
		j, err := store.Claim(m.Context(), due[r.IntN(len(due))].ID, "worker", now, lease)
		m.told("Claim", err)
		if err == nil {
			m.mu.Lock()
			m.held = append(m.held, j)
			m.mu.Unlock()
		}
	}
}

// endAny ends the work on a job, whether or not it is still held.
func (m *mayhem) endAny(store Store, r *rand.Rand) {
	j, ok := pick(m, r, &m.held)
	if !ok {
		return
	}
	now := m.clock()
	switch n := r.IntN(12); {
	case n < 5:
		o := m.outcome(j, []string{"pass", "return", "review"}[r.IntN(3)])
		o.Now = now
		_, err := store.Finish(m.Context(), o)
		m.told("Finish", err)
	case n < 7:
		m.told("Release", store.Release(m.Context(), record.Release{Job: j.ID, Epoch: j.Epoch, RunAt: now, Crashed: n == 6}))
	case n < 9:
		m.told("Bury", store.Bury(m.Context(), j.ID, j.Epoch, "hopeless", now))
	case n < 10:
		_, err := store.Heartbeat(m.Context(), record.Beat{Job: j.ID, Epoch: j.Epoch, LeaseUntil: now.Add(lease)})
		m.told("Heartbeat", err)
	default:
		_, err := store.Cancel(m.Context(), orgA, j.Submission, now)
		m.told("Cancel", err)
		m.told("FinishCanceled", store.FinishCanceled(m.Context(), j.ID, j.Epoch, now))
	}
}

// follows is which states of its newest job a submission's state goes with.
var follows = map[record.State][]record.JobState{
	record.StateQueued:   {record.JobQueued},
	record.StateRunning:  {record.JobRunning},
	record.StateJudged:   {record.JobDone, record.JobCanceled}, // a canceled recheck
	record.StateCanceled: {record.JobCanceled},
	record.StateStuck:    {record.JobDead},
	record.StateExpired:  {record.JobDone, record.JobCanceled},
}

// consistent checks what must hold of a submission at any time.
func (e *env) consistent(id string) {
	e.Helper()
	sub := e.sub(id)
	job, err := e.LatestJob(e.Context(), sub.Organisation, id)
	if !isNotFound(err) {
		e.ok(err)
		ok := false
		for _, state := range follows[sub.State] {
			ok = ok || state == job.State
		}
		if !ok {
			e.Errorf("submission %s is %s, its job %s", id, sub.State, job.State)
		}
	}
	list := must[[]record.Judgement](e)(e.Judgements(e.Context(), sub.Organisation, id))
	jobs := map[string]bool{}
	newest := record.Judgement{}
	for i, j := range list {
		if j.Seq != i+1 || jobs[j.Job] {
			e.Errorf("submission %s: judgement %d of job %s at place %d", id, j.Seq, j.Job, i+1)
		}
		jobs[j.Job] = true
		if j.Cause != record.CauseRejudged {
			newest = j
		}
	}
	if newest.Seq != sub.Judgement || newest.Verdict != sub.Verdict || newest.ReportDigest != sub.ReportDigest {
		e.Errorf("submission %s: in force is %d %q, the newest judgement is %d %q", id, sub.Judgement, sub.Verdict, newest.Seq, newest.Verdict)
	}
	if sub.State == record.StateJudged && sub.Judgement == 0 {
		e.Errorf("submission %s is judged without a judgement", id)
	}
}

package worker_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"heyan/analyzer"
	"heyan/analyzer/facts"
	"heyan/internal/inspect"
	"heyan/queue"
	"heyan/queue/inproc"
	"heyan/rules"
	"heyan/storage/blob"
	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

// records is the real database with faults.
type records struct {
	*sqlstore.Store
	beats atomic.Int32
	// down, where it says so, fails every call that a worker makes.
	down func() bool
	// facts says which version is looked for.
	facts func(version string) string
	// finish is called before every Finish.
	finish func()
}

var errDown = errors.New("connection refused")

func (r *records) fault() error {
	if r.down != nil && r.down() {
		return errDown
	}
	return nil
}

func (r *records) Claim(ctx context.Context, job, worker string, now time.Time, lease time.Duration) (record.Job, error) {
	if err := r.fault(); err != nil {
		return record.Job{}, err
	}
	return r.Store.Claim(ctx, job, worker, now, lease)
}

func (r *records) Heartbeat(ctx context.Context, b record.Beat) (bool, error) {
	r.beats.Add(1)
	if err := r.fault(); err != nil {
		return false, err
	}
	return r.Store.Heartbeat(ctx, b)
}

func (r *records) Release(ctx context.Context, rel record.Release) error {
	if err := r.fault(); err != nil {
		return err
	}
	return r.Store.Release(ctx, rel)
}

func (r *records) Finish(ctx context.Context, o record.Outcome) (record.Judgement, error) {
	if r.finish != nil {
		r.finish()
	}
	if err := r.fault(); err != nil {
		return record.Judgement{}, err
	}
	return r.Store.Finish(ctx, o)
}

func (r *records) Facts(ctx context.Context, sha256, version string) ([]byte, string, error) {
	if err := r.fault(); err != nil {
		return nil, "", err
	}
	if r.facts != nil {
		version = r.facts(version)
	}
	return r.Store.Facts(ctx, sha256, version)
}

// newEnvQueue is a second queue over the same records.
func newEnvQueue(t *testing.T, _ *env) *inproc.Queue {
	t.Helper()
	q := inproc.New(inproc.Config{})
	t.Cleanup(func() { q.Close() })
	return q
}

// remote is the disk store without its files, as S3 is, with faults.
type remote struct {
	blob.Store
	fault func() error
}

func (r *remote) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if r.fault != nil {
		if err := r.fault(); err != nil {
			return nil, err
		}
	}
	return r.Store.Open(ctx, key)
}

// A package on which children die is judged "undetermined" after three of them:
// review, with the reason, once, and nothing of it is kept.
func TestChildThatAlwaysDies(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	var died atomic.Int32
	c := e.config()
	c.Analyze = func(context.Context, analyzer.Input) (*facts.Facts, error) {
		died.Add(1)
		return nil, &inspect.StoppedError{Reason: "signal: killed"}
	}
	e.start(c)
	s := e.submit(submission{data: apk(1)})
	if got := e.ended(s, record.StateJudged); got.Verdict != string(rules.Review) {
		t.Errorf("verdict %s", got.Verdict)
	}
	if died.Load() != 3 || len(e.judgements(s)) != 1 {
		t.Errorf("died %d times, %d judgements", died.Load(), len(e.judgements(s)))
	}
	if r := e.report(s); !strings.Contains(r, "signal: killed") || !strings.Contains(r, `"undetermined"`) {
		t.Error("the report does not say why")
	}
	if _, _, err := e.records.Facts(t.Context(), s.SHA256, ""); !errors.Is(err, record.ErrNotFound) {
		t.Errorf("facts were kept (%v)", err)
	}
}

// One child that dies is not the package's fault.
func TestChildThatDiesOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	var reads atomic.Int32
	c := e.config()
	c.Analyze = func(ctx context.Context, in analyzer.Input) (*facts.Facts, error) {
		if reads.Add(1) == 1 {
			return nil, &inspect.StoppedError{Reason: "signal: killed"}
		}
		return inspect.Analyze(ctx, in)
	}
	e.start(c)
	s := e.submit(submission{data: apk(1)})
	e.ended(s, record.StateJudged)
	if j := e.job(s); j.Crashes != 1 || strings.Contains(e.report(s), "undetermined") {
		t.Errorf("%d crashes", j.Crashes)
	}
}

// A panic of ours ends one attempt; a package that always leads to one is given
// to a person, and other jobs go on.
func TestPanic(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c := e.config()
	c.Slots = 1
	c.Analyze = func(ctx context.Context, in analyzer.Input) (*facts.Facts, error) {
		f, err := inspect.Analyze(ctx, in)
		if err == nil && f.App.ID == "com.example.panic" {
			panic("bug")
		}
		return f, err
	}
	e.start(c)
	bad := e.submit(submission{data: apkOf("com.example.panic", 1)})
	good := e.submit(submission{data: apk(2)})
	e.ended(good, record.StateJudged)
	if got := e.ended(bad, record.StateJudged); got.Verdict != string(rules.Review) {
		t.Errorf("verdict %s", got.Verdict)
	}
	if j := e.job(bad); j.Crashes != 3 {
		t.Errorf("%d crashes", j.Crashes)
	}
}

// A package whose workers die again and again is not given to a child any more.
func TestWorkersThatDie(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	s := e.submit(submission{data: apk(1), unpublished: true, created: time.Now().Add(-time.Minute)})
	for i := range 5 { // each claim's lease has run out at the next
		if _, err := e.records.Claim(t.Context(), s.job, "dead", time.Now().Add(time.Duration(i-10)*time.Second), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	c := e.config()
	c.Analyze = func(context.Context, analyzer.Input) (*facts.Facts, error) {
		t.Error("the package was read")
		return nil, errors.New("no")
	}
	e.start(c)
	if got := e.ended(s, record.StateJudged); got.Verdict != string(rules.Review) {
		t.Errorf("verdict %s", got.Verdict)
	}
	if r := e.report(s); !strings.Contains(r, "ended unexpectedly") {
		t.Error("the report does not say why")
	}
}

// A store that is away for a while delays the verdict and changes nothing of it.
func TestStoreAway(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	var calls atomic.Int32
	c := e.config()
	c.Blobs = &remote{Store: e.blobs, fault: func() error {
		if calls.Add(1) <= 6 {
			return errDown
		}
		return nil
	}}
	e.start(c)
	s := e.submit(submission{data: apk(1)})
	e.ended(s, record.StateJudged)
	j := e.job(s)
	if j.Attempts != 7 || j.Crashes != 0 || j.Lost != 0 {
		t.Errorf("job %+v", j)
	}
	if strings.Contains(e.report(s), "undetermined") {
		t.Error("the package was blamed")
	}
}

// A database that is away for a while changes nothing either, be it before the
// claim, in the middle, or at the outcome.
func TestRecordsAway(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c := e.config()
	c.Records = &records{Store: e.records, down: func() bool { return rand.N(2) == 0 }}
	e.start(c)
	for i := range 4 {
		s := e.submit(submission{data: apk(i)})
		e.ended(s, record.StateJudged)
		if j := e.job(s); j.Crashes != 0 || j.Lost != 0 || len(e.judgements(s)) != 1 {
			t.Errorf("job %+v", j)
		}
	}
}

// Altered bytes are never judged: an alarm, retries, the grave.
func TestAltered(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(path string, data []byte) error{
		"other bytes": func(path string, data []byte) error {
			data[len(data)/2] ^= 1
			return os.WriteFile(path, data, 0o600)
		},
		"fewer": func(path string, data []byte) error { return os.WriteFile(path, data[:len(data)-1], 0o600) },
		"more":  func(path string, data []byte) error { return os.WriteFile(path, append(data, 0), 0o600) },
	} {
		for _, remotely := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				e := newEnv(t)
				s := e.submit(submission{data: apk(1), unpublished: true})
				path := e.object(s)
				if err := os.Chmod(path, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := alter(path, apk(1)); err != nil {
					t.Fatal(err)
				}
				e.neverJudged(s, remotely, record.AlarmBlobAltered)
			})
		}
	}
}

// Nor are missing ones.
func TestMissing(t *testing.T) {
	t.Parallel()
	for _, remotely := range []bool{false, true} {
		e := newEnv(t)
		s := e.submit(submission{data: apk(1), unpublished: true})
		if err := e.blobs.Delete(t.Context(), s.key); err != nil {
			t.Fatal(err)
		}
		e.neverJudged(s, remotely, record.AlarmBlobMissing)
	}
}

func (e *env) neverJudged(s sent, remotely bool, alarm string) {
	e.t.Helper()
	c := e.config()
	if remotely {
		c.Blobs = &remote{Store: e.blobs}
	}
	e.start(c)
	e.publish(queue.Interactive, s.job)
	e.ended(s, record.StateStuck)
	j := e.job(s)
	if j.State != record.JobDead || j.Attempts != 5 || !strings.Contains(j.Error, alarm) {
		e.t.Errorf("job %+v", j)
	}
	if n := len(e.judgements(s)); n != 0 {
		e.t.Errorf("%d judgements", n)
	}
	if e.alarms(alarm) != 1 || e.alarms(record.AlarmJobDead) != 1 {
		e.t.Errorf("%d and %d alarms", e.alarms(alarm), e.alarms(record.AlarmJobDead))
	}
}

// A worker that lost its lease writes nothing, whenever it finds out.
func TestFenced(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	s := e.submit(submission{data: apk(1), unpublished: true})
	stolen := func() {
		if _, err := e.records.Claim(t.Context(), s.job, "thief", time.Now().Add(time.Hour), time.Hour); err != nil {
			t.Error(err)
		}
	}
	c := e.config()
	c.Lease = 1500 * time.Millisecond
	stopped := make(chan struct{})
	c.Analyze = func(ctx context.Context, _ analyzer.Input) (*facts.Facts, error) {
		stolen()
		<-ctx.Done() // the heartbeat finds out
		close(stopped)
		return nil, ctx.Err()
	}
	stop := e.start(c)
	e.publish(queue.Interactive, s.job)
	<-stopped
	stop()
	e.thiefs(s)
}

func TestFencedAtTheEnd(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	s := e.submit(submission{data: apk(1), unpublished: true})
	c := e.config()
	finishing := make(chan struct{})
	c.Records = &records{Store: e.records, finish: func() {
		if _, err := e.records.Claim(t.Context(), s.job, "thief", time.Now().Add(time.Hour), time.Hour); err != nil {
			t.Error(err)
		}
		close(finishing)
	}}
	stop := e.start(c)
	e.publish(queue.Interactive, s.job)
	<-finishing
	stop()
	e.thiefs(s)
}

func (e *env) thiefs(s sent) {
	e.t.Helper()
	j := e.job(s)
	if j.State != record.JobRunning || j.Worker != "thief" || j.Epoch != 2 || j.Crashes != 0 || j.Error != "" {
		e.t.Errorf("job %+v", j)
	}
	if n := len(e.judgements(s)); n != 0 {
		e.t.Errorf("%d judgements", n)
	}
}

// What the queue loses the reconciler finds: jobs never published, retries that
// are due, leases of the dead.
func TestQueueForgets(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c := e.config()
	c.Reconcile = 20 * time.Millisecond
	var list []sent
	for i := range 20 {
		list = append(list, e.submit(submission{data: apk(i), unpublished: true}))
	}
	dead := e.submit(submission{data: apk(99), unpublished: true})
	if _, err := e.records.Claim(t.Context(), dead.job, "dead", time.Now(), 30*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	e.start(c)
	for _, s := range append(list, dead) {
		e.ended(s, record.StateJudged)
	}
	if j := e.job(dead); j.Lost != 1 {
		t.Errorf("lost %d", j.Lost)
	}
}

// A job that fell from a full queue does not wait for the reconciler's turn.
func TestFullQueue(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	small := inproc.New(inproc.Config{Capacity: 2})
	t.Cleanup(func() { small.Close() })
	e.queue = small
	c := e.config()
	c.Reconcile = time.Hour
	e.start(c)
	first := e.submit(submission{data: apk(0)})
	e.ended(first, record.StateJudged)
	var list []sent
	for i := range 30 {
		list = append(list, e.submit(submission{data: apk(1 + i)}))
	}
	for _, s := range list {
		e.ended(s, record.StateJudged)
	}
}

// A message that comes while another worker's lease runs is not lost with it: the
// job is taken as soon as the lease has run out.
func TestEarlyMessage(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	s := e.submit(submission{data: apk(1), unpublished: true})
	if _, err := e.records.Claim(t.Context(), s.job, "dead", time.Now(), 300*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	c := e.config()
	c.Reconcile = time.Hour
	e.start(c)
	e.publish(queue.Interactive, s.job)
	e.ended(s, record.StateJudged)
}

// A twin that died while it analysed the same bytes holds nobody up for longer
// than its claim.
func TestTwinThatDied(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	s := e.submit(submission{data: apk(1), unpublished: true})
	won, err := e.records.ClaimAnalysis(t.Context(), s.SHA256, inspect.AnalyzersVersion(), "dead", time.Now(), 3*time.Second)
	if err != nil || !won {
		t.Fatal(won, err)
	}
	c := e.config()
	c.Lease = 3 * time.Second
	e.start(c)
	e.publish(queue.Interactive, s.job)
	e.ended(s, record.StateJudged)
	if j := e.job(s); j.Attempts != 1 || j.Lost != 0 {
		t.Errorf("job %+v", j)
	}
}

// What no retry can help is an operator's.
func TestFilingThatDoesNotParse(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.start(e.config())
	s := e.submit(submission{data: apk(1), filing: `{"platform":"abacus"}`})
	e.ended(s, record.StateStuck)
	if j := e.job(s); j.State != record.JobDead || !strings.Contains(j.Error, "filing") || e.alarms(record.AlarmJobDead) != 1 {
		t.Errorf("job %+v", j)
	}
}

// A key that can't be had for a while delays the verdict.
func TestSigningFails(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c := e.config()
	var calls atomic.Int32
	c.Sign = func([]byte) (string, []byte, error) {
		if calls.Add(1) < 3 {
			return "", nil, errDown
		}
		return "key", []byte("signature"), nil
	}
	e.start(c)
	s := e.submit(submission{data: apk(1)})
	e.ended(s, record.StateJudged)
	if j := e.job(s); j.Attempts != 3 || j.Crashes != 0 {
		t.Errorf("job %+v", j)
	}
}

// A package that is larger than all scratch room waits for another worker.
func TestScratchTooSmall(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c := e.config()
	c.Blobs, c.ScratchBytes = &remote{Store: e.blobs}, 10
	stop := e.start(c)
	s := e.submit(submission{data: apk(1)})
	e.wait("a retry", func() bool { return strings.Contains(e.job(s).Error, "scratch room") })
	stop()
	c.ScratchBytes, c.Name = 0, "larger"
	e.start(c)
	e.publish(queue.Interactive, s.job)
	e.ended(s, record.StateJudged)
}

package worker_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer"
	"heyan/analyzer/facts"
	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/internal/sandbox"
	"heyan/internal/worker"
	"heyan/queue"
	"heyan/queue/inproc"
	"heyan/rules"
	form "heyan/rules/filing"
	"heyan/storage/record"
)

// The report of a worker is that of inspect run directly, byte for byte, whether
// the package is read in the child or its facts were kept.
func TestReportIsThatOfInspect(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"apk/school.apk", "apk/v31-rotated.apk", "apk/tampered-v2-entry.apk", "ipa/school.ipa", "README.md"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile("../../testdata/" + name)
			if err != nil {
				t.Fatal(err)
			}
			e := newEnv(t)
			c := e.config()
			c.Analyze = sandbox.Analyzer(sandbox.Required)
			now := time.Date(2100, 3, 31, 16, 30, 0, 0, time.UTC) // the next day in China
			c.Now = func() time.Time { return now }
			e.start(c)
			// The second is judged from the facts of the first, in another organisation,
			// so that neither has an earlier filing.
			first := e.submit(submission{data: data, filing: filingFor(name)})
			e.ended(first, record.StateJudged)
			second := e.submit(submission{data: data, filing: filingFor(name), org: other})
			e.ended(second, record.StateJudged)
			for _, tt := range []struct {
				sent
				elsewhere rules.Elsewhere
			}{{first, rules.ElsewhereNone}, {second, rules.ElsewhereFiled}} {
				want := inspected(t, data, filingFor(name), tt.elsewhere, "2100-04-01")
				if got := e.report(tt.sent); got != want {
					t.Errorf("%s: the report is not that of inspect:\n%s", tt.org, firstDifference(want, got))
				}
			}
		})
	}
}

func filingFor(name string) string {
	platform := "android"
	if strings.HasSuffix(name, ".ipa") {
		platform = "ios"
	}
	return fmt.Sprintf(`{"platform":%q,"app_name":"晨光课堂-安卓版","version":"2.3.1","md5":"d482f694d540e06c1c0884730141007b","permissions":["camera","record_audio","other"]}`, platform)
}

func inspected(t *testing.T, data []byte, filed string, elsewhere rules.Elsewhere, day string) string {
	t.Helper()
	f, err := inspect.Facts(t.Context(), analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := form.Parse([]byte(filed))
	if err != nil {
		t.Fatal(err)
	}
	if f.App.ID == "" {
		elsewhere = rules.ElsewhereNone
	}
	var b bytes.Buffer
	if err := report.Encode(&b, inspect.Judge(inspect.JudgeInput{Facts: f, Filing: parsed, Elsewhere: elsewhere, AsOf: day})); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\n-%s\n+%s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(a), len(b))
}

// What is written beside the report.
func TestOutcome(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c := e.config()
	c.Sign = func(r []byte) (string, []byte, error) { return "key_1", []byte("signed " + digest(r)), nil }
	hook := record.Webhook{ID: "whk_1", Organisation: org, URL: "https://example.org/", Secret: []byte("x"), Events: []string{"submission.judged"}, Created: time.Now()}
	if err := e.records.CreateWebhook(t.Context(), hook); err != nil {
		t.Fatal(err)
	}
	c.Event = func(s record.Submission, j record.Judgement) (string, []byte) {
		return "submission.judged", fmt.Appendf(nil, "%s %d %s", s.ID, j.Seq, j.Verdict)
	}
	e.start(c)
	s := e.submit(submission{data: apk(1)})
	sub := e.ended(s, record.StateJudged)
	if sub.PackageID != "com.example.app" || sub.Version != "1.2.3" || sub.Judgement != 1 {
		t.Errorf("submission %+v", sub)
	}
	j, r, err := e.records.Report(t.Context(), org, s.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	if j.PackageDigest != "sha256:"+s.SHA256 || j.Engine != inspect.EngineVersion || j.Rules != rules.Version() || j.Cause != record.CauseSubmitted ||
		j.ReportDigest != "sha256:"+digest(r.Body) || j.AsOf == "" || j.FilingDigest == "" || j.PolicyDigest == "" || j.PreviousDigest != "" {
		t.Errorf("judgement %+v", j)
	}
	if r.KeyID != "key_1" || string(r.Signature) != "signed "+digest(r.Body) {
		t.Errorf("signature %q by %q", r.Signature, r.KeyID)
	}
	sent, err := e.records.Deliveries(t.Context(), org, hook.ID, "", "", 10)
	if err != nil || len(sent) != 1 || string(sent[0].Payload) != s.id+" 1 "+j.Verdict {
		t.Errorf("deliveries %+v (%v)", sent, err)
	}
}

// Who sends deliveries is told of them once they are committed, and of nothing else.
func TestNotify(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c := e.config()
	c.Event = func(s record.Submission, _ record.Judgement) (string, []byte) {
		return "submission.judged", []byte(s.ID)
	}
	told := make(chan int, 10)
	c.Notify = func() {
		list, err := e.records.Deliveries(context.Background(), org, "", "", "", 10)
		if err != nil {
			t.Error(err)
		}
		told <- len(list)
	}
	stop := e.start(c)
	e.ended(e.submit(submission{data: apk(1)}), record.StateJudged) // there is nobody to be told
	hook := record.Webhook{ID: "whk_1", Organisation: org, URL: "https://example.org/", Secret: []byte("x"), Events: []string{"submission.judged"}, Created: time.Now()}
	if err := e.records.CreateWebhook(t.Context(), hook); err != nil {
		t.Fatal(err)
	}
	e.ended(e.submit(submission{data: apk(2)}), record.StateJudged)
	stop()
	close(told)
	var got []int
	for n := range told {
		got = append(got, n)
	}
	if diff := cmp.Diff([]int{1}, got); diff != "" {
		t.Errorf("deliveries there at each call (-want +got)\n%s", diff)
	}
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// An app's second package is compared with the first, and another organisation's
// is told without a name.
func TestContinuity(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.start(e.config())
	first := e.submit(submission{data: apk(1)})
	e.ended(first, record.StateJudged)
	second := e.submit(submission{data: apk(2)})
	e.ended(second, record.StateJudged)
	want := "sha256:" + digest([]byte(e.report(first)))
	if got := e.judgements(second)[0].PreviousDigest; got != want {
		t.Errorf("previous digest %q, want %q", got, want)
	}
	if r := e.report(second); !strings.Contains(r, `"not-ascending"`) || !strings.Contains(r, `"only-here"`) {
		t.Error("the second package's build was not compared, or it is not the only filing")
	}
	third := e.submit(submission{data: apk(3), org: other})
	e.ended(third, record.StateJudged)
	r := e.report(third)
	if !strings.Contains(r, `"filed-elsewhere"`) || strings.Contains(r, org) {
		t.Error("the third package's report must say that another filed it, and not who")
	}
	if j := e.judgements(third)[0]; j.PreviousDigest != "" {
		t.Error("the other organisation's report was used")
	}
	renamed := e.submit(submission{data: apkOf("com.example.renamed", 4),
		filing: `{"platform":"android","version":"1.2.3","md5":"d482f694d540e06c1c0884730141007b","permissions":[],"package_id":"com.example.app"}`})
	e.ended(renamed, record.StateJudged)
	if r := e.report(renamed); !strings.Contains(r, "com.example.app 变成了 com.example.renamed") {
		t.Error("a package with another id than the app it is filed as was not compared with that app")
	}
}

// One job delivered ten times to two workers ends in one judgement.
func TestDeliveredManyTimes(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	var read atomic.Int32
	for _, name := range []string{"one", "two"} {
		c := e.config()
		c.Name, c.Slots = name, 3
		c.Analyze = func(ctx context.Context, in analyzer.Input) (*facts.Facts, error) {
			read.Add(1)
			pauseFor(ctx, 20*time.Millisecond)
			return inspect.Analyze(ctx, in)
		}
		e.start(c)
	}
	s := e.submit(submission{data: apk(1), unpublished: true})
	for range 10 {
		e.publish(queue.Interactive, s.job)
		pauseFor(t.Context(), 4*time.Millisecond)
	}
	e.ended(s, record.StateJudged)
	e.wait("an empty queue", func() bool { d, _ := e.queue.Depth(t.Context()); return d[queue.Interactive] == 0 })
	if n := len(e.judgements(s)); n != 1 || read.Load() != 1 {
		t.Errorf("%d judgements, read %d times", n, read.Load())
	}
	if j := e.job(s); j.Attempts != 1 {
		t.Errorf("%d attempts", j.Attempts)
	}
}

func pauseFor(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// Neither lane starves the other: of four turns three are for those who wait.
func TestLanes(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	var want []queue.Lane
	lanes := map[string]queue.Lane{}
	for i := range 12 {
		for _, lane := range queue.Lanes() {
			if s := e.submit(submission{data: apk(100*i + len(lane)), lane: lane}); s.job != "" {
				lanes[s.SHA256] = lane
			}
		}
	}
	for range 4 {
		want = append(want, queue.Interactive, queue.Interactive, queue.Interactive, queue.Batch)
	}
	var mu sync.Mutex
	var got []queue.Lane
	c := e.config()
	c.Slots = 1
	c.Metrics = started(func(lane queue.Lane) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, lane)
	})
	e.start(c)
	e.wait("24 jobs", func() bool { mu.Lock(); defer mu.Unlock(); return len(got) == len(lanes) })
	if !slices.Equal(got[:16], want) {
		t.Errorf("order %v, want %v", got[:16], want)
	}
	if rest := got[16:]; slices.Contains(rest, queue.Interactive) {
		t.Errorf("the batch lane got too little: %v", rest)
	}
}

// started is metrics that look at starts alone.
type started func(queue.Lane)

func (s started) Started(lane queue.Lane, _ time.Duration) { s(lane) }

func (started) StageEnded(worker.Stage, time.Duration)         {}
func (started) Ended(queue.Lane, worker.Ending, time.Duration) {}
func (started) Judged(string)                                  {}
func (started) ChildStopped()                                  {}
func (started) FactsLooked(bool)                               {}
func (started) Republished(queue.Lane, int)                    {}

// Identical packages in flight are read once over all workers, and each gets its
// judgement.
func TestIdenticalPackages(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	var read atomic.Int32
	var sent []sent
	for range 6 {
		sent = append(sent, e.submit(submission{data: apk(1)}))
	}
	for _, name := range []string{"one", "two"} {
		c := e.config()
		c.Name, c.Slots = name, 4
		c.Analyze = func(ctx context.Context, in analyzer.Input) (*facts.Facts, error) {
			read.Add(1)
			pauseFor(ctx, 50*time.Millisecond)
			return inspect.Analyze(ctx, in)
		}
		e.start(c)
	}
	for _, s := range sent {
		e.ended(s, record.StateJudged)
		if n := len(e.judgements(s)); n != 1 {
			t.Errorf("%d judgements", n)
		}
	}
	if n := read.Load(); n != 1 {
		t.Errorf("read %d times", n)
	}
}

// A recheck judges kept facts and never reads the package, be it there or not.
func TestRecheckWithoutPackage(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	var read atomic.Int32
	c := e.config()
	c.Analyze = func(ctx context.Context, in analyzer.Input) (*facts.Facts, error) {
		read.Add(1)
		return inspect.Analyze(ctx, in)
	}
	e.start(c)
	s := e.submit(submission{data: apk(1), filing: filing("00000000000000000000000000000000")})
	before := e.ended(s, record.StateJudged)
	if err := e.blobs.Delete(t.Context(), s.key); err != nil {
		t.Fatal(err)
	}
	job, err := e.records.Recheck(t.Context(), record.Recheck{Organisation: org, Submission: s.id, JobID: record.NewID("job", time.Now()),
		Filing: []byte(filing(s.MD5)), FilingDigest: "sha256:1", Platform: "android", Lane: string(queue.Interactive), Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	e.publish(queue.Interactive, job.ID)
	e.wait("the second judgement", func() bool { return len(e.judgements(s)) == 2 })
	after := e.ended(s, record.StateJudged)
	if before.Verdict != string(rules.Return) || after.Judgement != 2 {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if !strings.Contains(e.report(s), `"md5": "`+s.MD5+`"`) || read.Load() != 1 {
		t.Errorf("the filing was not judged anew, or the package was read %d times", read.Load())
	}
}

// Without facts of the analyzers' version the newest there are are judged where
// the package is gone, with an alarm because a record still names it.
func TestRecheckWithOlderFacts(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.start(e.config())
	s := e.submit(submission{data: apk(1)})
	e.ended(s, record.StateJudged)
	forgetful := e.config()
	forgetful.Records = &records{Store: e.records, facts: func(version string) string {
		if version != "" {
			return "another version"
		}
		return version
	}}
	forgetful.Name = "forgetful"
	if err := e.blobs.Delete(t.Context(), s.key); err != nil {
		t.Fatal(err)
	}
	f := newEnvQueue(t, e)
	forgetful.Queue = f
	e.start(forgetful)
	job, err := e.records.Recheck(t.Context(), record.Recheck{Organisation: org, Submission: s.id, JobID: record.NewID("job", time.Now()),
		Filing: []byte(filing(s.MD5)), FilingDigest: "sha256:1", Platform: "android", Lane: string(queue.Interactive), Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Publish(t.Context(), queue.Interactive, job.ID); err != nil {
		t.Fatal(err)
	}
	e.wait("the second judgement", func() bool { return len(e.judgements(s)) == 2 })
	if n := e.alarms(record.AlarmBlobMissing); n != 1 {
		t.Errorf("%d alarms", n)
	}
}

// Cancelling ends a running job without a judgement.
func TestCancel(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c := e.config()
	c.Lease = 1500 * time.Millisecond
	reading := make(chan struct{})
	c.Analyze = func(ctx context.Context, _ analyzer.Input) (*facts.Facts, error) {
		close(reading)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	e.start(c)
	s := e.submit(submission{data: apk(1)})
	<-reading
	if _, err := e.records.Cancel(t.Context(), org, s.id, time.Now()); err != nil {
		t.Fatal(err)
	}
	e.ended(s, record.StateCanceled)
	if n := len(e.judgements(s)); n != 0 {
		t.Errorf("%d judgements", n)
	}
}

// A stopping worker finishes what it has, and puts back at once what it can't
// finish in time, without counting the attempt.
func TestDrain(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c := e.config()
	c.Drain = 3 * time.Second
	quick := e.submit(submission{data: apk(1)})
	slow := e.submit(submission{data: apkOf("com.example.slow", 2)})
	stopping := make(chan struct{})
	var reading sync.WaitGroup
	reading.Add(2)
	c.Analyze = func(ctx context.Context, in analyzer.Input) (*facts.Facts, error) {
		reading.Done()
		reading.Wait()
		f, err := inspect.Analyze(ctx, in)
		if err == nil && f.App.ID == "com.example.slow" {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		<-stopping
		pauseFor(ctx, 50*time.Millisecond)
		return f, err
	}
	stop := e.start(c)
	reading.Wait()
	close(stopping)
	stop()
	if j := e.job(quick); j.State != record.JobDone {
		t.Errorf("the quick job is %s", j.State)
	}
	if j := e.job(slow); j.State != record.JobQueued || j.Attempts != 0 || j.RunAt.After(time.Now()) {
		t.Errorf("the slow job: %+v", j)
	}
	c.Analyze, c.Name = inspect.Analyze, "next"
	e.start(c)
	e.ended(slow, record.StateJudged)
	if n := len(e.judgements(slow)); n != 1 {
		t.Errorf("%d judgements", n)
	}
}

// A short job makes no write but those that its ends need.
func TestShortJobBeatsNot(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	counted := &records{Store: e.records}
	c := e.config()
	c.Records = counted
	e.start(c)
	for i := range 5 {
		e.ended(e.submit(submission{data: apk(i)}), record.StateJudged)
	}
	if n := counted.beats.Load(); n >= 5 { // a slow machine makes a job a long one
		t.Errorf("%d heartbeats for 5 jobs", n)
	}
}

// The packages of the benchmark are what it says.
func TestVary(t *testing.T) {
	t.Parallel()
	data := vary(signedPackage(t), 1)
	f, err := inspect.Facts(t.Context(), analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}, inspect.Options{})
	if err != nil || f.Signature.Status != facts.SignatureValid || len(f.Signature.Ranges) == 0 {
		t.Errorf("signature %+v, anomalies %+v (%v)", f.Signature, f.Anomalies, err)
	}
}

// A job that takes longer than its leases keeps them, and tells how far it is.
func TestLongJob(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.queue = inproc.New(inproc.Config{Visibility: 3 * time.Second})
	t.Cleanup(func() { e.queue.Close() })
	var read atomic.Int32
	goOn := make(chan struct{})
	for _, name := range []string{"one", "two"} {
		c := e.config()
		c.Name, c.Lease, c.Reconcile = name, 3*time.Second, 100*time.Millisecond
		c.Analyze = func(ctx context.Context, in analyzer.Input) (*facts.Facts, error) {
			read.Add(1)
			<-goOn
			return inspect.Analyze(ctx, in)
		}
		e.start(c)
	}
	s := e.submit(submission{data: apk(1)})
	var first record.Job
	e.wait("progress", func() bool {
		first = e.job(s)
		return first.Stage == string(worker.StageAnalysing) && first.Percent >= 80
	})
	e.wait("the end of the first lease", func() bool { return time.Now().After(first.LeaseUntil) })
	close(goOn)
	e.ended(s, record.StateJudged)
	if j := e.job(s); j.Attempts != 1 || j.Lost != 0 || read.Load() != 1 {
		t.Errorf("read %d times, job %+v", read.Load(), j)
	}
}

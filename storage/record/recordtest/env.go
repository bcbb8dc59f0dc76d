package recordtest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"heyan/storage/record"
)

// The organisations of every test.
const (
	orgA = "org_a"
	orgB = "org_b"
)

// lease is how long a claim of these tests holds.
const lease = 15 * time.Second

// env is a database with two organisations, and shorthands.
type env struct {
	*testing.T
	Database
	now time.Time // of calls that do not say otherwise
	ids atomic.Int64
}

func newEnv(t *testing.T, d Database) *env {
	e := &env{T: t, Database: d, now: time.Date(2026, 3, 1, 8, 0, 0, 123456000, time.UTC)}
	for _, id := range []string{orgA, orgB} {
		e.ok(d.CreateOrganisation(t.Context(), record.Organisation{ID: id, Name: "name of " + id, Created: e.now}))
	}
	return e
}

// id returns one that sorts behind all earlier ones.
func (e *env) id(prefix string) string { return fmt.Sprintf("%s_%08d", prefix, e.ids.Add(1)) }

func (e *env) ok(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

func (e *env) is(err, want error) {
	e.Helper()
	if !errors.Is(err, want) {
		e.Fatalf("error %v, want %v", err, want)
	}
}

func (e *env) same(got, want any) {
	e.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		e.Fatalf("(-want +got)\n%s", diff)
	}
}

// must returns the value of a call that succeeds.
func must[T any](e *env) func(v T, err error) T {
	return func(v T, err error) T {
		e.Helper()
		e.ok(err)
		return v
	}
}

// at moves the tests' clock.
func (e *env) later(d time.Duration) time.Time {
	e.now = e.now.Add(d)
	return e.now
}

// blob is an object with the bytes that content stands for.
func (e *env) blob(content string) record.Blob {
	return record.Blob{Key: e.id("key"), SHA256: "sha256 of " + content, MD5: "md5 of " + content, Size: int64(len(content)), Created: e.now}
}

// filing is a submission to be made with a package of its own.
func (e *env) filing(org string) record.NewSubmission {
	id := e.id("sub")
	b := e.blob(id)
	return record.NewSubmission{
		Submission: record.Submission{
			ID: id, Organisation: org, Purpose: record.PurposeFiling, Lane: "interactive",
			Filing: []byte(`{"version":"1"}`), FilingDigest: "sha256:f1", Platform: "android", AppName: "应用", FileName: "应用.apk",
			Created: e.now, Updated: e.now, Acknowledged: e.now, CreatedBy: "tok_1",
		},
		Blob:  &b,
		JobID: e.id("job"),
	}
}

// precheck is a filing that expires in an hour.
func (e *env) precheck(org string) record.NewSubmission {
	n := e.filing(org)
	n.Submission.Purpose = record.PurposePrecheck
	n.Submission.Expires = e.now.Add(time.Hour)
	return n
}

// awaiting is a submission without its package.
func (e *env) awaiting(org string) record.NewSubmission {
	n := e.filing(org)
	n.Blob, n.JobID = nil, ""
	n.Submission.Acknowledged = time.Time{}
	n.Submission.Expires = e.now.Add(time.Hour)
	return n
}

func (e *env) create(n record.NewSubmission) record.Accepted {
	e.Helper()
	return must[record.Accepted](e)(e.CreateSubmission(e.Context(), n))
}

func (e *env) claim(job string) record.Job {
	e.Helper()
	return must[record.Job](e)(e.Claim(e.Context(), job, "worker", e.now, lease))
}

// outcome is a finished job with a verdict.
func (e *env) outcome(j record.Job, verdict string) record.Outcome {
	report := `{"verdict":"` + verdict + `","job":"` + j.ID + `"}`
	digest := "sha256:" + j.ID
	return record.Outcome{
		Job: j.ID, Epoch: j.Epoch,
		Judgement: record.Judgement{
			Verdict: verdict, ReportDigest: digest, PackageDigest: "sha256:p", FilingDigest: "sha256:f", PolicyDigest: "sha256:y",
			AsOf: "2026-03-01", Engine: "1.0", Rules: "sha256:r", Created: e.now,
		},
		Report:    record.Report{Digest: digest, Body: []byte(report), KeyID: "key_1", Signature: []byte("signature"), Created: e.now},
		PackageID: "cn.example.app", Version: "1.0", Platform: "android",
		NewID: func() string { return e.id("dlv") },
		Now:   e.now,
	}
}

func (e *env) finish(j record.Job, verdict string) record.Judgement {
	e.Helper()
	return must[record.Judgement](e)(e.Finish(e.Context(), e.outcome(j, verdict)))
}

// judged makes a submission and judges it.
func (e *env) judged(n record.NewSubmission, verdict string) record.Submission {
	e.Helper()
	a := e.create(n)
	e.finish(e.claim(a.Job), verdict)
	return e.sub(a.Submission.ID)
}

func (e *env) sub(id string) record.Submission {
	e.Helper()
	return must[record.Submission](e)(e.Submission(e.Context(), "", id))
}

func (e *env) job(id string) record.Job {
	e.Helper()
	return must[record.Job](e)(e.Job(e.Context(), id))
}

func (e *env) state(id string, want record.State) {
	e.Helper()
	if got := e.sub(id).State; got != want {
		e.Fatalf("submission %s is %s, want %s", id, got, want)
	}
}

func (e *env) jobCanceled(id string) {
	e.Helper()
	if got := e.job(id).State; got != record.JobCanceled {
		e.Fatalf("job %s is %s, want canceled", id, got)
	}
}

// recheck asks for a judgement against another filing.
func (e *env) recheck(sub record.Submission, filing string) record.Job {
	e.Helper()
	return must[record.Job](e)(e.Recheck(e.Context(), e.rechecking(sub, filing)))
}

func (e *env) rechecking(sub record.Submission, filing string) record.Recheck {
	return record.Recheck{
		Organisation: sub.Organisation, Submission: sub.ID, JobID: e.id("job"),
		Filing: []byte(filing), FilingDigest: "sha256:" + filing, Platform: "ios", AppName: "corrected",
		Lane: "interactive", Now: e.now,
	}
}

// together runs f n times at once and returns how many returned without an error
// other than those expected.
func (e *env) together(n int, f func(i int) error, expected ...error) int {
	e.Helper()
	var won atomic.Int64
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			err := f(i)
			if err == nil {
				won.Add(1)
				return
			}
			for _, want := range expected {
				if errors.Is(err, want) {
					return
				}
			}
			e.Errorf("call %d: %v", i, err)
		})
	}
	close(start)
	wg.Wait()
	return int(won.Load())
}

func idsOf[T any](list []T, id func(T) string) []string {
	ids := make([]string, len(list))
	for i, v := range list {
		ids[i] = id(v)
	}
	return ids
}

func subIDs(list []record.Submission) []string {
	return idsOf(list, func(s record.Submission) string { return s.ID })
}

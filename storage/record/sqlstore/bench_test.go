package sqlstore_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

// sizes are how many submissions are there when BenchmarkRecords measures.
var sizes = flag.String("sizes", "1000", "numbers of submissions, separated by commas")

// BenchmarkRecords measures single calls in databases of several sizes. That they
// do not slow with the size is what counts. scripts/bench/records.sh prints it as
// a table.
func BenchmarkRecords(b *testing.B) {
	for _, driver := range []string{sqlstore.SQLite, sqlstore.Postgres} {
		for size := range strings.SplitSeq(*sizes, ",") {
			n, err := strconv.Atoi(size)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(driver+"/"+size, func(b *testing.B) { benchmarkSize(b, driver, n) })
		}
	}
}

func config(b *testing.B, driver string) sqlstore.Config {
	if driver == sqlstore.Postgres {
		return postgresConfig(b)
	}
	return sqliteConfig(b)
}

func benchmarkSize(b *testing.B, driver string, n int) {
	s := opened(b, config(b, driver))
	start := time.Now()
	fill(b, s, driver, n)
	b.Logf("filled with %d in %s", n, time.Since(start).Round(time.Second))
	m := &measured{B: b, Store: s, n: n}
	for _, one := range []struct {
		name string
		call func(*measured) error
	}{
		{"list", (*measured).list},
		{"page", (*measured).page},
		{"filter", (*measured).filter},
		{"sha256", (*measured).sha256},
		{"insert", (*measured).insert},
		{"due", (*measured).due},
		{"claim", (*measured).claim},
		{"heartbeat", (*measured).heartbeat},
		{"finish", (*measured).finish},
		{"earlier", (*measured).earlier},
		{"elsewhere", (*measured).elsewhere},
		{"backlog", (*measured).backlog},
	} {
		b.Run(one.name, func(b *testing.B) { m.measure(b, one.call) })
	}
}

// measured is a filled database.
type measured struct {
	*testing.B
	*sqlstore.Store
	n      int
	made   int
	queued []string
	held   []record.Job
}

// measure reports the median and the 95th percentile of a call.
func (m *measured) measure(b *testing.B, call func(*measured) error) {
	b.ReportAllocs()
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if err := call(m); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds()), "p95-µs")
}

// begin is when everything of these databases happens: behind all that is there.
func begin() time.Time { return time.UnixMicro(1_800_000_000_000_000).UTC() }

func (m *measured) lists(f record.Filter, want int) error {
	f.Organisation, f.Limit = "org_0", 50
	got, err := m.ListSubmissions(m.Context(), f)
	if err == nil && len(got) != want {
		err = fmt.Errorf("%d submissions", len(got))
	}
	return err
}

func (m *measured) list() error { return m.lists(record.Filter{}, 50) }

func (m *measured) page() error {
	m.made++
	seen := m.n/2 + m.made*7919%(m.n/4)
	return m.lists(record.Filter{After: fmt.Sprintf("sub_%d", 10000000000+seen/2*2)}, 50)
}

func (m *measured) filter() error {
	// At the least size all are queued.
	want := 0
	if m.n > 1000 {
		want = 50
	}
	return m.lists(record.Filter{States: []record.State{record.StateJudged}, Verdicts: []string{"pass"}}, want)
}

func (m *measured) sha256() error { return m.lists(record.Filter{SHA256: "none"}, 0) }

func (m *measured) insert() error {
	m.made++
	id := fmt.Sprintf("%d", 90000000000+m.made)
	_, err := m.CreateSubmission(m.Context(), record.NewSubmission{
		Submission: record.Submission{ID: "sub_" + id, Organisation: "org_0", Purpose: record.PurposeFiling, Lane: "batch",
			Filing: make([]byte, 400), FilingDigest: "sha256:" + id, Platform: "android", Created: begin().Add(time.Duration(m.made) * time.Microsecond)},
		Idempotency: record.Idempotency{Key: id, Request: id, Expires: begin().Add(time.Hour)},
		Blob:        &record.Blob{Key: "key_" + id, SHA256: reversed(id) + strings.Repeat("0", 50), MD5: reversed(id) + strings.Repeat("0", 20), Size: 1},
		JobID:       "job_" + id,
	})
	m.queued = append(m.queued, "job_"+id)
	return err
}

// reversed spreads numbers over an index as digests are.
func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

func (m *measured) due() error {
	jobs, err := m.Due(m.Context(), "interactive", begin(), 100)
	if err == nil && len(jobs) != 100 {
		err = fmt.Errorf("%d jobs", len(jobs))
	}
	return err
}

// next is a job that waits; made where none is left.
func (m *measured) next() (string, error) {
	if len(m.queued) == 0 {
		if err := m.insert(); err != nil {
			return "", err
		}
	}
	id := m.queued[0]
	m.queued = m.queued[1:]
	return id, nil
}

func (m *measured) claim() error {
	id, err := m.next()
	if err != nil {
		return err
	}
	j, err := m.Claim(m.Context(), id, "worker", begin().Add(time.Minute), time.Hour)
	m.held = append(m.held, j)
	return err
}

func (m *measured) heartbeat() error {
	if len(m.held) == 0 {
		if err := m.claim(); err != nil {
			return err
		}
	}
	j := m.held[0]
	_, err := m.Heartbeat(m.Context(), record.Beat{Job: j.ID, Epoch: j.Epoch, LeaseUntil: begin().Add(2 * time.Hour), Stage: "inspect"})
	return err
}

func (m *measured) finish() error {
	if len(m.held) == 0 {
		if err := m.claim(); err != nil {
			return err
		}
	}
	j := m.held[0]
	m.held = m.held[1:]
	_, err := m.Finish(m.Context(), record.Outcome{
		Job: j.ID, Epoch: j.Epoch, Judgement: record.Judgement{Verdict: "pass"},
		Report:    record.Report{Digest: "sha256:" + reversed(j.ID), Body: []byte(strings.Repeat(`{"check":"version","outcome":"pass"},`, 500))},
		PackageID: "cn.example.app1", Version: "1.0", Platform: "android", Now: begin(),
	})
	return err
}

func (m *measured) earlier() error {
	e, err := m.Earlier(m.Context(), "org_0", "cn.example.app2", "android", fmt.Sprintf("sub_%d", 10000000000+m.n))
	_ = e // a thousand submissions may have none
	return err
}

func (m *measured) elsewhere() error {
	_, err := m.Elsewhere(m.Context(), "org_0", "cn.example.app2")
	return err
}

func (m *measured) backlog() error {
	_, err := m.Backlog(m.Context(), begin())
	return err
}

// BenchmarkVerdict is all that a verdict costs here: submit, claim, one heartbeat,
// facts, finish: five commits.
func BenchmarkVerdict(b *testing.B) {
	for _, driver := range []string{sqlstore.SQLite, sqlstore.Postgres} {
		b.Run(driver, func(b *testing.B) {
			s := opened(b, config(b, driver))
			if err := s.CreateOrganisation(b.Context(), record.Organisation{ID: "org_0", Name: "name"}); err != nil {
				b.Fatal(err)
			}
			m := &measured{B: b, Store: s}
			facts := []byte(strings.Repeat(`{"permission":"android.permission.INTERNET"},`, 500))
			for b.Loop() {
				for _, step := range []func() error{
					m.insert, m.claim, m.heartbeat,
					func() error { return s.PutFacts(b.Context(), fmt.Sprint(m.made), "1", facts, begin()) },
					m.finish,
				} {
					if err := step(); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "verdicts/s")
		})
	}
}

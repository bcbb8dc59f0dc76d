package recordtest

import (
	"bytes"
	"time"

	"heyan/storage/record"
)

var judgementTests = []test{
	{"what is not judged has no report", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		_, _, err := e.Report(e.Context(), orgA, n.Submission.ID, 0)
		e.is(err, record.ErrNotFound)
		sub := e.judged(e.filing(orgA), "pass")
		_, _, err = e.Report(e.Context(), orgA, sub.ID, 2)
		e.is(err, record.ErrNotFound)
		_, _, err = e.ReportByDigest(e.Context(), "sha256:none")
		e.is(err, record.ErrNotFound)
		e.same(must[[]record.Judgement](e)(e.Judgements(e.Context(), orgA, n.Submission.ID)), []record.Judgement{})
		_, err = e.Judgements(e.Context(), orgA, "sub_none")
		e.is(err, record.ErrNotFound)
	}},
	{"the earlier filing of an app", func(e *env) {
		earlier := func(sub string) *record.Earlier {
			e.Helper()
			return must[*record.Earlier](e)(e.Earlier(e.Context(), orgA, "cn.example.app", "android", sub))
		}
		first := e.judged(e.filing(orgA), "pass")
		e.same(earlier(first.ID), (*record.Earlier)(nil))
		e.later(time.Second)
		second := e.judged(e.filing(orgA), "return")
		e.later(time.Second)
		e.judged(e.precheck(orgA), "pass") // no filing
		e.judged(e.filing(orgB), "pass")   // another's
		e.create(e.filing(orgA))           // not judged
		e.later(time.Second)
		third := e.create(e.filing(orgA)).Submission
		e.later(time.Second)
		e.judged(e.filing(orgA), "pass") // came after
		_, report, err := e.Report(e.Context(), orgA, second.ID, 0)
		e.ok(err)
		e.same(earlier(third.ID), &record.Earlier{Submission: second.ID, ReportDigest: second.ReportDigest, Report: report.Body})
		e.same(earlier(second.ID).Submission, first.ID)
		for _, none := range [][3]string{{orgA, "cn.other", "android"}, {orgA, "cn.example.app", "ios"}, {orgB, "cn.example.app", "android"}} {
			e.same(must[*record.Earlier](e)(e.Earlier(e.Context(), none[0], none[1], none[2], third.ID)), (*record.Earlier)(nil))
		}
		e.recheck(second, "{}") // still judged, while it is judged anew
		e.same(earlier(third.ID).Submission, second.ID)
	}},
	{"the same app elsewhere", func(e *env) {
		elsewhere := func(org string) bool {
			return must[bool](e)(e.Elsewhere(e.Context(), org, "cn.example.app"))
		}
		e.judged(e.precheck(orgB), "pass")
		e.same([]bool{elsewhere(orgA), elsewhere(orgB)}, []bool{false, false})
		e.judged(e.filing(orgA), "pass")
		e.same([]bool{elsewhere(orgA), elsewhere(orgB)}, []bool{false, true})
		e.judged(e.filing(orgB), "return")
		e.same([]bool{elsewhere(orgA), elsewhere(orgB)}, []bool{true, true})
	}},
}

var factsTests = []test{
	{"facts are kept by version", func(e *env) {
		_, _, err := e.Facts(e.Context(), "s", "")
		e.is(err, record.ErrNotFound)
		large := bytes.Repeat([]byte(`{"a":1}`), 100000)
		e.ok(e.PutFacts(e.Context(), "s", "1", large, e.now))
		e.ok(e.PutFacts(e.Context(), "s", "2", []byte(`{"v":2}`), e.now.Add(time.Second)))
		e.ok(e.PutFacts(e.Context(), "s", "2", []byte(`{"v":3}`), e.now.Add(time.Minute))) // stays as it was
		for version, want := range map[string]struct{ body, version string }{
			"1": {string(large), "1"}, "2": {`{"v":2}`, "2"}, "": {`{"v":2}`, "2"},
		} {
			body, of, err := e.Facts(e.Context(), "s", version)
			e.ok(err)
			e.same([]string{string(body), of}, []string{want.body, want.version})
		}
		_, _, err = e.Facts(e.Context(), "s", "3")
		e.is(err, record.ErrNotFound)
	}},
	{"one analyses", func(e *env) {
		claim := func(owner string) bool {
			return must[bool](e)(e.ClaimAnalysis(e.Context(), "s", "1", owner, e.now, lease))
		}
		e.same([]bool{claim("a"), claim("b"), claim("a")}, []bool{true, false, true})
		e.same(must[bool](e)(e.ClaimAnalysis(e.Context(), "s", "2", "b", e.now, lease)), true)
		e.ok(e.EndAnalysis(e.Context(), "s", "1", "b")) // not b's
		e.same(claim("b"), false)
		e.ok(e.EndAnalysis(e.Context(), "s", "1", "a"))
		e.same(claim("b"), true)
		e.later(lease)
		e.same([]bool{claim("a"), claim("b")}, []bool{true, false})
		e.ok(e.PutFacts(e.Context(), "s", "1", []byte(`{}`), e.now)) // ends a's
		e.same([]bool{claim("b"), claim("a")}, []bool{true, false})
	}},
	{"facts are seen by who submitted the bytes, for ever", func(e *env) {
		visible := func(org, sha256 string) bool {
			return must[bool](e)(e.FactsVisible(e.Context(), org, sha256))
		}
		n := e.precheck(orgA)
		e.create(n)
		sub := n.Submission
		e.same([]bool{visible(orgA, n.Blob.SHA256), visible(orgB, n.Blob.SHA256), visible(orgA, "none"), visible(orgA, "")}, []bool{true, false, false, false})
		e.finish(e.claim(n.JobID), "pass")
		e.later(2 * time.Hour)
		must[int](e)(e.ExpireSubmissions(e.Context(), e.now, 10))
		e.state(sub.ID, record.StateExpired)
		e.same(visible(orgA, n.Blob.SHA256), true)
	}},
}

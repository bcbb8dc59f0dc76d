package recordtest

import (
	"slices"
	"sync"
	"time"

	"heyan/storage/record"
)

var listTests = []test{
	{"filters select", listFilters},
	{"pages neither lose nor repeat while others are inserted", listPages},
	{"lists do not carry filings", func(e *env) {
		e.create(e.filing(orgA))
		for _, s := range must[[]record.Submission](e)(e.ListSubmissions(e.Context(), record.Filter{})) {
			e.same(len(s.Filing), 0)
		}
	}},
	{"a page behind what is not there", func(e *env) {
		_, err := e.ListSubmissions(e.Context(), record.Filter{After: "sub_none"})
		e.is(err, record.ErrNotFound)
	}},
}

func listFilters(e *env) {
	start := e.now
	passed := e.judged(e.filing(orgA), "pass")
	e.later(time.Minute)
	returned := e.judged(e.filing(orgA), "return")
	e.later(time.Minute)
	n := e.filing(orgA)
	n.Submission.Platform = "ios"
	queued := e.create(n).Submission
	e.later(time.Minute)
	precheck := e.create(e.precheck(orgA)).Submission
	e.later(time.Minute)
	awaiting := e.create(e.awaiting(orgA)).Submission
	others := e.create(e.filing(orgB)).Submission
	all := []string{awaiting.ID, precheck.ID, queued.ID, returned.ID, passed.ID}
	for name, one := range map[string]struct {
		filter record.Filter
		want   []string
	}{
		"organisation":   {record.Filter{Organisation: orgA}, all},
		"everything":     {record.Filter{}, append([]string{others.ID}, all...)},
		"one state":      {record.Filter{Organisation: orgA, States: []record.State{record.StateJudged}}, []string{returned.ID, passed.ID}},
		"two states":     {record.Filter{Organisation: orgA, States: []record.State{record.StateAwaiting, record.StateJudged}}, []string{awaiting.ID, returned.ID, passed.ID}},
		"state anywhere": {record.Filter{States: []record.State{record.StateQueued}}, []string{others.ID, precheck.ID, queued.ID}},
		"verdict":        {record.Filter{Organisation: orgA, Verdicts: []string{"return"}}, []string{returned.ID}},
		"verdicts and states": {record.Filter{Organisation: orgA, Verdicts: []string{"return", "pass"},
			States: []record.State{record.StateJudged, record.StateQueued}, Limit: 1}, []string{returned.ID}},
		"platform":     {record.Filter{Organisation: orgA, Platform: "ios"}, []string{queued.ID}},
		"package":      {record.Filter{Organisation: orgA, PackageID: "cn.example.app"}, []string{returned.ID, passed.ID}},
		"sha256":       {record.Filter{Organisation: orgA, SHA256: passed.SHA256}, []string{passed.ID}},
		"md5":          {record.Filter{Organisation: orgA, MD5: passed.MD5}, []string{passed.ID}},
		"md5 of other": {record.Filter{Organisation: orgA, MD5: others.MD5}, nil},
		"purpose":      {record.Filter{Organisation: orgA, Purpose: record.PurposePrecheck}, []string{precheck.ID}},
		"since":        {record.Filter{Organisation: orgA, Since: start.Add(3 * time.Minute)}, []string{awaiting.ID, precheck.ID}},
		"before":       {record.Filter{Organisation: orgA, Before: start.Add(time.Minute)}, []string{passed.ID}},
		"after":        {record.Filter{Organisation: orgA, After: returned.ID}, []string{passed.ID}},
		"two":          {record.Filter{Organisation: orgA, After: awaiting.ID, Limit: 2}, []string{precheck.ID, queued.ID}},
	} {
		got := subIDs(must[[]record.Submission](e)(e.ListSubmissions(e.Context(), one.filter)))
		if !slices.Equal(got, one.want) {
			e.Errorf("%s: got %q, want %q", name, got, one.want)
		}
	}
}

// listPages: every submission that was there before the first page is on exactly
// one page, though five have the same time and others are made meanwhile.
func listPages(e *env) {
	var want []string
	for i := range 25 {
		if i%5 == 0 {
			e.later(time.Millisecond)
		}
		want = append(want, e.create(e.filing(orgA)).Submission.ID)
	}
	slices.Reverse(want)
	e.later(time.Second)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	end := sync.OnceFunc(func() {
		close(stop)
		wg.Wait()
	})
	defer end()
	wg.Go(func() {
		for range 50 {
			select {
			case <-stop:
				return
			default:
				if _, err := e.CreateSubmission(e.Context(), e.filing(orgA)); err != nil {
					e.Error(err)
				}
			}
		}
	})
	var got []string
	f := record.Filter{Organisation: orgA, Limit: 3, Before: e.now}
	for {
		page := must[[]record.Submission](e)(e.ListSubmissions(e.Context(), f))
		if len(page) == 0 {
			break
		}
		got = append(got, subIDs(page)...)
		f.After = page[len(page)-1].ID
	}
	end()
	e.same(got, want)
	f = record.Filter{Organisation: orgA, Limit: 4, States: []record.State{record.StateQueued, record.StateJudged}}
	got = nil
	for {
		page := must[[]record.Submission](e)(e.ListSubmissions(e.Context(), f))
		if len(page) == 0 {
			break
		}
		got = append(got, subIDs(page)...)
		f.After = page[len(page)-1].ID
	}
	e.same(got[len(got)-len(want):], want)
}

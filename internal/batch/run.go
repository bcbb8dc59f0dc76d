package batch

import (
	"context"
	"errors"
	"sync"

	"heyan/analyzer/facts"
	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/filing"
)

// Runner judges packages, Jobs at a time.
type Runner struct {
	Jobs int // at least 1
	// Facts reads a package. It is called from several goroutines.
	Facts func(ctx context.Context, path string) (*facts.Facts, error)
	// Judge makes a report; sibling is the other platform's package, or nil.
	Judge func(f *facts.Facts, filed *filing.Filing, sibling *facts.Facts) *report.Report
	// Tell is an error of Facts in words for the user.
	Tell func(error) rules.Text
	// Begin and End tell of progress, from several goroutines; nil is silence.
	Begin, End func(path string)
	// Pair makes the two items of a run siblings, whatever they are called.
	Pair bool
}

// Run judges the items and gives each result to done, one at a time, in the order
// in which they end; index is the item's. It returns when all are told: after ctx
// is done those that were not judged are told as interrupted.
func (r Runner) Run(ctx context.Context, items []Item, done func(index int, result Result)) []Siblings {
	groups := group(items, r.Pair)
	work := make(chan []int)
	run := &running{Runner: r, items: items, done: done}
	var workers sync.WaitGroup
	for range min(r.Jobs, len(groups)) {
		workers.Go(func() {
			for g := range work {
				run.group(ctx, g)
			}
		})
	}
	for _, g := range groups {
		work <- g
	}
	close(work)
	workers.Wait()
	return run.ordered()
}

// running is a run under way.
type running struct {
	Runner
	items    []Item
	lock     sync.Mutex // of done and siblings
	done     func(int, Result)
	siblings []Siblings
}

func (r *running) tell(i int, result Result) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.done(i, result)
}

// group judges one package, or two that may be siblings.
func (r *running) group(ctx context.Context, indices []int) {
	read := make([]*facts.Facts, len(indices))
	for k, i := range indices {
		var p *Problem
		if read[k], p = r.read(ctx, r.items[i]); p != nil {
			r.tell(i, failed(r.items[i], p))
		}
	}
	reports := make([]*report.Report, len(indices))
	forms := r.forms(indices, read)
	for k, i := range indices {
		if read[k] == nil {
			continue
		}
		item := r.items[i]
		item.Form = forms[k]
		reports[k] = r.Judge(read[k], item.Form.Filing, sibling(read, k))
		r.tell(i, newResult(item, reports[k]))
	}
	if len(indices) == 2 {
		r.compare(indices, reports)
	}
}

// read reads a package that has a filing.
func (r *running) read(ctx context.Context, item Item) (*facts.Facts, *Problem) {
	switch {
	case item.Form.Problem != nil:
		return nil, item.Form.Problem
	case ctx.Err() != nil:
		return nil, interrupted()
	}
	if r.Begin != nil {
		r.Begin(item.Package.Path)
	}
	f, err := r.Facts(ctx, item.Package.Path)
	if r.End != nil {
		r.End(item.Package.Path)
	}
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, context.Canceled) || ctx.Err() != nil:
		return nil, interrupted()
	}
	return nil, &Problem{Unreadable, r.Tell(err)}
}

func interrupted() *Problem {
	return &Problem{Interrupted, rules.Text{ZH: "已中断，没有核验", EN: "interrupted before it was checked"}}
}

// forms are the filings of a group: two that were given for a pair go to the
// package of their platform, in whatever order they were given.
func (r *running) forms(indices []int, read []*facts.Facts) []Form {
	forms := make([]Form, len(indices))
	for k, i := range indices {
		forms[k] = r.items[i].Form
	}
	if !r.Pair || len(forms) != 2 || forms[0].Filing == nil || forms[1].Filing == nil {
		return forms
	}
	fits := func(f *facts.Facts, form Form) bool {
		return f != nil && form.Filing.Platform != "" && report.PlatformOf(f.Format) == form.Filing.Platform
	}
	straight := fits(read[0], forms[0]) || fits(read[1], forms[1])
	if crossed := fits(read[0], forms[1]) || fits(read[1], forms[0]); crossed && !straight {
		forms[0], forms[1] = forms[1], forms[0]
	}
	return forms
}

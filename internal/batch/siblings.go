package batch

import (
	"cmp"
	"path/filepath"
	"slices"

	"heyan/analyzer/facts"
	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/box"
	"heyan/rules/filing"
)

// Siblings are the Android and the iOS package of one app, judged together.
type Siblings struct {
	Android string       `json:"android"`
	IOS     string       `json:"ios"`
	Shared  bool         `json:"shared"` // one list of permissions is filed for both
	Boxes   []Difference `json:"boxes"`  // the 13, in the order of the form
}

// Difference is what each platform's package says of one box.
type Difference struct {
	ID    box.Box    `json:"id"`
	Label rules.Text `json:"label"`
	// FiledAndroid and FiledIOS are the ticks in the two packages' filings, which
	// may be one.
	FiledAndroid bool `json:"filed_android"`
	FiledIOS     bool `json:"filed_ios"`
	Android      Need `json:"android"`
	IOS          Need `json:"ios"`
}

// Need is what a package says of a box.
type Need string

// A package asks for the box, accounts for a tick, says nothing of it, or could
// not be read in full.
const (
	Asks     Need = "asks"
	Explains Need = "explains"
	Nothing  Need = "nothing"
	Unknown  Need = "unknown"
)

// group puts packages for two platforms that go by one name into one group, since
// one is judged with the other. pair makes a group of any two.
func group(items []Item, pair bool) [][]int {
	if pair && len(items) == 2 {
		return [][]int{{0, 1}}
	}
	byName := map[string][]int{}
	key := func(it Item) string { return stem(folded(filepath.ToSlash(it.Package.Path))) }
	for i, it := range items {
		byName[key(it)] = append(byName[key(it)], i)
	}
	var groups [][]int
	for i, it := range items {
		switch same := byName[key(it)]; {
		case len(same) != 2:
			groups = append(groups, []int{i})
		case same[0] == i:
			groups = append(groups, same)
		}
	}
	return groups
}

// sibling is the other package of a group of two, where it is for the other
// platform.
func sibling(read []*facts.Facts, k int) *facts.Facts {
	if len(read) != 2 || read[0] == nil || read[1] == nil {
		return nil
	}
	one, other := report.PlatformOf(read[0].Format), report.PlatformOf(read[1].Format)
	if one == "" || other == "" || one == other {
		return nil
	}
	return read[1-k]
}

// compare notes what differs between two packages that were judged together.
func (r *running) compare(indices []int, reports []*report.Report) {
	if reports[0] == nil || reports[1] == nil || reports[0].Inputs.Sibling == "" {
		return
	}
	android, ios := 0, 1
	if report.PlatformOf(reports[0].Facts.Format) == filing.PlatformIOS {
		android, ios = 1, 0
	}
	shared := func(k int) bool { return reports[k].Filing.PermissionScope == filing.ScopeShared }
	s := Siblings{
		Android: r.items[indices[android]].Package.Path, IOS: r.items[indices[ios]].Package.Path,
		Shared: shared(0) && shared(1),
	}
	for i, a := range reports[android].Categories {
		b := reports[ios].Categories[i]
		s.Boxes = append(s.Boxes, Difference{ID: a.ID, Label: a.Label, FiledAndroid: a.Filed, FiledIOS: b.Filed, Android: need(a), IOS: need(b)})
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.siblings = append(r.siblings, s)
}

func need(c rules.Category) Need {
	switch {
	case len(c.Declared)+len(c.Implied) > 0:
		return Asks
	case len(c.ExplainedBy) > 0:
		return Explains
	case c.Outcome == rules.OutcomeUnknown:
		return Unknown
	}
	return Nothing
}

// ordered are the siblings in an order that does not depend on who was faster.
func (r *running) ordered() []Siblings {
	slices.SortFunc(r.siblings, func(a, b Siblings) int { return cmp.Or(cmp.Compare(a.Android, b.Android), cmp.Compare(a.IOS, b.IOS)) })
	return r.siblings
}

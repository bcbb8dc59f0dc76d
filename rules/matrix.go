package rules

import (
	"slices"
	"strconv"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/catalogue"
	"heyan/rules/filing"
	"heyan/rules/policy"
)

// judgePermissions sets the readings beside the ticks: the check of the field as
// a whole, one check a box in the order of the form, the check of the free text,
// and the 13 rows of the matrix.
func judgePermissions(in Input, readings []Reading) ([]Check, []Category) {
	text := readText(in.Filing.PermissionsText)
	m := newMatrix(in, readings, text)
	checks := []Check{m.field()}
	categories := make([]Category, 0, len(box.All))
	for _, b := range box.All {
		c := m.box(b)
		checks = append(checks, c)
		categories = append(categories, m.category(b, c.Outcome))
	}
	return append(checks, text.check()), categories
}

// matrix is what the 13 boxes are judged by.
type matrix struct {
	filing  *filing.Filing
	policy  *policy.Policy
	android bool
	// state is how far the reader of the declarations came.
	state facts.Status
	filed bool // there is a list of boxes or a text
	// doubtful: a part of the text was not understood, and may name what is missing.
	doubtful bool
	ticked   map[box.Box]bool
	demands  []demand
	// explained are the readings that account for a tick, by box.
	explained map[box.Box][]*Reading
	// sibling is what the other platform's package says for ticks of a shared list.
	sibling sibling
}

// demand is one permission or fact that asks for a tick, its declarations merged.
type demand struct {
	*Reading
	// all are every declaration of it, in order.
	all []*Reading
	// system: it has effect only because the app is part of the system.
	system bool
	// satisfied: an acceptable box that is always enough is ticked: the
	// recommended one, or 其它 (the policy may want more). elsewhere: only another acceptable one is.
	satisfied, elsewhere bool
}

func newMatrix(in Input, readings []Reading, text freeText) *matrix {
	m := &matrix{
		filing: in.Filing, policy: in.Policy, android: in.Facts.Format != facts.FormatIPA, state: declarationsStatus(in.Facts),
		filed: in.Filing.Permissions != nil || text.given, doubtful: len(text.rest) > 0,
		ticked: map[box.Box]bool{}, explained: map[box.Box][]*Reading{}, sibling: readSibling(in),
	}
	for _, b := range slices.Concat(in.Filing.Permissions, text.boxes) {
		m.ticked[b] = true
	}
	m.gather(readings)
	return m
}

// gather sorts the readings into demands and explanations.
func (m *matrix) gather(readings []Reading) {
	at := map[string]int{}
	for i := range readings {
		r := &readings[i]
		for _, b := range r.Acceptable {
			m.explained[b] = append(m.explained[b], r)
		}
		if !demandsTick(r) {
			continue
		}
		key := r.Source + " " + r.Name
		if isUses(facts.Source(r.Source)) {
			key = r.Name // one permission, however it is asked for
		}
		if j, ok := at[key]; ok {
			m.demands[j].merge(r)
			continue
		}
		at[key] = len(m.demands)
		d := demand{Reading: r, all: []*Reading{r}, system: r.Strength == string(catalogue.Ineffective)}
		d.satisfied = m.ticked[r.Category] || m.policy.Params().OtherSuffices && m.ticked[box.Other] && slices.Contains(r.Acceptable, box.Other)
		d.elsewhere = !d.satisfied && slices.ContainsFunc(r.Acceptable, func(b box.Box) bool { return m.ticked[b] })
		m.demands = append(m.demands, d)
	}
}

// merge adds another declaration of the same: the one that reaches further leads.
func (d *demand) merge(r *Reading) {
	d.all = append(d.all, r)
	if until(r.MaxOS) > until(d.MaxOS) {
		d.Reading = r
	}
}

// demandsTick reports whether a reading asks for a tick: a power the app really
// has, of which some box is a part, and which no "none" excuses.
func demandsTick(r *Reading) bool {
	if !r.Effective || r.Category == box.None || slices.Contains(r.Acceptable, box.None) {
		return false
	}
	if !r.Declared {
		return impliedDemands(r.Name, r.ImpliedBy) && catalogue.Strength(r.Strength).Demands()
	}
	// ineffective and yet effective: a signature permission of a system app
	return catalogue.Strength(r.Strength).Demands() || r.Strength == string(catalogue.Ineffective)
}

// field is the check of the starred field 应用权限 as a whole.
func (m *matrix) field() Check {
	a := args{"filed": m.filedBoxes(), "count": strconv.Itoa(len(m.ticked))}
	switch {
	case !m.filed:
		return newCheck("permissions", "not-filed", a)
	case m.state == facts.StatusFailed:
		return newCheck("permissions", "manifest-unreadable", a)
	case m.state == facts.StatusPartial:
		return newCheck("permissions", "manifest-partial", a)
	case len(m.ticked) == 0:
		return newCheck("permissions", "none-ticked", a)
	}
	return newCheck("permissions", "filed", a)
}

func (m *matrix) filedBoxes() string {
	var labels []string
	for _, b := range box.All {
		if m.ticked[b] {
			zh, _ := b.Label()
			labels = append(labels, zh)
		}
	}
	return strings.Join(labels, "、")
}

// category is the box's row of the matrix.
func (m *matrix) category(b box.Box, outcome Outcome) Category {
	zh, en := b.Label()
	var declared, implied, explained names
	for _, r := range m.explained[b] {
		explained.add(r.Name)
		strong := r.Effective && catalogue.Strength(r.Strength).Demands()
		switch {
		case r.Category != b || !strong:
		case r.Declared:
			declared.add(r.Name)
		default:
			implied.add(r.Name)
		}
	}
	return Category{ID: b, Label: Text{ZH: zh, EN: en}, Filed: m.ticked[b], Used: UseUnknown, Outcome: outcome,
		Declared: declared.all(), Implied: implied.all(), ExplainedBy: explained.all()}
}
